import { randomUUID } from "node:crypto";
import type { Json, JsonObject } from "../../call/json.ts";
import { member } from "../../call/json.ts";
import type { Ending } from "../../upstream/leg.ts";
import { type Frame, frameOf, type RequestId } from "../../wire/frame.ts";
import type { Asking } from "../addresses/address.ts";
import type { Conversation } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { type Again, type Held, takenBack, withdraw } from "./held.ts";
import { HELD_MS, isCrowded, linger } from "./linger.ts";
import { holdOn, isGone } from "./progress.ts";

/** A form without fields: to accept it says that people were asked, and nothing more. */
export const NO_FIELDS: JsonObject = Object.freeze({ type: "object", properties: Object.freeze({}) });

/** What the user did with a page or a form: people were asked, nobody is to be asked, or nothing, as where it was closed or never shown. */
export type Said = "accept" | "decline" | "nothing";

/** Takes a client's answer to a form of the gate's own; false where it answers somebody else. */
export function answered({ forms }: Conversation, { message }: Frame): boolean {
  if ((message.kind !== "result" && message.kind !== "error") || message.id === null) return false;
  const take = forms.get(message.id);
  if (take === undefined) return false;
  forms.delete(message.id);
  take(message.kind === "result" ? member(message.result, "action") : undefined);
  return true;
}

export function saidBy(action: Json | undefined): Said {
  return action === "accept" || action === "decline" ? action : "nothing";
}

/**
 * Asks a legacy client's user in the middle of the call, by a page or a form, for as long as every client waits. Who takes the question
 * back is told so; what people decide meanwhile is carried out. Faults: `cancelled`.
 */
export async function askUser(
  gate: Gate,
  asking: Asking,
  held: Held,
  again: Again,
  params: JsonObject,
  token: Json | undefined,
): Promise<Ending> {
  if (isCrowded(gate, held.call.principal)) return held.told;
  const { forms } = asking.conversation;
  const id: RequestId = `portcullis:${randomUUID()}`;
  let said: Said | undefined;
  forms.set(id, (action) => (said = saidBy(action)));
  const began_ms = gate.ticks();
  try {
    await asking.listener({ frame: frameOf({ kind: "request", id, method: "elicitation/create", params }) });
    const over = (): boolean => said !== undefined || isGone(asking);
    await linger(gate, held.call.principal, held.approval.id, HELD_MS, over);
  } finally {
    if (forms.delete(id)) await callOff(asking, id);
  }
  if (said === "decline") {
    await withdraw(gate, held.call.principal, held.approval.id);
    return takenBack(asking, held.call, held.hold.rule, held.approval.id);
  }
  // A client that hears of progress waits on; the others have waited for their user.
  const left_ms = HELD_MS - (gate.ticks() - began_ms);
  return holdOn(gate, asking, held, again, token, token === undefined ? 0 : left_ms);
}

function callOff({ listener }: Asking, id: RequestId): void | Promise<void> {
  const params = { requestId: id, reason: "People have decided, or it takes too long." };
  return listener({ frame: frameOf({ kind: "notification", method: "notifications/cancelled", params }) });
}
