import type { DatabaseSync } from "node:sqlite";
import { Kysely, sql } from "kysely";
import type { Tables } from "../journal/joined.ts";
import { reader } from "../journal/read.ts";
import { sqliteDialect } from "./dialect.ts";

/**
 * Reads a SQLite journal; `far` reads the same one in another thread, for what may take long. Loaded with the first read:
 * a gate that only writes starts without the query builder.
 */
export function sqliteReader(file: DatabaseSync, far: Kysely<Tables>): ReturnType<typeof reader> {
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  const last = file.prepare(
    "select max(coalesce((select max(seq) from opened), 0), coalesce((select max(seq) from closed), 0)) as seq",
  );
  return reader({
    db,
    far: async (work) => await work(far),
    now: () => sql<number>`${Date.now()}`,
    settled: () => Promise.resolve(Number(last.get()?.["seq"])), // one writer at a time: what is drawn is there
    task: sql<string>`json_extract(c.detail, '$.task')`,
    marked: sql<boolean>`instr(c.detail, '"task":"sha256:') > 0`,
  });
}
