import { DatabaseSync } from "node:sqlite";
import type { Fence, Standing } from "../fence.ts";
import { BUSY_MS } from "./connection.ts";

/** The fence in a SQLite file; rarely used, so in single statements on a connection of its own. */
export function sqliteFence(path: string): Fence {
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  db.exec("pragma synchronous = full");
  const renew = db.prepare(
    `update fence set generation = generation + 1
     returning store, generation, (select coalesce(max(seq), 0) from fence_marks) as mark`,
  );
  const store = db.prepare("select store from fence");
  return {
    store: async () => String(store.get()?.["store"]),
    renew: async () => renew.get() as unknown as Standing,
    close: async () => db.close(),
  };
}
