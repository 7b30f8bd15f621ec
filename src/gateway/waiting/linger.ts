import { type Standing, standingOf } from "../../approval/state.ts";
import type { ApprovalId } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Gate } from "../gate.ts";

/** Calls that wait at once, of all clients; beyond it a client is told at once. */
const WAITING_MOST = 512;
/** Whether so many wait that no more should: each looks at the store every so often. */
export function isCrowded({ waits }: Pick<Gate, "waits">): boolean {
  return waits.calls >= WAITING_MOST;
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
  tenant: TenantId,
  id: ApprovalId,
  for_ms: number,
  over: () => boolean,
  each: () => void | Promise<void> = () => undefined,
): Promise<Standing["state"]> {
  const until = gate.ticks() + for_ms;
  gate.waits.calls += 1;
  try {
    for (;;) {
      const state = await stateOf(gate, tenant, id);
      if (state !== "pending" || over() || gate.ticks() >= until) return state;
      await each();
      const rest_ms = Math.min(LOOK_MS, Math.max(1, until - gate.ticks()));
      await new Promise((resolve) => setTimeout(resolve, rest_ms).unref());
    }
  } finally {
    gate.waits.calls -= 1;
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
