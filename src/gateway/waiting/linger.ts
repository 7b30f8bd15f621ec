import { type Standing, standingOf } from "../../approval/state.ts";
import type { ApprovalId } from "../../call/id.ts";
import { crowding } from "../../call/crowding.ts";
import type { Principal, TenantId } from "../../call/principal.ts";
import type { Gate } from "../gate.ts";

/** Calls that wait at once, of all clients; beyond it a client is told at once. */
const WAITING_MOST = 512;

/** A call whose client waits with it for people. */
export interface Waiter extends Pick<Principal, "tenant" | "id"> {
  /** Somebody else needs its place: its client is told that it waits. */
  over: boolean;
}

/**
 * Whether so many wait that no more should: each looks at the store every so often. Nobody is kept out by somebody who has more: of
 * theirs the one that has waited longest makes room.
 */
export function isCrowded({ waits }: Pick<Gate, "waits">, coming: Principal): boolean {
  if (waits.size < WAITING_MOST) return false;
  const [first] = crowding([...waits], (waiter) => waiter, coming);
  if (first === undefined) return true;
  first.over = true;
  waits.delete(first);
  return false;
}

/** No client that waits for its call gives it up before this. */
export const HELD_MS = 25_000;
/** How often a question is looked at. */
export const LOOK_MS = 500;

/**
 * Waits until people have decided, for a while, or until `over` says that there is nothing to wait for; gives the question's
 * state then. A question that cannot be read is waited for as one that nobody has decided. `each` is done at every look.
 */
export async function linger(
  gate: Pick<Gate, "desk" | "waits" | "ticks" | "now" | "log">,
  { tenant, id: who }: Pick<Principal, "tenant" | "id">,
  id: ApprovalId,
  for_ms: number,
  over: () => boolean,
  each: () => void | Promise<void> = () => undefined,
): Promise<Standing["state"]> {
  const until = gate.ticks() + for_ms;
  const waiter: Waiter = { tenant, id: who, over: false };
  gate.waits.add(waiter);
  try {
    for (;;) {
      const state = await stateOf(gate, tenant, id);
      if (state !== "pending" || waiter.over || over() || gate.ticks() >= until) return state;
      await each();
      const rest_ms = Math.min(LOOK_MS, Math.max(1, until - gate.ticks()));
      await new Promise((resolve) => setTimeout(resolve, rest_ms).unref());
    }
  } finally {
    gate.waits.delete(waiter);
  }
}

async function stateOf(
  { desk, now, log }: Pick<Gate, "desk" | "now" | "log">,
  tenant: TenantId,
  id: ApprovalId,
): Promise<Standing["state"]> {
  try {
    const approval = await desk.get(tenant, id);
    return approval === undefined ? "void" : standingOf(approval, now()).state;
  } catch (error) {
    log.warn({ approval: id, err: error }, "a question that a client waits for could not be read");
    return "pending";
  }
}
