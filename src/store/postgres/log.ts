import { escapeIdentifier, type Pool, type PoolClient } from "pg";
import type { TenantId } from "../../call/principal.ts";
import {
  type Cells,
  type Coming,
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
import { connect } from "./open.ts";
import { settled } from "./reading.ts";
import { rowsOfEverybody } from "./row-security.ts";

/** Any number, as long as every Portcullis takes the same. */
const SEQUENCER_LOCK = 7_036_874_417_767;

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

interface Hashed {
  readonly seq: number;
  readonly tenant: string;
  readonly id: string;
  readonly hash: Uint8Array;
}

/** The columns of a table in the order of RFC 8785. */
async function columnsOf(pool: Pool, table: string): Promise<readonly string[]> {
  const { rows } = await pool.query<{ name: string }>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped
     order by attname collate "C"`,
    [`portcullis.${table}`],
  );
  return rows.map(({ name }) => name);
}

/**
 * Leaves of journal rows, as `rowHash` would make them: PostgreSQL writes text in JSON as RFC 8785 does. So the gate, which keeps
 * this log on the thread that serves calls, reads four columns of a row instead of all.
 */
async function hashText(pool: Pool, kind: "opened" | "closed"): Promise<string> {
  const columns = (await columnsOf(pool, kind)).map((name) => escapeIdentifier(name)).join(", ");
  return `select r.seq, r.tenant, r.call as id, sha256('\\x00'::bytea || convert_to(
      '{"kind":"${kind}","row":' || json_strip_nulls(row_to_json(r))::text || ',"v":1}', 'UTF8')) as hash
    from (select ${columns} from portcullis.${kind} where seq > $1 and seq <= $2) r`;
}

async function journalRows(pool: Pool, from: number, position: number): Promise<readonly Coming[]> {
  if (position === from) return [];
  const read = async (kind: "opened" | "closed") => {
    // Asked each time: a newer version may have added a column since, and fills it.
    const { rows } = await pool.query<Hashed>(await hashText(pool, kind), [from, position]);
    return rows.map((row) => ({ kind, ...row }));
  };
  const rows = [...(await read("opened")), ...(await read("closed"))];
  return rows.sort((a, b) => a.seq - b.seq).map(({ kind, tenant, id, hash }) => ({ kind, tenant, id, hash }));
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
  const position = Math.max(from, Math.min(upto, from + WINDOW));
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

const LEAVES = `insert into portcullis.log_leaves (tenant, idx, kind, id, hash)
  select $1, * from unnest($2::bigint[], $3::text[], $4::text[], $5::bytea[])`;
const NODES = `insert into portcullis.log_nodes (tenant, level, idx, hash)
  select $1, * from unnest($2::integer[], $3::bigint[], $4::bytea[])`;
const GROW = `insert into portcullis.log_trees as t (tenant, size, frontier) values ($1, $3, $4)
  on conflict (tenant) do update set size = $3, frontier = $4 where t.size = $2`;

async function grow(client: PoolClient, { tenant, before, tree, leaves, nodes }: Growth): Promise<boolean> {
  const grew = await client.query(GROW, [tenant, before, tree.size, tree.frontier]);
  if (grew.rowCount !== 1) return false;
  const of = <K extends keyof Leaf>(key: K) => leaves.map((leaf) => leaf[key]);
  await client.query(LEAVES, [tenant, of("index"), of("kind"), of("id"), of("hash")]);
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
  const lock = await client.query<{ mine: boolean }>("select pg_try_advisory_xact_lock($1) as mine", [
    SEQUENCER_LOCK,
  ]);
  if (lock.rows[0]?.mine !== true) return false;
  const moved = await client.query("update portcullis.log_cursor set position = $2 where position = $1", [
    cursor,
    position,
  ]);
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
