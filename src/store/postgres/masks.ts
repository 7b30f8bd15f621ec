import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import { type KeptMask, type Masks, MAX_MASKS } from "../masks.ts";

/** In one statement: a message may hold thousands, and whoever masks waits until they are kept. */
const PUT = `with given as (
    select distinct on (principal, id) * from unnest($2::text[], $3::text[], $4::text[], $5::bigint[])
      as m (principal, id, sealed, expires)),
  ranked as (
    select g.*, k.id is not null as known,
      row_number() over (partition by g.principal, k.id is not null order by g.id) as nth
    from given g left join portcullis.masks k on k.tenant = $1 and k.principal = g.principal and k.id = g.id),
  had as (
    select principal, count(*) as rows from portcullis.masks
    where tenant = $1 and principal = any($2::text[]) group by principal)
  insert into portcullis.masks (tenant, principal, id, sealed, expires)
  select $1, r.principal, r.id, r.sealed, r.expires from ranked r left join had h on h.principal = r.principal
    where r.known or r.nth + coalesce(h.rows, 0) <= ${MAX_MASKS}
  on conflict (tenant, principal, id) do update set sealed = excluded.sealed, expires = excluded.expires`;
const GET = `select sealed from portcullis.masks
  where tenant = $1 and principal = $2 and id = $3 and expires > $4`;
const FORGET = "delete from portcullis.masks where tenant = $1 and expires <= $2";

/** Marks in PostgreSQL. */
export function postgresMasks(pool: Pool): (tenant: TenantId) => Masks {
  return (tenant) => ({
    async put(masks, now) {
      await pool.query(FORGET, [tenant, now]);
      const of = <K extends keyof KeptMask>(key: K) => masks.map((mask) => mask[key]);
      await pool.query(PUT, [tenant, of("principal"), of("id"), of("sealed"), of("expires")]);
    },
    async get(principal, id, now) {
      return (await pool.query<{ sealed: string }>(GET, [tenant, principal, id, now])).rows[0]?.sealed;
    },
  });
}
