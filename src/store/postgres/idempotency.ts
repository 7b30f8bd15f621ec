import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import { begunOf, type Idempotency, KEY_MS, type KeyRow, MAX_KEYS, MAX_OWN_KEYS } from "../idempotency.ts";

/** Keys in PostgreSQL. `everybody` sees those of all tenants, `own` those of one. */
export function postgresIdempotency(
  everybody: Pool,
  own: (tenant: TenantId) => Pool,
): (tenant: TenantId) => Idempotency {
  return (tenant) => ({
    async begin({ who, key, digest, at }) {
      const pool = own(tenant);
      await everybody.query("delete from portcullis.idempotency where at < $1", [at - KEY_MS]);
      const claim = `insert into portcullis.idempotency (tenant, who, key, at, digest, status, media, body)
        select $1, $2, $3, $4, $5, 0, '', ''
        where (select count(*) from portcullis.idempotency where tenant = $1) < ${MAX_KEYS}
          and (select count(*) from portcullis.idempotency where tenant = $1 and who = $2) < ${MAX_OWN_KEYS}
        on conflict (tenant, who, key) do nothing`;
      const { rowCount } = await pool.query(claim, [tenant, who, key, at, digest]);
      if (rowCount === 1) return { kind: "first" };
      const text = `select digest, status, media, body from portcullis.idempotency
        where tenant = $1 and who = $2 and key = $3`;
      const [found] = (await pool.query<KeyRow>(text, [tenant, who, key])).rows;
      return found === undefined ? { kind: "full" } : begunOf(found, digest);
    },
    async finish(who, key, { status, media, body }) {
      const text = `update portcullis.idempotency set status = $4, media = $5, body = $6
        where tenant = $1 and who = $2 and key = $3`;
      await own(tenant).query(text, [tenant, who, key, status, media, body]);
    },
    async forget(who, key) {
      const text = `delete from portcullis.idempotency where tenant = $1 and who = $2 and key = $3 and status = 0`;
      await own(tenant).query(text, [tenant, who, key]);
    },
  });
}
