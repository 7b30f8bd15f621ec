import { hostname } from "node:os";
import { DatabaseError, type Pool, type PoolClient, type QueryConfig } from "pg";
import { ownerOf, type Taken } from "../counters/claim.ts";
import { type Batch, granted, type Writer } from "../journal/batch.ts";
import { type Cell, CLOSED_COLUMNS, OPENED_COLUMNS } from "../journal/row.ts";
import { JournalUnavailable, type Obstacle } from "../unavailable.ts";
import { settleMatter } from "./approvals.ts";
import { takeAll } from "./counters.ts";
import { scopeSql, scopeWith, settingOf } from "./row-security.ts";

const NUMBERS: ReadonlySet<string> = new Set(["at", "size_bytes", "duration_us"]);

/** `seq` comes from the database's sequence. */
const OPENED = OPENED_COLUMNS.slice(1);
const CLOSED = CLOSED_COLUMNS.slice(1);

function insert(
  table: string,
  columns: readonly string[],
  first: number,
  where: string,
  again: boolean,
): string {
  const arrays = columns.map(
    (column, index) => `$${first + index}::${NUMBERS.has(column) ? "bigint" : "text"}[]`,
  );
  const once = again ? " on conflict (tenant, call) do nothing" : "";
  return `insert into portcullis.${table} (${columns.join(", ")}) select * from unnest(${arrays.join(", ")})${where}${once} returning 1`;
}

/** One statement, one round trip, one transaction. What opened gets its positions before what closed. */
function statement(again: boolean): string {
  const after = " where (select said from s) is not null and (select count(*) from o) >= 0";
  const closed = insert("closed", CLOSED, OPENED.length + 1, after, again);
  // Before the first row is written it is said whose rows they are.
  const scope = `select ${scopeWith(`$${OPENED.length + CLOSED.length + 1}`)} as said`;
  const opened = insert("opened", OPENED, 1, " where (select said from s) is not null", again);
  return `with s as materialized (${scope}), o as (${opened}), c as (${closed}) select (select count(*) from o) + (select count(*) from c)`;
}
const APPEND = { name: "append", text: statement(false) };
const APPEND_AGAIN = { name: "append-again", text: statement(true) };
const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
const BEAT = {
  name: "beat",
  text: `insert into portcullis.gates (id, started_at, seen_at, pid, host) values ($1, ${NOW}, ${NOW}, $2, $3)
         on conflict (id) do update set seen_at = ${NOW}`,
};

/** Rows as they lie in the batch → an array for each column, the first (`seq`) left out. */
function columns(cells: readonly Cell[], width: number): readonly (readonly Cell[])[] {
  const arrays: Cell[][] = Array.from({ length: width - 1 }, () => []);
  for (let from = 0; from < cells.length; from += width) {
    for (let column = 1; column < width; column++) arrays[column - 1]?.push(cells[from + column] ?? "");
  }
  return arrays;
}

/** Whose rows a batch holds. `tenant` is the second cell of each. */
function tenantsIn({ opened, closed }: Pick<Batch, "opened" | "closed">): ReadonlySet<string> {
  const tenants = new Set<string>();
  for (let at = 1; at < opened.length; at += OPENED_COLUMNS.length) tenants.add(String(opened[at]));
  for (let at = 1; at < closed.length; at += CLOSED_COLUMNS.length) tenants.add(String(closed[at]));
  return tenants;
}

/** And whose counters it changes. */
function ownersIn(batch: Batch): ReadonlySet<string> {
  const owners = batch.claims.flatMap(({ tenant, charges }) => [
    tenant,
    ...charges.map((charge) => ownerOf(charge, tenant)),
  ]);
  return new Set([...tenantsIn(batch), ...owners, ...batch.adjustments.map(({ tenant }) => tenant)]);
}

/** SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html */
export function obstacle(error: unknown): Obstacle | "row" {
  const code = error instanceof DatabaseError ? (error.code ?? "") : "";
  if (/^2[123]/.test(code)) return "row";
  if (code === "53100" || code === "53400") return "full";
  if (code === "25006") return "read-only";
  if (code === "57014" || code === "55P03") return "locked";
  if (code === "42P01" || code === "3F000") return "gone";
  if (code.startsWith("XX")) return "damaged";
  return code === "" || /^(?:08|57)/.test(code) ? "unreachable" : "io";
}

/** Appends by UNNEST: 500 rows in a statement cost a tenth of 500 statements. */
export function postgresWriter(pool: Pool, where: string, gate: string): Writer {
  async function append(
    on: Pick<PoolClient, "query">,
    batch: Pick<Batch, "opened" | "closed">,
    how: typeof APPEND,
  ): Promise<void> {
    const opened = columns(batch.opened, OPENED_COLUMNS.length);
    const closed = columns(batch.closed, CLOSED_COLUMNS.length);
    const values = [...opened, ...closed, settingOf(tenantsIn(batch))];
    await on.query({ ...how, values } satisfies QueryConfig);
  }

  /** A connection that broke leaves open whether the rows are there; a second try, which skips those that are, settles it. */
  async function settle(batch: Batch): Promise<void> {
    try {
      await append(pool, batch, APPEND);
    } catch (error) {
      if (obstacle(error) !== "unreachable") throw error;
      await append(pool, batch, APPEND_AGAIN);
    }
  }

  /** Counters and record in one transaction. One that broke while it was committed is not tried again: it counts, or not. */
  async function counted(batch: Batch): Promise<readonly Taken[]> {
    const client = await pool.connect();
    let broken: Error | undefined;
    try {
      await client.query(`begin; ${scopeSql(ownersIn(batch))}`);
      const taken = await takeAll(client, batch, gate);
      const [claim] = batch.claims;
      if (claim?.matter !== undefined && taken[0]?.kind === "taken") {
        if (!(await settleMatter(client, claim.tenant, claim.at, claim.matter))) {
          await client.query("rollback");
          return [{ kind: "raced" }];
        }
      }
      const opened = granted(batch, taken);
      if (opened.length + batch.closed.length > 0) await append(client, { ...batch, opened }, APPEND);
      await client.query("commit");
      return taken;
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      await client.query("rollback").catch(() => {});
      throw error;
    } finally {
      client.release(broken);
    }
  }

  return {
    async commit(batch) {
      try {
        if (batch.beat) await pool.query({ ...BEAT, values: [gate, process.pid, hostname()] });
        if (batch.claims.length + batch.adjustments.length > 0) return await counted(batch);
        if (batch.opened.length + batch.closed.length > 0) await settle(batch);
        return [];
      } catch (error) {
        const kind = obstacle(error);
        const message = error instanceof Error ? error.message : String(error);
        if (kind === "row") throw new Error(`The journal refuses the event: ${message}.`, { cause: error });
        throw new JournalUnavailable(
          kind,
          `${where} cannot be written: ${message}. See whether PostgreSQL is well there.`,
          error,
        );
      }
    },
    async close() {
      try {
        await pool.query("delete from portcullis.gates where id = $1", [gate]);
      } catch {} // readers find the gate silent a little later
    },
  };
}
