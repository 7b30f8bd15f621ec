import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
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
import { BUSY_MS, WAL_PAGES } from "./connection.ts";
import { checkpointTables } from "./log-checkpoints.ts";
import { journalReader } from "./log-rows.ts";

interface Due {
  readonly seq: number;
  readonly tenant: string;
  readonly kind: LeafKind;
  readonly id: string;
}

/** What reads rows as they stand, by what they are. */
function rowReader(db: DatabaseSync) {
  const statements = new Map(
    KINDS.map((kind) => {
      const { table, id } = TABLES[kind];
      // Ids of deeds are no column: they are looked up by what they are made of.
      const where =
        kind === "deed"
          ? "(r.id, r.seq) in (select substr(value, 1, instr(value, '/') - 1), cast(substr(value, instr(value, '/') + 1) as integer) from json_each(?2))"
          : `${id} in (select value from json_each(?2))`;
      return [
        kind,
        db.prepare(`select ${id} as "row id", r.* from ${table} r where r.tenant = ?1 and ${where}`),
      ];
    }),
  );
  return (tenant: TenantId, kind: LeafKind, ids: readonly string[]): ReadonlyMap<string, Cells> => {
    const found = statements.get(kind)?.all(tenant, JSON.stringify(ids)) ?? [];
    return new Map(found.map(({ "row id": id, ...cells }) => [String(id), cells as Cells] as const));
  };
}

function waitingReader(db: DatabaseSync, rows: ReturnType<typeof rowReader>): () => Waiting {
  const cursor = db.prepare("select position from log_cursor");
  const last = db.prepare(
    "select max(coalesce((select max(seq) from opened), 0), coalesce((select max(seq) from closed), 0)) as seq",
  );
  const journal = journalReader(db);
  const noted = db.prepare("select seq, tenant, kind, id from log_due order by seq limit ?");
  return () => {
    const from = Number(cursor.get()?.["position"]);
    const upto = Number(last.get()?.["seq"]); // one writer at a time: what is drawn is there
    const position = Math.max(from, Math.min(upto, from + WINDOW));
    const due = noted.all(WINDOW) as unknown as readonly Due[];
    const noticed = due.flatMap(({ tenant, kind, id }): readonly LoggedRow[] => {
      const cells = rows(tenant, kind, [id]).get(id);
      return cells === undefined ? [] : [{ tenant, kind, id, cells }];
    });
    return {
      cursor: from,
      position,
      due: due.map(({ seq }) => seq),
      rows: [...(position === from ? [] : journal(from, position)), ...noticed],
      more: position < upto || due.length === WINDOW,
    };
  };
}

/** Leaves to a statement: fewer, longer statements cost half as much a leaf. */
const MANY = 8;

function leafInserter(db: DatabaseSync) {
  const statement = (rows: number) =>
    db.prepare(
      // Where a leaf is refused the transaction is rolled back: see `inserter` of what is written down.
      `insert or fail into log_leaves (tenant, idx, kind, id, hash) values ${Array(rows).fill("(?, ?, ?, ?, ?)").join(", ")}`,
    );
  const [one, many] = [statement(1), statement(MANY)];
  return (tenant: TenantId, leaves: readonly Leaf[]): void => {
    for (let from = 0; from < leaves.length; ) {
      const rows = leaves.length - from >= MANY ? MANY : 1;
      const cells: (string | number | Uint8Array)[] = [];
      for (const { index, kind, id, hash } of leaves.slice(from, from + rows))
        cells.push(tenant, index, kind, id, hash);
      (rows === MANY ? many : one).run(...cells);
      from += rows;
    }
  };
}

function integrator(db: DatabaseSync) {
  const move = db.prepare("update log_cursor set position = ?2 where position = ?1");
  const grow = db.prepare(
    `insert into log_trees (tenant, size, frontier) values (?1, ?3, ?4)
     on conflict (tenant) do update set size = ?3, frontier = ?4 where size = ?2`,
  );
  const leaf = leafInserter(db);
  const node = db.prepare("insert into log_nodes (tenant, level, idx, hash) values (?, ?, ?, ?)");
  const done = db.prepare("delete from log_due where seq = ?");
  const begin = db.prepare("begin immediate");
  const commit = db.prepare("commit");
  /** Whether all is as it was when it was read: positions, sizes and notes. */
  const all = (
    { cursor, position, due }: Pick<Waiting, "cursor" | "position" | "due">,
    growths: readonly Growth[],
  ): boolean => {
    if (Number(move.run(cursor, position).changes) !== 1) return false;
    for (const seq of due) if (Number(done.run(seq).changes) !== 1) return false;
    for (const { tenant, before, tree, leaves, nodes } of growths) {
      if (Number(grow.run(tenant, before, tree.size, tree.frontier).changes) !== 1) return false;
      leaf(tenant, leaves);
      for (const { level, index, hash } of nodes) node.run(tenant, level, index, hash);
    }
    return true;
  };
  return (step: Pick<Waiting, "cursor" | "position" | "due">, growths: readonly Growth[]): boolean => {
    begin.run();
    try {
      const integrated = all(step, growths);
      if (integrated) commit.run();
      else db.exec("rollback");
      return integrated;
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  };
}

function leafReader(db: DatabaseSync) {
  const columns = 'select idx as "index", kind, id, hash from log_leaves where tenant = ?';
  const leaves = db.prepare(`${columns} and idx >= ? order by idx limit ?`);
  const leaf = db.prepare(`${columns} and kind = ? and id = ?`);
  const nodes = db.prepare(
    `select level, idx as "index", hash from log_nodes where tenant = ? and level = ? and idx >= ? order by idx limit ?`,
  );
  const hashes = {
    leaves: db.prepare("select hash from log_leaves where tenant = ? and idx >= ? order by idx limit ?"),
    nodes: db.prepare(
      "select hash from log_nodes where tenant = ? and level = ? and idx >= ? order by idx limit ?",
    ),
  };
  const unlogged = KINDS.map((kind) => {
    const { table, id, journal } = TABLES[kind];
    const settled = journal
      ? "r.seq <= (select position from log_cursor)"
      : `not exists (select 1 from log_due d where d.tenant = r.tenant and d.kind = '${kind}' and d.id = ${id})`;
    return db.prepare(
      `select '${kind}' as kind, ${id} as id from ${table} r where r.tenant = ?1 and ${settled}
       and not exists (select 1 from log_leaves l where l.tenant = r.tenant and l.kind = '${kind}' and l.id = ${id}) limit ?2`,
    );
  });
  return {
    leaves: async (tenant: TenantId, from: number, limit: number) =>
      leaves.all(tenant, from, Math.min(limit, MAX_LEAVES)) as unknown as readonly Leaf[],
    leafOf: async (tenant: TenantId, kind: LeafKind, id: string) =>
      leaf.get(tenant, kind, id) as unknown as Leaf | undefined,
    nodes: async (tenant: TenantId, level: number, from: number, limit: number) =>
      nodes.all(tenant, level, from, Math.min(limit, MAX_LEAVES)) as unknown as readonly Node[],
    async hashes(tenant: TenantId, level: number, from: number, limit: number) {
      const most = Math.min(limit, MAX_LEAVES);
      const rows =
        level === 0 ? hashes.leaves.all(tenant, from, most) : hashes.nodes.all(tenant, level, from, most);
      return rows.map(({ hash }) => hash as Uint8Array);
    },
    unlogged: async (tenant: TenantId, limit: number) =>
      unlogged.flatMap((each) => each.all(tenant, limit)).slice(0, limit) as unknown as {
        readonly kind: LeafKind;
        readonly id: string;
      }[],
  };
}

/** The log in a SQLite file, on a connection of its own. Each method is done when it returns: use it off the main thread. */
export function sqliteLog(path: string): LogTables {
  // A file that is opened is made where there is none.
  if (!existsSync(path)) throw new Error(`${path} is not there`);
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  db.exec("pragma synchronous = normal; pragma fullfsync = on"); // leaves can be made again, until they are signed
  db.exec(`pragma wal_autocheckpoint = ${WAL_PAGES / 2}`); // sooner than who writes calls down, for whom somebody waits
  const rows = rowReader(db);
  const waiting = waitingReader(db, rows);
  const integrate = integrator(db);
  const store = db.prepare("select store from fence");
  const tenants = db.prepare(
    `select tenant from log_trees union select tenant from log_checkpoints union select tenant from log_leaves
     ${KINDS.map((kind) => `union select tenant from ${TABLES[kind].table}`).join(" ")} order by tenant`,
  );
  const tree = db.prepare("select size, frontier from log_trees where tenant = ?");
  const grown = db.prepare(
    `select tenant, size, frontier from log_trees t
     where size > coalesce((select max(size) from log_checkpoints c where c.tenant = t.tenant), 0) order by tenant`,
  );
  const lease = db.prepare("update log_lease set holder = ?1, until = ?2 where holder = ?1 or until < ?3");
  return {
    store: async () => String(store.get()?.["store"]),
    tenants: async () => tenants.all().map(({ tenant }) => String(tenant)),
    tree: async (tenant) =>
      (tree.get(tenant) as unknown as Tree | undefined) ?? { size: 0, frontier: new Uint8Array() },
    grown: async () => grown.all() as unknown as readonly (Tree & { readonly tenant: TenantId })[],
    waiting: async () => waiting(),
    integrate: async (step, growths) => integrate(step, growths),
    async lease(holder, for_ms) {
      const now = Date.now();
      return Number(lease.run(holder, now + for_ms, now).changes) === 1;
    },
    rows: async (tenant, kind, ids) => rows(tenant, kind, ids),
    ...leafReader(db),
    ...checkpointTables(db),
    close: async () => db.close(),
  };
}
