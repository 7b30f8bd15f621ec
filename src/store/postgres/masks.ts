import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import { type Masks, MAX_MASKS } from "../masks.ts";

const PUT = `insert into portcullis.masks (tenant, principal, id, sealed, expires) select $1, $2, $3, $4, $5::bigint
    where (select count(*) from portcullis.masks where tenant = $1 and principal = $2 and id <> $3) < ${MAX_MASKS}
  on conflict (tenant, principal, id) do update set sealed = $4, expires = $5::bigint`;
const GET = `select sealed from portcullis.masks
  where tenant = $1 and principal = $2 and id = $3 and expires > $4`;
const FORGET = "delete from portcullis.masks where tenant = $1 and expires <= $2";

/** Marks in PostgreSQL. */
export function postgresMasks(pool: Pool): (tenant: TenantId) => Masks {
  return (tenant) => ({
    async put(masks, now) {
      await pool.query(FORGET, [tenant, now]);
      for (const { principal, id, sealed, expires } of masks)
        await pool.query(PUT, [tenant, principal, id, sealed, expires]);
    },
    async get(principal, id, now) {
      return (await pool.query<{ sealed: string }>(GET, [tenant, principal, id, now])).rows[0]?.sealed;
    },
  });
}
