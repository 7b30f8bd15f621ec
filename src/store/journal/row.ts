import type { Era } from "../../call/call.ts";
import type { CallId } from "../../call/id.ts";
import { isObject, type JsonObject } from "../../call/json.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Closed, Opened } from "../store.ts";

/** What a column holds. Cells of many rows lie flat in one array: the cheapest thing to hand to another thread. */
export type Cell = string | number;

/** In the order of the cells. `seq` is the position in the journal, given by the database, 0 until then. */
// biome-ignore format: one list
export const OPENED_COLUMNS = [
  "seq", "tenant", "call", "gate", "at", "principal", "client", "era", "server", "method", "target", "target_kind",
  "args_digest", "verdict", "rule", "rule_source", "policy_version", "size_bytes", "detail", "session", "request",
] as const;
// biome-ignore format: one list
export const CLOSED_COLUMNS = [
  "seq", "tenant", "call", "at", "status", "duration_us", "answer_digest", "size_bytes", "detail",
] as const;

/** Adds a row to `cells`; gives the characters of its detail, its only part without a fixed order of size. */
export function pushOpened(cells: Cell[], tenant: TenantId, gate: string, event: Opened): number {
  const detail = JSON.stringify(event.detail);
  // biome-ignore format: in the order of the columns
  cells.push(
    0, tenant, event.call, gate, event.at, event.principal, event.client, event.era, event.server, event.method,
    event.target, event.target_kind, event.args_digest, event.verdict, event.rule, event.rule_source,
    event.policy_version, event.size_bytes, detail, event.session ?? "", event.request ?? "",
  );
  return detail.length;
}

export function pushClosed(cells: Cell[], tenant: TenantId, event: Closed): number {
  const detail = JSON.stringify(event.detail);
  // biome-ignore format: in the order of the columns
  cells.push(
    0, tenant, event.call, event.at, event.status, event.duration_us, event.answer_digest, event.size_bytes, detail,
  );
  return detail.length;
}

export interface OpenedRow {
  readonly seq: number;
  readonly tenant: string;
  readonly call: string;
  readonly gate: string;
  readonly at: number;
  readonly principal: string;
  readonly client: string;
  readonly era: string;
  readonly server: string;
  readonly method: string;
  readonly target: string;
  readonly target_kind: string;
  readonly args_digest: string;
  readonly verdict: string;
  readonly rule: string;
  readonly rule_source: string;
  readonly policy_version: string;
  readonly size_bytes: number;
  readonly detail: string;
  readonly session: string | null;
  readonly request: string | null;
}

export interface ClosedRow {
  readonly seq: number;
  readonly tenant: string;
  readonly call: string;
  readonly at: number;
  readonly status: string;
  readonly duration_us: number;
  readonly answer_digest: string;
  readonly size_bytes: number;
  readonly detail: string;
}

/** One row per gate process that wrote; `seen_at` (ms) is renewed while it has open calls. Not part of the record. */
export interface GateRow {
  readonly id: string;
  readonly started_at: number;
  readonly seen_at: number;
  readonly pid: number;
  readonly host: string;
}

/** A gate renews its row this often while calls are open. */
export const BEAT_MS = 5_000;
/** A gate silent for this long is gone, and its open calls are `unknown`. */
export const GONE_MS = 4 * BEAT_MS;

/** A detail that is no JSON object any more was tampered with: say so, and keep the rest of the page readable. */
function detail(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {}
  return { unreadable: true };
}

export function toOpened(row: OpenedRow): Opened {
  const { seq: _, tenant: __, gate: ___, session, request, ...rest } = row;
  return Object.freeze({
    ...rest,
    kind: "opened",
    call: row.call as CallId,
    era: row.era as Era,
    target_kind: row.target_kind as Opened["target_kind"],
    verdict: row.verdict as Opened["verdict"],
    detail: detail(row.detail),
    ...(session && { session }),
    ...(request && { request }),
  });
}

export function toClosed(row: Omit<ClosedRow, "tenant" | "seq">): Closed {
  return Object.freeze({
    ...row,
    kind: "closed",
    call: row.call as CallId,
    status: row.status as Closed["status"],
    detail: detail(row.detail),
  });
}
