import { statSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import type { Taken } from "../counters/claim.ts";
import { type Batch, granted, sweptBefore } from "../journal/batch.ts";
import { type Cell, CLOSED_COLUMNS, OPENED_COLUMNS } from "../journal/row.ts";
import { JournalUnavailable } from "../unavailable.ts";
import { sqliteMatters } from "./approvals.ts";
import { sqliteCounters } from "./counters.ts";

/** How long SQLite waits for another process's transaction. */
export const BUSY_MS = 5_000;

/** The writing thread's connection. */
export interface Connection {
  /** One transaction; gives what came of its claims when it is on disk, throws when nothing of it is. */
  write(batch: Batch): readonly Taken[];
  /** Whether another database stands in the file's place, so that only a new connection can go on. */
  replaced(): boolean;
  /** Takes the gate's row away. Never throws. */
  leave(): void;
  /** Never throws. */
  close(): void;
}

export interface Place {
  readonly path: string;
  readonly gate: string;
  readonly host: string;
}

/** Rows to a statement: fewer, longer statements cost half as much a row. Together they make any number of few. */
const ROWS = [16, 8, 4, 2, 1] as const;

/**
 * Pages in the -wal file before they go to the database. Pages that many commits change are written there again and again and
 * to the database once: with SQLite's own 1,000 a call costs a sixth more. 16 MiB.
 */
export const WAL_PAGES = 4_000;

/**
 * Writes `cells` as rows of `table`, numbering them from `seq`; gives the last number used. Where a row is refused the rows before
 * it are there (`or fail`), and the transaction must be rolled back: to undo the statement alone SQLite would first copy every
 * page that it changes, into a file that it makes for that.
 */
function inserter(db: DatabaseSync, table: string, columns: readonly string[]) {
  const width = columns.length;
  const row = `(${columns.map(() => "?").join(",")})`;
  const statement = (rows: number): StatementSync =>
    db.prepare(
      `insert or fail into ${table} (${columns.join(",")}) values ${Array(rows).fill(row).join(",")}`,
    );
  const statements = ROWS.map((rows) => ({ cells: rows * width, statement: statement(rows) }));
  return (cells: readonly Cell[], seq: number): number => {
    let last = seq;
    let from = 0;
    for (const { cells: most, statement: insert } of statements) {
      while (cells.length - from >= most) {
        const chunk = cells.slice(from, from + most);
        for (let at = 0; at < most; at += width) chunk[at] = ++last;
        insert.run(...chunk);
        from += most;
      }
    }
    return last;
  };
}

interface Files {
  /** Throws where the files that are written are no longer the ones that other processes would open. */
  check(): void;
  /** Whether another database stands in the file's place. */
  replaced(): boolean;
}

function watch(path: string): Files {
  const log = `${path}-wal`;
  const inode = (file: string): number | undefined => statSync(file, { throwIfNoEntry: false })?.ino;
  const [data, tail] = [inode(path), inode(log)];
  return {
    check() {
      if (inode(path) === data && inode(log) === tail) return;
      throw new JournalUnavailable("gone", "the file, or the -wal file beside it, was removed or replaced");
    },
    replaced() {
      const now = inode(path);
      return now !== undefined && now !== data;
    },
  };
}

/** Does what the one claim with a matter brings, where it has found room: whether it could be done. */
function hold(
  { claims: [claim] }: Batch,
  [came]: readonly Taken[],
  settled: ReturnType<typeof sqliteMatters>,
): boolean {
  if (claim?.matter === undefined || came?.kind !== "taken") return true;
  return settled(claim.tenant, claim.at, claim.matter);
}

/** Opens an existing database for writing. Throws what SQLite throws, or JournalUnavailable `gone` where there is none. */
export function connect({ path, gate, host }: Place): Connection {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    throw new JournalUnavailable("gone", "the file was removed");
  }
  const db = new DatabaseSync(path, { timeout: BUSY_MS });
  try {
    db.exec("pragma synchronous = full; pragma fullfsync = on; pragma checkpoint_fullfsync = on");
    db.exec(`pragma wal_autocheckpoint = ${WAL_PAGES}`);
    const opened = inserter(db, "opened", OPENED_COLUMNS);
    const closed = inserter(db, "closed", CLOSED_COLUMNS);
    const begin = db.prepare("begin immediate");
    const commit = db.prepare("commit");
    const last = db.prepare(
      "select max(coalesce((select max(seq) from opened), 0), coalesce((select max(seq) from closed), 0)) as seq",
    );
    const beat = db.prepare(
      `insert into gates (id, started_at, seen_at, pid, host) values (?1, ?2, ?2, ?3, ?4)
       on conflict (id) do update set seen_at = ?2`,
    );
    const gone = db.prepare("delete from gates where id = ?");
    const counters = sqliteCounters(db, gate);
    const settled = sqliteMatters(db);
    db.prepare("select count(*) from gates").get(); // a first read makes the -wal file that is watched
    const files = watch(path);
    let adrift = false;
    return {
      write(batch) {
        if (adrift) files.check();
        let taken: readonly Taken[];
        begin.run();
        try {
          if (batch.beat) beat.run(gate, Date.now(), process.pid, host);
          if (batch.beat && batch.claims.length > 0) counters.sweep(sweptBefore(batch));
          taken = batch.claims.map((claim) => counters.take(claim));
          if (!hold(batch, taken, settled)) {
            db.exec("rollback");
            return [{ kind: "raced" }];
          }
          const seq = Number(last.get()?.["seq"]);
          closed(batch.closed, opened(granted(batch, taken), seq));
          for (const adjustment of batch.adjustments) counters.adjust(adjustment);
          commit.run();
        } catch (error) {
          if (db.isTransaction) db.exec("rollback");
          throw error;
        }
        adrift = true;
        files.check(); // after the commit: what went into a file without a name is not recorded
        adrift = false;
        return taken;
      },
      replaced: () => files.replaced(),
      leave() {
        try {
          gone.run(gate);
        } catch {} // readers find the gate silent a little later
      },
      close() {
        try {
          db.close();
        } catch {} // a full disk refuses the checkpoint; the next connection does it
      },
    };
  } catch (error) {
    db.close();
    throw error;
  }
}
