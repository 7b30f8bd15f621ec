import type { DatabaseSync, StatementSync } from "node:sqlite";
import type { SignIns } from "../people/sign-ins.ts";
import { signInsOver } from "../people/sign-ins-sql.ts";

/** Sign-ins in a SQLite file. Written rarely and in single statements, so by the connection that reads. */
export function sqliteSignIns(db: DatabaseSync): SignIns {
  const prepared = new Map<string, StatementSync>();
  return signInsOver(async (text, cells) => {
    const statement =
      prepared.get(text) ?? db.prepare(text.replaceAll(/\{(\w+)\}/g, "$1").replaceAll(/\$(\d+)/g, "?$1"));
    prepared.set(text, statement);
    if (text.startsWith("select")) return { rows: statement.all(...cells), changes: 0 };
    return { rows: [], changes: Number(statement.run(...cells).changes) };
  });
}
