import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { People } from "../people/people.ts";
import { peopleOver } from "../people/people-sql.ts";

/** People in a SQLite file. Written rarely and in single statements, so by the connection that reads. */
export function sqlitePeople(db: DatabaseSync): People {
  const prepared = new Map<string, StatementSync>();
  return peopleOver(async (text, cells) => {
    const statement =
      prepared.get(text) ?? db.prepare(text.replaceAll(/\{(\w+)\}/g, "$1").replaceAll(/\$(\d+)/g, "?$1"));
    prepared.set(text, statement);
    if (text.startsWith("select")) return { rows: statement.all(...cells), changes: 0 };
    return { rows: [], changes: Number(statement.run(...cells).changes) };
  });
}
