import { actId, type CallId, type Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { CallRecord, Store } from "../store/store.ts";

/** What of a detail is payload: what clients and servers wrote, and not what the gate says of it. */
const PAYLOAD: readonly string[] = ["args", "original", "declared_intent", "answer"];
/** Roles that see what was done and not with what; another role beside them does not change that. */
const METADATA_ONLY: ReadonlySet<string> = new Set(["auditor"]);
/** Characters of a reason. */
const REASON = { least: 10, most: 500 } as const;

/** Whether somebody with these roles reads the payload of records, or has to break the glass for it. */
export function readsPayload(roles: readonly string[]): boolean {
  return !roles.some((role) => METADATA_ONLY.has(role));
}

function without(detail: JsonObject): JsonObject {
  const kept = Object.entries(detail).filter(([key]) => !PAYLOAD.includes(key));
  return kept.length === Object.keys(detail).length
    ? detail
    : { ...Object.fromEntries(kept), payload: "withheld" };
}

/** A record as an auditor sees it: who called what, when, by which rule, how it ended; not with what. */
export function metadataOf(record: CallRecord): CallRecord {
  const { opened, closed } = record;
  const target = opened.target_kind === "resource" ? "" : opened.target;
  return Object.freeze({
    ...record,
    opened: Object.freeze({ ...opened, target, detail: without(opened.detail) }),
    closed: closed === undefined ? undefined : Object.freeze({ ...closed, detail: without(closed.detail) }),
  });
}

/** Who breaks the glass, for what, and why. */
export interface GlassBreak {
  readonly tenant: TenantId;
  readonly call: CallId;
  readonly principal: string;
  readonly reason: string;
  readonly at: Instant;
}

/**
 * The whole record of one call for somebody who may see its metadata only: the act `payload.opened` is on disk before it is given.
 * Undefined where there is no such call: that is an act as well, refused. Throws RangeError where the reason says nothing.
 */
export async function openPayload(
  store: Store,
  { tenant, call, principal, reason, at }: GlassBreak,
): Promise<CallRecord | undefined> {
  const said = reason.trim();
  if (said.length < REASON.least || said.length > REASON.most)
    throw new RangeError(`A reason has ${REASON.least} to ${REASON.most} characters.`);
  const { journal, acts } = store.forTenant(tenant);
  const record = await journal.get(call);
  await acts.write({
    kind: "act",
    id: actId(at),
    at,
    principal,
    action: "payload.opened",
    object: call,
    outcome: record === undefined ? "refused" : "ok",
    detail: { reason: said },
  });
  return record;
}
