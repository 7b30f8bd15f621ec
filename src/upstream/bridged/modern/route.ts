import type { Json } from "../../../call/json.ts";
import { type Frame, frameOf, type Message, type RequestId } from "../../../wire/frame.ts";
import { isAnswerable, isUnmet, neededFor } from "../../../wire/bridge/inputs.ts";
import { wordsOf } from "../../failure.ts";
import type { Listener } from "../../leg.ts";
import { isChange } from "./follow.ts";
import type { Pursuit } from "./pursuit.ts";
import type { Session } from "./session.ts";

type Notification = Extract<Message, { kind: "notification" }>;
type Request = Extract<Message, { kind: "request" }>;

/** What 2026-07-28 has no more. */
const GONE: ReadonlySet<string> = new Set([
  "notifications/elicitation/complete",
  "notifications/tasks/status",
]);
/** How long a server may go on about a request that was given up. */
const ABANDONED_MS = 30_000;

const METHOD_NOT_FOUND = -32601;
const INVALID_REQUEST = -32600;

/**
 * Takes what a server says in a session to whom it belongs. `from` is the request on whose stream it came; it is
 * believed only where each request has a stream of its own.
 */
export function heardBy(session: Session, from: Pursuit | undefined): Listener {
  const sure = session.leg.separate === true ? from : undefined;
  return ({ frame, comment }) => {
    if (frame === undefined) return comment === undefined ? undefined : sure?.say({ comment });
    const { message } = frame;
    switch (message.kind) {
      case "request":
        return asked(session, frame, message, sure);
      case "notification":
        return noted(session, frame, message, sure);
      case "result":
      case "error":
        return session.log.debug({ server: session.leg.server }, "an answer that nobody waits for, dropped");
    }
  };
}

function noted(
  session: Session,
  frame: Frame,
  { method, params }: Notification,
  sure: Pursuit | undefined,
): void | Promise<void> {
  if (method === "notifications/progress") return byToken(session, params["progressToken"])?.progress(frame);
  if (method === "notifications/cancelled") {
    for (const one of session.pursuits) one.withdraw(params["requestId"]);
    return undefined;
  }
  if (isChange(method)) {
    const taken = [...session.followers].flatMap((follower) => follower.hear(frame) ?? []);
    return taken.length === 0 ? undefined : Promise.all(taken).then(() => undefined);
  }
  if (GONE.has(method)) return undefined;
  const whose = sure ?? only(session);
  if (whose === undefined) {
    const { log, leg } = session;
    return log.debug({ server: leg.server, method }, "a message that is not clearly one request's, dropped");
  }
  return method === "notifications/message" ? whose.logged(frame, params["level"]) : whose.say({ frame });
}

function byToken({ pursuits }: Session, token: Json | undefined): Pursuit | undefined {
  for (const one of pursuits) if (one.wire_id === token) return one;
  return undefined;
}

/** The only request under way, unless the server may still speak of one that was given up. */
function only({ pursuits, abandoned_ms }: Session): Pursuit | undefined {
  if (performance.now() - abandoned_ms < ABANDONED_MS) return undefined;
  const [one, other] = pursuits;
  return other === undefined ? one : undefined;
}

/**
 * A server's question becomes part of the answer to a request of the client that can be asked. On one channel for all,
 * where it cannot be known whose it is, it goes to the newest request that does not wait for an answer already: all of
 * a session are of one principal whose clients say the same of themselves, and the answer goes back under the
 * question's own id, so that it reaches the right request of the server in any case.
 */
function asked(
  session: Session,
  frame: Frame,
  message: Request,
  sure: Pursuit | undefined,
): void | Promise<void> {
  const { id, method } = message;
  if (method === "ping") return reply(session, frameOf({ kind: "result", id, result: {} }));
  const needed = neededFor(message);
  if (needed === undefined || isUnmet(needed, session.hello.capabilities))
    return refuse(session, id, METHOD_NOT_FOUND, `Method not found: the client has no ${method}`);
  const whose = sure ?? likely(session);
  if (whose === undefined || !isAnswerable(whose.method))
    return refuse(
      session,
      id,
      INVALID_REQUEST,
      "The client can be asked only while it calls, gets or reads.",
    );
  if (whose.ask(frame, id)) return undefined;
  return refuse(session, id, INVALID_REQUEST, "The client is asked more than it can be asked at once.");
}

function likely({ pursuits }: Session): Pursuit | undefined {
  const calls = [...pursuits].filter(({ method }) => isAnswerable(method));
  return calls.findLast(({ asks }) => !asks) ?? calls.at(-1);
}

function refuse(session: Session, id: RequestId, code: number, message: string): void {
  reply(session, frameOf({ kind: "error", id, code, message }));
}

/** Answers a server's request. Who is not there to hear it needs no answer. */
export function reply({ leg, log }: Session, frame: Frame): void {
  leg.tell(frame, {}).catch((error: unknown) => {
    log.debug({ server: leg.server, why: wordsOf(error) }, "an answer was not taken");
  });
}
