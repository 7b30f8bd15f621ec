import { setTimeout as delay } from "node:timers/promises";
import { gone, over } from "../../failure.ts";
import type { Frame, RequestId } from "../../../wire/frame.ts";
import type { Beat, Ending, Leg, Listener } from "../../leg.ts";

/** How often a stream is resumed on which nothing new came. */
const TRIES = 5;
const RETRY_MS = 1000;
/** A server may not have the gate come back without a pause. */
const RETRY_LEAST_MS = 100;
const RETRY_MOST_MS = 60_000;

/** Where a stream was, for whoever goes on with it. */
interface Mark {
  id: string | undefined;
  retry_ms: number;
}

type Answered = Extract<Ending, { kind: "answer" }>;

/**
 * Asks, and goes on with a stream that its server ended before the answer (2025-11-25, Streamable HTTP, resumability):
 * a modern client cannot come back for the rest. Rejects as `Leg.ask` does.
 */
export async function askToTheEnd(
  leg: Leg,
  frame: Frame,
  headers: Parameters<Leg["ask"]>[1],
  listener: Listener,
  signal: AbortSignal,
): Promise<Answered> {
  const { message } = frame;
  if (message.kind !== "request") throw new TypeError("only a request is asked");
  const mark: Mark = { id: undefined, retry_ms: RETRY_MS };
  const ending = await leg.ask(frame, headers, marking(mark, listener), signal);
  return ending.kind === "answer" ? ending : rest(leg, message.id, mark, listener, signal);
}

/** Notes where the stream is and hands on what was said. */
function marking(mark: Mark, listener: Listener): Listener {
  return (beat: Beat) => {
    if (beat.id !== undefined && beat.id !== "") mark.id = beat.id;
    if (beat.retry_ms !== undefined)
      mark.retry_ms = Math.min(Math.max(beat.retry_ms, RETRY_LEAST_MS), RETRY_MOST_MS);
    return beat.frame === undefined && beat.comment === undefined ? undefined : listener(beat);
  };
}

async function rest(
  leg: Leg,
  id: RequestId,
  mark: Mark,
  listener: Listener,
  signal: AbortSignal,
): Promise<Answered> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    await delay(mark.retry_ms, undefined, { signal, ref: false });
    if (!leg.alive) throw over(leg.server, "it ended before its stream was resumed");
    const found = await onResumed(leg, id, mark, listener, signal, () => {
      tries = 0;
    });
    if (found !== undefined) return found;
  }
  throw gone(leg.server, "it ended its stream again and again before the answer");
}

/** One resumed stream; undefined where it ended without the answer. */
async function onResumed(
  leg: Leg,
  id: RequestId,
  mark: Mark,
  listener: Listener,
  signal: AbortSignal,
  came: () => void,
): Promise<Answered | undefined> {
  const done = new AbortController();
  let found: Answered | undefined;
  const hear = marking(mark, (beat) => {
    came();
    const message = beat.frame?.message;
    const isEnd = message?.kind === "result" || message?.kind === "error";
    if (beat.frame === undefined || !isEnd) return listener(beat);
    if (message.id !== id) return undefined;
    found = { kind: "answer", frame: beat.frame, status: 200, streamed: true };
    done.abort();
    return undefined;
  });
  const headers = mark.id === undefined ? {} : { "last-event-id": mark.id };
  try {
    await leg.listen(headers, hear, AbortSignal.any([signal, done.signal]));
  } catch (error) {
    if (found === undefined) throw error;
  }
  return found;
}
