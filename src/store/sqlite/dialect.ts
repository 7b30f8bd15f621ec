import type { DatabaseSync } from "node:sqlite";
import { type SqliteDatabase, SqliteDialect } from "kysely";

/** Kysely over `node:sqlite`. For reading: the journal is written by prepared statements in a thread of its own. */
export function sqliteDialect(db: DatabaseSync): SqliteDialect {
  const database: SqliteDatabase = {
    prepare(sql) {
      const statement = db.prepare(sql);
      type Params = Parameters<typeof statement.all>;
      return {
        reader: statement.columns().length > 0,
        all: (params) => statement.all(...(params as Params)),
        run: (params) => statement.run(...(params as Params)),
        iterate: (params) => statement.iterate(...(params as Params)),
      };
    },
    close: () => db.close(),
  };
  return new SqliteDialect({ database });
}
