import { Fault } from "../../call/fault.ts";
import type { Json } from "../../call/json.ts";
import type { Ending } from "../../upstream/leg.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Asking } from "../addresses/address.ts";
import type { Gate } from "../gate.ts";
import type { Again, Held } from "./held.ts";
import { HELD_MS, isCrowded, linger } from "./linger.ts";

/** A client hears this often that its call still waits. */
const TELL_MS = 5_000;

/** The client is there no more, or does not want the answer any more. */
export function isGone({ conversation, flight, signal }: Asking): boolean {
  return flight.cancelled || signal.aborted || conversation.over.signal.aborted;
}

/**
 * Holds a call for as long as every client waits, and tells of it where the client said under which `token`. What people
 * decide in that time is carried out; after it the client is told that it waits. Faults: `cancelled`.
 */
export async function holdOn(
  gate: Gate,
  asking: Asking,
  held: Held,
  again: Again,
  token?: Json,
  for_ms = HELD_MS,
): Promise<Ending> {
  const { call, approval } = held;
  let [told_ms, round] = [-Infinity, 0];
  const tell = (): void | Promise<void> => {
    if (token === undefined || gate.ticks() - told_ms < TELL_MS) return undefined;
    told_ms = gate.ticks();
    round += 1;
    return asking.listener({ frame: heldNotice(token, round, held) });
  };
  if (isCrowded(gate, call.principal)) return held.told;
  const state = await linger(gate, call.principal, approval.id, for_ms, () => isGone(asking), tell);
  if (isGone(asking))
    throw new Fault("cancelled", "the client took the request back while people were asked");
  return state === "pending" ? held.told : again(asking);
}

/** In thousandths, so that the server's own progress, from one on, goes further. */
function heldNotice(token: Json, round: number, { hold, approval }: Held) {
  const message = `Waiting for people to approve ${approval.id}: rule ${hold.rule.rule}.`;
  const params = { progressToken: token, progress: round / 1000, message };
  return frameOf({ kind: "notification", method: "notifications/progress", params });
}
