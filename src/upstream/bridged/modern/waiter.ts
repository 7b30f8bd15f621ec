import type { Fault } from "../../../call/fault.ts";
import { member } from "../../../call/json.ts";
import { progressTokenOf } from "../../../wire/bridge/to-legacy.ts";
import type { Frame, Message, RequestId } from "../../../wire/frame.ts";
import { META } from "../../../wire/revision.ts";
import { cancelled, outpaced } from "../../failure.ts";
import type { Beat, Ending, Listener, WireHeaders } from "../../leg.ts";
import { type Boxes, finish, outbox } from "../../outbox.ts";
import { statusOf } from "../../text.ts";

/** A modern client's request as it came. */
export interface Request {
  readonly frame: Frame;
  readonly message: Extract<Message, { kind: "request" }>;
  readonly headers: WireHeaders;
  readonly listener: Listener;
  readonly signal: AbortSignal;
}

/** A client that waits for the end of its request. */
export interface Waiter {
  readonly id: RequestId;
  readonly token: RequestId | undefined;
  /** The level from which it wants to hear log messages. */
  readonly level: string | undefined;
  readonly ending: Promise<Ending>;
  /** Says something on the way; a promise holds the server back. */
  put(beat: Beat): void | Promise<void>;
  answer(frame: Frame): void;
  fail(why: Fault): void;
}

/** The level from which a request wants to hear log messages. */
export function levelOf({ params }: Request["message"]): string | undefined {
  const level = member(member(params, "_meta"), META.log_level);
  return typeof level === "string" ? level : undefined;
}

/**
 * Waits for a client. `boxes` are of those that share one channel to the server. `left` hears once that it waits no
 * more: it closed its stream, or was slower than the others can wait for.
 */
export function waiterOf(
  server: string,
  { message, listener, signal }: Request,
  boxes: Boxes | undefined,
  left: () => void,
): Waiter {
  let resolve: (ending: Ending) => void = () => undefined;
  let reject: (why: Fault) => void = () => undefined;
  const ending = new Promise<Ending>((found, failed) => {
    resolve = found;
    reject = failed;
  });
  const leave = (why: Fault): void => {
    signal.removeEventListener("abort", aborted);
    out.drop();
    reject(why);
    left();
  };
  const aborted = (): void => leave(cancelled(server));
  const out = outbox(listener, boxes, () => leave(outpaced(server)));
  signal.addEventListener("abort", aborted, { once: true });
  const end = (how: () => void): void => {
    signal.removeEventListener("abort", aborted);
    finish(out, signal, how, () => reject(cancelled(server)));
  };
  return {
    id: message.id,
    token: progressTokenOf(message.params),
    level: levelOf(message),
    ending,
    put: (beat) => out.put(beat),
    answer: (frame) =>
      end(() => resolve({ kind: "answer", frame, status: statusOf(frame, "modern"), streamed: false })),
    fail: (why) => end(() => reject(why)),
  };
}
