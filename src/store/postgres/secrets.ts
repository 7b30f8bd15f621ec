import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import { type KeptSecret, MAX_SECRETS, type Secrets } from "../secrets.ts";

const PUT = `insert into portcullis.secrets (tenant, name, sealed, at, by_whom) select $1, $2, $3, $4::bigint, $5
    where (select count(*) from portcullis.secrets where tenant = $1 and name <> $2) < ${MAX_SECRETS}
  on conflict (tenant, name) do update set sealed = $3, at = $4::bigint, by_whom = $5`;
const GET = "select name, sealed, at, by_whom as by from portcullis.secrets where tenant = $1 and name = $2";
const LIST = "select name, at, by_whom as by from portcullis.secrets where tenant = $1 order by name";

/** Secrets in PostgreSQL. */
export function postgresSecrets(pool: Pool): (tenant: TenantId) => Secrets {
  return (tenant) => ({
    async put({ name, sealed, at, by }) {
      return (await pool.query(PUT, [tenant, name, sealed, at, by])).rowCount === 1;
    },
    async get(name) {
      return (await pool.query<KeptSecret>(GET, [tenant, name])).rows[0];
    },
    async list() {
      return (await pool.query<Omit<KeptSecret, "sealed">>(LIST, [tenant])).rows;
    },
    async remove(name) {
      const text = "delete from portcullis.secrets where tenant = $1 and name = $2";
      return (await pool.query(text, [tenant, name])).rowCount === 1;
    },
  });
}
