import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import {
  MAX_ROWS,
  MAX_TENANTS,
  type RawRow,
  TENANT_COLUMNS,
  tenantCells,
  tenantOf,
  type TenantRow,
  type Tenants,
} from "../tenants.ts";
import { rowFence } from "./row-security.ts";

const COLUMNS = TENANT_COLUMNS.join(", ");
const GROW = "update portcullis.tenant_changes set changes = changes + 1";
const TABLES = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'portcullis' and c.relkind in ('r', 'p')
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)
  order by c.relname`;

/** Tenants in PostgreSQL. `everybody` sees all of them, `own` the rows of one. */
export function postgresTenants(everybody: Pool, own: (tenant: TenantId) => Pool): Tenants {
  async function tables(): Promise<readonly string[]> {
    return (await everybody.query<{ name: string }>(TABLES)).rows.map(({ name }) => name);
  }
  /** A table's name as SQL has it. Rejects where it holds nothing of tenants. */
  async function quoted(table: string): Promise<string> {
    if ((await tables()).includes(table)) return `portcullis."${table}"`;
    throw new RangeError(`No table ${table} holds anything of a tenant.`);
  }
  return {
    async list() {
      const text = `select ${COLUMNS} from portcullis.tenants order by tenant limit ${MAX_TENANTS}`;
      return (await everybody.query<TenantRow>(text)).rows.map(tenantOf);
    },
    async add(tenant) {
      const places = TENANT_COLUMNS.map((_, at) => `$${at + 1}`).join(", ");
      const text = `with made as (insert into portcullis.tenants (${COLUMNS}) select ${places}
          where (select count(*) from portcullis.tenants) < ${MAX_TENANTS} on conflict (tenant) do nothing returning 1)
        ${GROW} where exists (select from made)`;
      if ((await everybody.query(text, [...tenantCells(tenant)])).rowCount === 1) return true;
      const full = "select count(*) as tenants from portcullis.tenants";
      const { rows } = await everybody.query<{ tenants: number }>(full);
      if (Number(rows[0]?.tenants) < MAX_TENANTS) return false;
      throw new RangeError(`The store holds ${MAX_TENANTS} tenants, which is its bound.`);
    },
    async move(id, from, to, at) {
      const text = `with moved as (update portcullis.tenants set state = $1, changed_at = $2
          where tenant = $3 and state = any ($4::text[]) returning 1)
        ${GROW} where exists (select from moved)`;
      return (await everybody.query(text, [to, at, id, [...from]])).rowCount === 1;
    },
    async changes() {
      const text = "select changes from portcullis.tenant_changes";
      const { rows } = await everybody.query<{ changes: number }>({ name: "tenant-changes", text });
      return Number(rows[0]?.changes);
    },
    tables,
    async rows(id, table, from) {
      const text = `select * from ${await quoted(table)} where tenant = $1 order by ctid limit ${MAX_ROWS} offset $2`;
      return (await own(id).query<RawRow>(text, [id, from])).rows;
    },
    async purge(id, table) {
      const text = `delete from ${await quoted(table)} where tenant = $1`;
      return (await own(id).query(text, [id])).rowCount ?? 0;
    },
    fence: async () => (await rowFence(everybody)) ?? "rows",
  };
}
