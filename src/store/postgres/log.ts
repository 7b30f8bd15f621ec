import type { Pool, PoolClient } from "pg";
import type { TenantId } from "../../call/principal.ts";
import {
  type Cells,
  type Growth,
  KINDS,
  type Leaf,
  type LeafKind,
  type LoggedRow,
  type LogTables,
  MAX_LEAVES,
  type Node,
  TABLES,
  type Tree,
  type Waiting,
  WINDOW,
} from "../log.ts";
import { checkpointTables } from "./log-checkpoints.ts";
import { journalRows } from "./log-rows.ts";
import { connect } from "./open.ts";
import { settled } from "./reading.ts";
import { rowsOfEverybody } from "./row-security.ts";

/** Any number, as long as every Portcullis takes the same. */
const SEQUENCER_LOCK = 7_036_874_417_767;
/** Positions that one step looks at: more than elsewhere, because a step is a dozen questions, which are most of what it costs. */
const STEP = 2 * WINDOW;

interface Due {
  readonly seq: number;
  readonly tenant: string;
  readonly kind: LeafKind;
  readonly id: string;
}

async function rowsOf(
  pool: Pool,
  tenant: TenantId,
  kind: LeafKind,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Cells>> {
  const { table, id } = TABLES[kind];
  const where =
    kind === "deed"
      ? "(r.id, r.seq) in (select split_part(x, '/', 1), split_part(x, '/', 2)::integer from unnest($2::text[]) x)"
      : `${id} = any($2)`;
  const { rows } = await pool.query<Record<string, string | number | null>>(
    `select ${id} as "row id", r.* from portcullis.${table} r where r.tenant = $1 and ${where}`,
    [tenant, ids],
  );
  return new Map(rows.map(({ "row id": key, ...cells }) => [String(key), cells] as const));
}

async function noticed(pool: Pool, due: readonly Due[]): Promise<readonly LoggedRow[]> {
  const groups = Map.groupBy(due, ({ tenant, kind }) => JSON.stringify([tenant, kind]));
  const found = new Map<string, ReadonlyMap<string, Cells>>();
  for (const [key, [first, ...rest]] of groups)
    if (first !== undefined)
      found.set(
        key,
        await rowsOf(
          pool,
          first.tenant,
          first.kind,
          [first, ...rest].map(({ id }) => id),
        ),
      );
  return due.flatMap(({ tenant, kind, id }): readonly LoggedRow[] => {
    const cells = found.get(JSON.stringify([tenant, kind]))?.get(id);
    return cells === undefined ? [] : [{ tenant, kind, id, cells }];
  });
}

async function waiting(pool: Pool): Promise<Waiting> {
  const { rows } = await pool.query<{ position: number }>("select position from portcullis.log_cursor");
  const from = rows[0]?.position ?? 0;
  const upto = await settled(pool);
  const position = Math.max(from, Math.min(upto, from + STEP));
  const notes = await pool.query<Due>(
    "select seq, tenant, kind, id from portcullis.log_due order by seq limit $1",
    [WINDOW],
  );
  return {
    cursor: from,
    position,
    due: notes.rows.map(({ seq }) => seq),
    rows: [...(await journalRows(pool, from, position)), ...(await noticed(pool, notes.rows))],
    more: position < upto || notes.rows.length === WINDOW,
  };
}

/** As one text and one run of bytes: to write out each value of an array costs the gate more than all else of a leaf. */
const LEAVES = `insert into portcullis.log_leaves (tenant, idx, kind, id, hash)
  select $1, (leaf ->> 0)::bigint, leaf ->> 1, leaf ->> 2, substring($3::bytea from (32 * n - 31)::integer for 32)
  from json_array_elements($2::json) with ordinality as each (leaf, n)`;
const NODES = `insert into portcullis.log_nodes (tenant, level, idx, hash)
  select $1, * from unnest($2::integer[], $3::bigint[], $4::bytea[])`;
const GROW = `insert into portcullis.log_trees as t (tenant, size, frontier) values ($1, $3, $4)
  on conflict (tenant) do update set size = $3, frontier = $4 where t.size = $2`;

async function grow(client: PoolClient, { tenant, before, tree, leaves, nodes }: Growth): Promise<boolean> {
  const grew = await client.query(GROW, [tenant, before, tree.size, tree.frontier]);
  if (grew.rowCount !== 1) return false;
  await client.query(LEAVES, [
    tenant,
    JSON.stringify(leaves.map(({ index, kind, id }) => [index, kind, id])),
    Buffer.concat(leaves.map(({ hash }) => hash)),
  ]);
  if (nodes.length > 0)
    await client.query(NODES, [
      tenant,
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => hash),
    ]);
  return true;
}

/** Whether all is as it was when it was read: positions, sizes and notes. */
async function step(
  client: PoolClient,
  { cursor, position, due }: Pick<Waiting, "cursor" | "position" | "due">,
  growths: readonly Growth[],
): Promise<boolean> {
  const moved = await client.query(
    "update portcullis.log_cursor set position = $2 where position = $1 and pg_try_advisory_xact_lock($3)",
    [cursor, position, SEQUENCER_LOCK],
  );
  if (moved.rowCount !== 1) return false;
  if (due.length > 0) {
    const done = await client.query("delete from portcullis.log_due where seq = any($1)", [due]);
    if (done.rowCount !== due.length) return false;
  }
  for (const growth of growths) if (!(await grow(client, growth))) return false;
  return true;
}

async function integrate(
  pool: Pool,
  waited: Pick<Waiting, "cursor" | "position" | "due">,
  growths: readonly Growth[],
): Promise<boolean> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    const integrated = await step(client, waited, growths);
    await client.query(integrated ? "commit" : "rollback");
    return integrated;
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    throw error;
  } finally {
    client.release(broken);
  }
}

function unloggedText(kind: LeafKind): string {
  const { table, id, journal } = TABLES[kind];
  const done = journal
    ? "r.seq <= (select position from portcullis.log_cursor)"
    : `not exists (select 1 from portcullis.log_due d where d.tenant = r.tenant and d.kind = '${kind}' and d.id = ${id})`;
  return `(select '${kind}' as kind, ${id} as id from portcullis.${table} r where r.tenant = $1 and ${done} and not exists
    (select 1 from portcullis.log_leaves l where l.tenant = r.tenant and l.kind = '${kind}' and l.id = ${id}) limit $2)`;
}

const HASHES = `select hash from portcullis.log_leaves
  where tenant = $1 and idx >= $2 order by idx limit $3`;
const NODE_HASHES = `select hash from portcullis.log_nodes
  where tenant = $1 and level = $4 and idx >= $2 order by idx limit $3`;

function leafReader(pool: Pool) {
  const columns = 'select idx as "index", kind, id, hash from portcullis.log_leaves where tenant = $1';
  return {
    async leaves(tenant: TenantId, from: number, limit: number) {
      const text = `${columns} and idx >= $2 order by idx limit $3`;
      return (await pool.query<Leaf>(text, [tenant, from, Math.min(limit, MAX_LEAVES)])).rows;
    },
    async leafOf(tenant: TenantId, kind: LeafKind, id: string) {
      return (await pool.query<Leaf>(`${columns} and kind = $2 and id = $3`, [tenant, kind, id])).rows[0];
    },
    async nodes(tenant: TenantId, level: number, from: number, limit: number) {
      const text = `select level, idx as "index", hash from portcullis.log_nodes
        where tenant = $1 and level = $2 and idx >= $3 order by idx limit $4`;
      return (await pool.query<Node>(text, [tenant, level, from, Math.min(limit, MAX_LEAVES)])).rows;
    },
    async hashes(tenant: TenantId, level: number, from: number, limit: number) {
      const most = Math.min(limit, MAX_LEAVES);
      const [text, values] =
        level === 0 ? [HASHES, [tenant, from, most]] : [NODE_HASHES, [tenant, from, most, level]];
      return (await pool.query<{ hash: Uint8Array }>(text, values)).rows.map(({ hash }) => hash);
    },
    async unlogged(tenant: TenantId, limit: number) {
      const text = KINDS.map(unloggedText).join(" union all ");
      const { rows } = await pool.query<{ readonly kind: LeafKind; readonly id: string }>(text, [
        tenant,
        limit,
      ]);
      return rows.slice(0, limit);
    },
  };
}

/** The log in PostgreSQL. Of those who would add leaves at once, one has the advisory lock; the others find it taken. */
export function postgresLog(url: string): LogTables {
  const pool = rowsOfEverybody(connect(url));
  const tenants = `select tenant from portcullis.log_trees union select tenant from portcullis.log_checkpoints
    union select tenant from portcullis.log_leaves
    ${KINDS.map((kind) => `union select tenant from portcullis.${TABLES[kind].table}`).join(" ")} order by tenant`;
  const grown = `select tenant, size, frontier from portcullis.log_trees t where size > coalesce(
    (select max(size) from portcullis.log_checkpoints c where c.tenant = t.tenant), 0) order by tenant`;
  return {
    async store() {
      return (await pool.query<{ store: string }>("select store from portcullis.fence")).rows[0]?.store ?? "";
    },
    async tenants() {
      return (await pool.query<{ tenant: string }>(tenants)).rows.map(({ tenant }) => tenant);
    },
    async tree(tenant) {
      const text = "select size, frontier from portcullis.log_trees where tenant = $1";
      return (await pool.query<Tree>(text, [tenant])).rows[0] ?? { size: 0, frontier: new Uint8Array() };
    },
    grown: async () => (await pool.query<Tree & { readonly tenant: TenantId }>(grown)).rows,
    waiting: () => waiting(pool),
    integrate: (waited, growths) => integrate(pool, waited, growths),
    lease: async () => true, // the advisory lock is taken with each step
    rows: (tenant, kind, ids) => rowsOf(pool, tenant, kind, ids),
    ...leafReader(pool),
    ...checkpointTables(pool),
    close: () => pool.end(),
  };
}
