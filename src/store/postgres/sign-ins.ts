import type { Pool } from "pg";
import type { SignIns } from "../people/sign-ins.ts";
import { signInsOver } from "../people/sign-ins-sql.ts";

/** Sign-ins in PostgreSQL. */
export function postgresSignIns(pool: Pool): SignIns {
  return signInsOver(async (text, cells) => {
    const { rows, rowCount } = await pool.query<object>(text.replaceAll(/\{(\w+)\}/g, "portcullis.$1"), [
      ...cells,
    ]);
    return { rows, changes: rowCount ?? 0 };
  });
}
