import type { DatabaseSync } from "node:sqlite";
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

const TABLES = `select m.name from sqlite_schema m where m.type = 'table'
  and exists (select 1 from pragma_table_info(m.name) where name = 'tenant') order by m.name`;

/** Tenants in a SQLite file. */
export function sqliteTenants(db: DatabaseSync): Tenants {
  const all = db.prepare(
    `select ${TENANT_COLUMNS.join(", ")} from tenants order by tenant limit ${MAX_TENANTS}`,
  );
  const count = db.prepare("select count(*) as tenants from tenants");
  const insert = db.prepare(
    `insert into tenants (${TENANT_COLUMNS.join(", ")}) values (${TENANT_COLUMNS.map(() => "?").join(", ")})
     on conflict (tenant) do nothing`,
  );
  const move = db.prepare(
    `update tenants set state = ?1, changed_at = ?2
     where tenant = ?3 and state in (select value from json_each(?4))`,
  );
  const grow = db.prepare("update tenant_changes set changes = changes + 1");
  const changes = db.prepare("select changes from tenant_changes");
  const named = db.prepare(TABLES);
  const tables = (): readonly string[] => named.all().map(({ name }) => String(name));

  /** A table's name as SQL has it. Throws where it holds nothing of tenants. */
  function quoted(table: string): string {
    if (!tables().includes(table)) throw new RangeError(`No table ${table} holds anything of a tenant.`);
    return `"${table}"`;
  }
  /** Does it, and says that something has changed where it did. */
  function changing(work: () => number | bigint): boolean {
    db.exec("begin immediate");
    try {
      const changed = Number(work()) > 0;
      if (changed) grow.run();
      db.exec("commit");
      return changed;
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  }
  return {
    list: async () => (all.all() as unknown as readonly TenantRow[]).map(tenantOf),
    add: async (tenant) =>
      changing(() => {
        if (Number(count.get()?.["tenants"]) >= MAX_TENANTS)
          throw new RangeError(`The store holds ${MAX_TENANTS} tenants, which is its bound.`);
        return insert.run(...tenantCells(tenant)).changes;
      }),
    move: async (id, from, to, at) => changing(() => move.run(to, at, id, JSON.stringify(from)).changes),
    changes: async () => Number(changes.get()?.["changes"]),
    tables: async () => tables(),
    async rows(id, table, from) {
      const text = `select * from ${quoted(table)} where tenant = ? limit ${MAX_ROWS} offset ?`;
      return db.prepare(text).all(id, from) as unknown as readonly RawRow[];
    },
    purge: async (id, table) =>
      Number(db.prepare(`delete from ${quoted(table)} where tenant = ?`).run(id).changes),
    fence: async () => "types",
  };
}
