import { type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import type { CallRecord } from "../store.ts";
import {
  CLOSED_COLUMNS,
  type ClosedRow,
  type GateRow,
  GONE_MS,
  OPENED_COLUMNS,
  type OpenedRow,
  toClosed,
  toOpened,
} from "./row.ts";

export interface Tables {
  readonly opened: OpenedRow;
  readonly closed: ClosedRow;
  readonly gates: GateRow;
}

type Ended = {
  readonly [K in Exclude<keyof ClosedRow, "tenant" | "call"> as `closed_${K}`]: ClosedRow[K] | null;
};
export type Joined = OpenedRow & Ended & { readonly alive: number | boolean | null };

const ENDED = CLOSED_COLUMNS.filter((column) => column !== "tenant" && column !== "call");
const COLUMNS = [
  ...OPENED_COLUMNS.map((column) => `o.${column}` as const),
  ...ENDED.map((column) => `c.${column} as closed_${column}` as const),
];

/** A call from its row. `upto`: nothing after it was looked for, so whoever follows from here must begin no later. */
export function record(row: Joined, upto: number, seen: "with its end" | "as it opened"): CallRecord {
  const opened = {} as { -readonly [K in keyof OpenedRow]: OpenedRow[K] };
  for (const column of OPENED_COLUMNS) Object.assign(opened, { [column]: row[column] });
  const closed = seen === "as it opened" || row.closed_seq === null ? undefined : ended(row);
  const last = closed === undefined ? row.seq : Math.max(row.seq, row.closed_seq ?? 0);
  return Object.freeze({
    tenant: row.tenant,
    position: Math.min(last, upto),
    opened: toOpened(opened),
    closed,
    status: closed?.status ?? (row.alive ? "open" : "unknown"),
  });
}

function ended(row: Joined) {
  return toClosed({
    call: row.call,
    at: row.closed_at ?? 0,
    status: row.closed_status ?? "unknown",
    duration_us: row.closed_duration_us ?? 0,
    answer_digest: row.closed_answer_digest ?? "",
    size_bytes: row.closed_size_bytes ?? 0,
    detail: row.closed_detail ?? "{}",
  });
}

/** Openings with their ends, and whether their gates are there. */
export function withEnds(
  { now }: { readonly now: () => RawBuilder<number> },
  // oxlint-disable-next-line typescript/no-generated-empty-object-type -- nothing is selected yet
  openings: SelectQueryBuilder<Tables & { readonly o: OpenedRow }, "o", Record<never, never>>,
) {
  return openings
    .leftJoin("closed as c", (on) => on.onRef("c.tenant", "=", "o.tenant").onRef("c.call", "=", "o.call"))
    .leftJoin("gates as g", "g.id", "o.gate")
    .select(COLUMNS)
    .select((eb) => eb("g.seen_at", ">", sql<number>`${now()} - ${sql.lit(GONE_MS)}`).as("alive"));
}
