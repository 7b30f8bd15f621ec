import type { Pool } from "pg";
import type { People } from "../people/people.ts";
import { peopleOver } from "../people/people-sql.ts";

/** People in PostgreSQL. */
export function postgresPeople(pool: Pool): People {
  return peopleOver(async (text, cells) => {
    const { rows, rowCount } = await pool.query<object>(text.replaceAll(/\{(\w+)\}/g, "portcullis.$1"), [
      ...cells,
    ]);
    return { rows, changes: rowCount ?? 0 };
  });
}
