import { actId, type CallId, type Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { CallRecord, Store } from "../store/store.ts";

/** Who opens what was said, of which call, and why. Whoever asks holds the permission `payload.open`. */
export interface Opening {
  readonly tenant: TenantId;
  readonly call: CallId;
  readonly principal: string;
  /** 10 to 500 characters. */
  readonly reason: string;
  readonly at: Instant;
}

const REASON = { least: 10, most: 500 } as const;

/**
 * The whole record of one call, for somebody who may see what was done and not with what: the act `payload.opened` is on disk before
 * it is given. Undefined where there is no such call; that is an act as well, refused. Throws RangeError where the reason says nothing.
 */
export async function openPayload(
  store: Store,
  { tenant, call, principal, reason, at }: Opening,
): Promise<CallRecord | undefined> {
  const said = reason.trim();
  if (said.length < REASON.least || said.length > REASON.most)
    throw new RangeError(`A reason has ${REASON.least} to ${REASON.most} characters.`);
  const { journal, acts } = store.forTenant(tenant);
  const record = await journal.get(call);
  const outcome = record === undefined ? "refused" : "ok";
  const act = { kind: "act", id: actId(at), at, principal, action: "payload.opened", object: call } as const;
  await acts.write({ ...act, outcome, detail: { reason: said } });
  return record;
}
