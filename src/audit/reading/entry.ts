import { type ActId, type CallId, type Instant, requestId } from "../../call/id.ts";
import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { ActRecord } from "../../store/acts.ts";
import type { CallRecord } from "../../store/store.ts";

/** One thing on record: a call, or what was done to the gate itself. */
export type Entry =
  | { readonly kind: "call"; readonly id: CallId; readonly at: Instant; readonly record: CallRecord }
  | { readonly kind: "act"; readonly id: ActId; readonly at: Instant; readonly record: ActRecord };
export type CallEntry = Extract<Entry, { readonly kind: "call" }>;

export function callEntry(record: CallRecord): CallEntry {
  return Object.freeze({ kind: "call", id: record.opened.call, at: record.opened.at, record });
}

export function actEntry(record: ActRecord): Entry {
  return Object.freeze({ kind: "act", id: record.act.id, at: record.act.at, record });
}

/** What entries of both kinds sort by, the oldest first: the part of their ids that grows with time. */
export function orderOf(id: string): string {
  return id.slice(id.indexOf("_") + 1);
}

/** Something that a guard found, as far as it is kept. */
export interface KeptFinding {
  readonly guard: string;
  readonly class: string;
  readonly severity: string;
  readonly score: number | undefined;
  readonly action: string | undefined;
  readonly kind: string | undefined;
  readonly side: "asked" | "answered";
}

/** A value that is a text, or undefined. */
export function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function findingsIn(detail: JsonObject | undefined, side: KeptFinding["side"]): readonly KeptFinding[] {
  const list = detail === undefined ? undefined : member(detail, "findings");
  if (!Array.isArray(list)) return [];
  return (list as readonly Json[]).filter(isObject).map((each) => {
    const score = member(each, "score");
    return {
      guard: text(member(each, "guard")) ?? "",
      class: text(member(each, "class")) ?? "",
      severity: text(member(each, "severity")) ?? "",
      score: typeof score === "number" ? score : undefined,
      action: text(member(each, "action")),
      kind: text(member(each, "kind")),
      side,
    };
  });
}

/** What guards found in a call and in its answer. */
export function findingsOf({ opened, closed }: CallRecord): readonly KeptFinding[] {
  return [...findingsIn(opened.detail, "asked"), ...findingsIn(closed?.detail, "answered")];
}

/** A text that the opening keeps, or its end where the opening does not. */
export function keptText({ opened, closed }: CallRecord, name: string): string | undefined {
  return (
    text(member(opened.detail, name)) ?? text(closed === undefined ? undefined : member(closed.detail, name))
  );
}

/** What stages said, step by step, of one side of a call. */
export function stepsOf(detail: JsonObject | undefined): readonly JsonObject[] {
  const trail = detail === undefined ? undefined : member(detail, "trail");
  return Array.isArray(trail) ? (trail as readonly Json[]).filter(isObject) : [];
}

/** The arguments as far as they are kept. */
export function argsOf({ opened }: CallRecord): JsonObject | undefined {
  const args = member(opened.detail, "args");
  return isObject(args) ? args : undefined;
}

/** What its HTTP exchange is called, in the header `X-Request-Id` of its answer too. */
export function requestOf({ opened }: CallRecord): string {
  return opened.request ?? requestId(opened.call);
}

/** `enforce`, unless the record says that the gate only watched. */
export function modeOf({ opened }: CallRecord): "enforce" | "observe" {
  return member(opened.detail, "mode") === "observe" ? "observe" : "enforce";
}
