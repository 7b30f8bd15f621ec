import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../call/fault.ts";
import { type Conversation, type Exchange, legTo } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { receive } from "../gateway/receive.ts";
import { faultBody } from "../gateway/refuse.ts";
import { inspected } from "../gateway/streams/asides.ts";
import type { Beat, Listener, WireHeaders } from "../upstream/leg.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";

/** How long a server that ended a stream early is left alone where it does not say, at least, and at most. */
const RETRY_MS = 1000;
const RETRY_LEAST_MS = 100;
const RETRY_MOST_MS = 60_000;
/** How often in a row nothing may come of coming back. */
const VAIN_MOST = 5;

/** What was heard of one request. */
interface Heard {
  /** Where a stream can be gone on with. */
  last: string | undefined;
  retry_ms: number;
  messages: number;
  answered: boolean;
}

/**
 * Serves one request of a legacy client that cannot come back for the rest of a stream (a pipe, HTTP+SSE): where the
 * server ends its stream early, the gate comes back in its place (2025-11-25 transports, resumability). Gives the
 * answer; undefined where `listener` has had it. Where nothing more comes, that is the answer.
 * Rejects as `receive` does.
 */
export async function receiveWhole(
  gate: Gate,
  conversation: Conversation,
  frame: Frame,
  headers: WireHeaders,
  listener: Listener,
  exchange?: Exchange,
): Promise<Frame | undefined> {
  const { message } = frame;
  if (message.kind !== "request") throw new Fault("internal", "only requests are asked");
  const heard: Heard = { last: undefined, retry_ms: RETRY_MS, messages: 0, answered: false };
  const noting: Listener = (beat) => {
    note(heard, message.id, beat);
    return listener(beat);
  };
  const { signal } = conversation.over;
  const ending = await receive(gate, conversation, frame, message, headers, noting, signal, exchange);
  if (ending.kind === "answer") return ending.frame;
  await comeBack(gate, conversation, message.id, heard, noting);
  return heard.answered ? undefined : given(conversation, message.id);
}

/** Resolves when the answer has been heard, or nothing more comes. */
async function comeBack(
  gate: Gate,
  conversation: Conversation,
  id: RequestId,
  heard: Heard,
  listener: Listener,
): Promise<void> {
  const { signal } = conversation.over;
  for (let vain = 0; vain < VAIN_MOST && heard.last !== undefined; vain += 1) {
    const waiting = conversation.detached.get(id);
    if (waiting === undefined) break;
    const { messages } = heard;
    const wait_ms = Math.min(Math.max(heard.retry_ms, RETRY_LEAST_MS), RETRY_MOST_MS);
    await delay(wait_ms, undefined, { signal }).catch(() => {
      throw new Fault("cancelled", "the client left");
    });
    const leg = await legTo(gate, conversation, waiting.call.server);
    const rest = inspected(gate, conversation, waiting.call, listener);
    const end = await leg.listen({ "last-event-id": heard.last }, rest, signal);
    if (heard.answered || end === "unsupported") return;
    if (heard.messages > messages) vain = 0;
  }
}

/** What the client is given instead of an answer, and how that is written down. */
function given({ detached }: Conversation, id: RequestId): Frame {
  const waiting = detached.get(id);
  const server = waiting === undefined ? "" : ` ${waiting.call.server}`;
  const fault = new Fault(
    "upstream-gone",
    `The server${server} ended its stream before it answered. Whether the call ran is not known: check before you repeat it.`,
  );
  if (waiting === undefined) throw fault;
  detached.delete(id);
  waiting.entry.close({ status: "error", answer: undefined, detail: { fault: fault.code } });
  return frameOf({ ...faultBody(fault, waiting.call, CODECS.legacy.refusalResult), id });
}

function note(heard: Heard, id: RequestId, { frame, id: event, retry_ms }: Beat): void {
  if (event !== undefined && event !== "") heard.last = event;
  if (retry_ms !== undefined) heard.retry_ms = retry_ms;
  if (frame === undefined) return;
  heard.messages += 1;
  const { message } = frame;
  if ((message.kind === "result" || message.kind === "error") && message.id === id) heard.answered = true;
}
