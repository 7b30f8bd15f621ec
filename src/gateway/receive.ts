import { FAULTS, Fault } from "../call/fault.ts";
import type { Ending, Listener, WireHeaders } from "../upstream/leg.ts";
import { alikeInParams } from "../wire/alike.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import type { Asking, RequestMessage } from "./addresses/address.ts";
import { within } from "./as-of.ts";
import type { Conversation, Exchange, Flight } from "./conversation.ts";
import type { Gate } from "./gate.ts";
import { asHeard } from "./streams/answers.ts";
import { attend } from "./waiting/attend.ts";
import { declared } from "./waiting/declare.ts";
import { answered } from "./waiting/form.ts";

/** One request of a client: by its duty it belongs to the conversation, is a list, or is judged. */
export async function receive(
  root: Gate,
  conversation: Conversation,
  frame: Frame,
  message: RequestMessage,
  headers: WireHeaders,
  listener: Listener,
  signal: AbortSignal,
  exchange?: Exchange,
): Promise<Ending> {
  const gate = within(root, conversation.principal);
  // All modern clients of a principal share one conversation, so theirs is the bound of all sessions together.
  const most = conversation.era === "modern" ? gate.limits.sessions : gate.limits.calls_per_session;
  if (conversation.underWay.size >= most) {
    throw new Fault("too-many", `${most} requests are under way, which is the bound. Wait for one to end.`);
  }
  const { session } = conversation;
  const began_ms = gate.ticks();
  const flight: Flight = { began_ms, session, exchange, server: undefined, cancelled: false };
  const asking: Asking = { conversation, frame, message, headers, listener, signal, flight };
  const alike = alikeInParams(message.params);
  if (alike !== undefined) {
    throw new Fault(
      "invalid-request",
      `\`params.${alike.slice(0, 40)}\` could be read as another of its members.`,
    );
  }
  conversation.inFlight.set(message.id, flight);
  conversation.underWay.add(flight);
  try {
    const ending = await byDuty(gate, asking);
    return ending.kind === "answer" && flight.fields !== undefined
      ? { ...ending, fields: flight.fields }
      : ending;
  } finally {
    conversation.underWay.delete(flight);
    if (conversation.inFlight.get(message.id) === flight) conversation.inFlight.delete(message.id);
  }
}

async function byDuty(gate: Gate, asking: Asking): Promise<Ending> {
  const { address, era } = asking.conversation;
  switch (CODECS[era].duty(asking.message.method)) {
    case "handshake":
      return declared(gate, asking, await address.converse(asking));
    case "ping":
    case "level":
      return address.converse(asking);
    case "list":
      return address.list(asking);
    case "judge":
      return attend(gate, asking);
  }
}

/**
 * A notification of a client, or its response to a server's request. A notification by the name of a request would
 * reach a server without being judged: what is said without an id is `notifications/…` and nothing else.
 */
export async function notify(
  gate: Gate,
  conversation: Conversation,
  frame: Frame,
  headers: WireHeaders,
): Promise<void> {
  if (answered(conversation, frame)) return;
  const { message } = frame;
  if (message.kind === "notification" && !message.method.startsWith("notifications/")) {
    throw new Fault("invalid-request", "Only `notifications/…` may come without an id.");
  }
  if (message.kind === "notification" && message.method === "notifications/cancelled") {
    const id = message.params["requestId"];
    const flight =
      typeof id === "string" || typeof id === "number" ? conversation.inFlight.get(id) : undefined;
    if (flight !== undefined && flight.server === undefined) {
      // It is still being decided or written down: it must not leave after it was taken back.
      flight.cancelled = true;
      return;
    }
  }
  await conversation.address.tell(conversation, await asHeard(gate, conversation, frame), headers);
}

/** The JSON-RPC error that says a fault, where no call is there to word it. */
export function faultFrame(fault: Fault, id: RequestId | null): Frame {
  const { rpc } = FAULTS[fault.code];
  const message = fault.code === "internal" ? "Internal error" : fault.message;
  return frameOf({
    kind: "error",
    id,
    code: rpc,
    message,
    ...(fault.data !== undefined && { data: fault.data as never }),
  });
}
