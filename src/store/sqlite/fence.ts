import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import type { Fence, Standing } from "../fence.ts";
import { BUSY_MS } from "./connection.ts";

function connect(path: string) {
  // A file that is opened is made where there is none.
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  db.exec("pragma synchronous = full");
  const store = db.prepare("select store from fence");
  const renew = db.prepare(
    `update fence set generation = generation + 1
     returning store, generation, (select coalesce(max(seq), 0) from fence_marks) as mark`,
  );
  return { db, store, renew };
}

/** The fence in a SQLite file: rarely used, so in single statements on a connection of its own, made with the first. */
export function sqliteFence(path: string): Fence {
  let made: ReturnType<typeof connect> | undefined;
  const file = () => (made ??= connect(path));
  return {
    store: async () => String(file().store.get()?.["store"]),
    renew: async () => file().renew.get() as unknown as Standing,
    close: async () => made?.db.close(),
  };
}
