import { DatabaseError, type Pool, type PoolClient } from "pg";
import {
  type Erasing,
  type Erasure,
  LETS_IN,
  MAX_SUBJECTS,
  type MasterRow,
  NAMED,
  type Removed,
  SIGNED,
  type SubjectKeys,
  type SubjectRow,
} from "../people/subjects.ts";
import { rowsOf, rowsOfEverybody } from "./row-security.ts";

const FOREIGN_KEY = "23503";
const MASTER = ["tenant", "n", "at", "wrapped", "root", "rewrapped_at"] as const;

function isForeign(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === FOREIGN_KEY;
}

type Masters = Pick<SubjectKeys, "masters" | "tenants" | "addMasters" | "rewrapMaster" | "dropMaster">;

function masterKeys(pool: Pool): Masters {
  return {
    async masters(tenant) {
      const text = `select ${MASTER.join(", ")} from portcullis.tenant_keys where tenant = $1 order by n`;
      return (await rowsOf(pool, tenant).query<MasterRow>(text, [tenant])).rows;
    },
    async tenants() {
      const text = "select distinct tenant from portcullis.tenant_keys order by tenant";
      const { rows } = await rowsOfEverybody(pool).query<{ tenant: string }>(text);
      return rows.map(({ tenant }) => tenant);
    },
    async addMasters(rows) {
      const [first] = rows;
      if (first === undefined) return;
      const text = `insert into portcullis.tenant_keys (${MASTER.join(", ")})
        select * from unnest($1::text[], $2::int[], $3::bigint[], $4::text[], $5::text[], $6::bigint[])
        on conflict (tenant, n) do nothing`;
      await rowsOf(pool, first.tenant).query(
        text,
        MASTER.map((column) => rows.map((row) => row[column])),
      );
    },
    async rewrapMaster({ tenant, n, wrapped, root, rewrapped_at }) {
      const text = `update portcullis.tenant_keys set wrapped = $1, root = $2, rewrapped_at = $3 where tenant = $4 and n = $5`;
      await rowsOf(pool, tenant).query(text, [wrapped, root, rewrapped_at, tenant, n]);
    },
    async dropMaster(tenant, n) {
      const text = "delete from portcullis.tenant_keys where tenant = $1 and n = $2";
      try {
        return (await rowsOf(pool, tenant).query(text, [tenant, n])).rowCount === 1;
      } catch (error) {
        if (isForeign(error)) return false;
        throw error;
      }
    },
  };
}

/** Tables whose dead rows hold what was destroyed. */
const SCRUBBED = [...NAMED.map(({ table }) => table), "subjects", "tenant_keys", "notice_keys"];

/** Removes what stands beside the record, or counts it. */
async function named(
  on: Pick<PoolClient, "query">,
  act: "delete" | "select count(*)::int as rows",
  whose: Erasing,
): Promise<Removed> {
  const found: [string, number][] = [];
  for (const { table, by } of NAMED) {
    const where = by.map(({ column, how }, at) =>
      how === "is" ? `${column} = $${at + 2}` : `strpos(${column}, $${at + 2}) > 0`,
    );
    const asked = `${act} from portcullis.${table} where tenant = $1 and (${where.join(" or ")})`;
    const texts = [whose.tenant, ...by.map(({ text }) => text(whose))];
    const { rowCount, rows } = await on.query<{ rows?: number }>(asked, texts);
    found.push([table, act === "delete" ? (rowCount ?? 0) : (rows[0]?.rows ?? 0)]);
  }
  return Object.fromEntries(found);
}

type Erasures = Pick<SubjectKeys, "erase" | "named" | "inClear" | "scrub" | "erasures" | "changes">;

function erasing(pool: Pool): Erasures {
  return {
    async erase(whose) {
      const { tenant, id, at } = whose;
      const client = await rowsOf(pool, tenant).connect();
      let broken: Error | undefined;
      try {
        await client.query("begin");
        const removed = await named(client, "delete", whose);
        for (const [table, column] of SIGNED) {
          const text = `update portcullis.${table} set ${column} = $1 where tenant = $2 and ${column} = $3`;
          await client.query(text, [id ?? "", tenant, whose.principal]);
        }
        if (LETS_IN.some((table) => (removed[table] ?? 0) > 0))
          await client.query("update portcullis.credential_changes set changes = changes + 1");
        if (id !== undefined) {
          const text = `with gone as (delete from portcullis.subjects where tenant = $1 and id = $2 returning 1),
            grown as (update portcullis.key_changes set changes = changes + 1 where exists (select from gone) returning changes)
            insert into portcullis.erasures (tenant, id, n, at) select $1, $2, changes, $3::bigint from grown
            on conflict (tenant, id) do nothing`;
          await client.query(text, [tenant, id, at]);
        }
        await client.query("commit");
        return removed;
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
        await client.query("rollback").catch(() => {});
        throw error;
      } finally {
        client.release(broken);
      }
    },
    named: async (whose) => await named(rowsOf(pool, whose.tenant), "select count(*)::int as rows", whose),
    async inClear(tenant, principal) {
      const text = `select 1 from portcullis.opened where tenant = $1 and principal = $2
        union all select 1 from portcullis.approvals where tenant = $1 and principal = $2 limit 1`;
      return (await rowsOf(pool, tenant).query(text, [tenant, principal])).rows.length > 0;
    },
    async scrub() {
      const client = await pool.connect();
      try {
        // The role that a gate works under owns no table, and only an owner may rewrite one.
        await client.query("reset role; set statement_timeout = 0");
        for (const table of SCRUBBED) await client.query(`vacuum full portcullis.${table}`);
        return "";
      } catch (error) {
        if (!(error instanceof DatabaseError)) throw error;
        return `tables could not be rewritten (${error.message}): run \`vacuum full\` on ${SCRUBBED.join(", ")}`;
      } finally {
        client.release(true);
      }
    },
    async erasures(after) {
      const text = `select tenant, id, n, at from portcullis.erasures where n > $1 order by n limit ${MAX_SUBJECTS}`;
      return (await rowsOfEverybody(pool).query<Erasure>(text, [after])).rows;
    },
    async changes() {
      const text = "select changes from portcullis.key_changes";
      const { rows } = await pool.query<{ changes: number }>({ name: "key-changes", text });
      return Number(rows[0]?.changes);
    },
  };
}

const SUBJECT = "tenant, id, at, lookup, name, master, key";

/** The keys of records in PostgreSQL. */
export function postgresSubjects(pool: Pool): SubjectKeys {
  return {
    ...masterKeys(pool),
    ...erasing(pool),
    async byLookup(tenant, lookup) {
      const text = `select ${SUBJECT} from portcullis.subjects where tenant = $1 and lookup = $2`;
      const asked = { name: "subject-by-lookup", text, values: [tenant, lookup] };
      return (await rowsOf(pool, tenant).query<SubjectRow>(asked)).rows[0];
    },
    async byIds(tenant, ids) {
      const text = `select ${SUBJECT} from portcullis.subjects where tenant = $1 and id = any ($2)`;
      const asked = { name: "subjects-by-id", text, values: [tenant, ids.slice(0, MAX_SUBJECTS)] };
      return (await rowsOf(pool, tenant).query<SubjectRow>(asked)).rows;
    },
    async add({ tenant, id, at, lookup, name, master, key }) {
      const text = `insert into portcullis.subjects (${SUBJECT}) values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (tenant, lookup) do nothing`;
      try {
        const values = [tenant, id, at, lookup, name, master, key];
        return (await rowsOf(pool, tenant).query(text, values)).rowCount === 1 ? "added" : "known";
      } catch (error) {
        if (isForeign(error)) return "no master";
        throw error;
      }
    },
    async page(tenant, after, limit, but) {
      const text = `select ${SUBJECT} from portcullis.subjects
        where tenant = $1 and id > $2 and ($3::int is null or master <> $3) order by id limit $4`;
      const values = [tenant, after, but ?? null, Math.min(limit, MAX_SUBJECTS)];
      return (await rowsOf(pool, tenant).query<SubjectRow>(text, values)).rows;
    },
    async count(tenant) {
      const text = `select master, count(*)::int as subjects from portcullis.subjects where tenant = $1 group by master`;
      const { rows } = await rowsOf(pool, tenant).query<{ master: number; subjects: number }>(text, [tenant]);
      return new Map(rows.map(({ master, subjects }) => [master, subjects]));
    },
    async rewrap(rows) {
      const [first] = rows;
      if (first === undefined) return;
      const text = `update portcullis.subjects s set master = r.master, key = r.key
        from unnest($2::text[], $3::int[], $4::text[], $5::int[]) as r (id, master, key, before)
        where s.tenant = $1 and s.id = r.id and s.master = r.before`;
      const columns = [
        rows.map((r) => r.id),
        rows.map((r) => r.master),
        rows.map((r) => r.key),
        rows.map((r) => r.from),
      ];
      await rowsOf(pool, first.tenant).query(text, [first.tenant, ...columns]);
    },
  };
}
