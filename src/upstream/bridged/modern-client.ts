import { setTimeout as delay } from "node:timers/promises";
import { Fault, type FaultCode } from "../../call/fault.ts";
import { digest, isObject, type Json, type JsonObject } from "../../call/json.ts";
import { discoveryOf } from "../../wire/bridge/result-to-modern.ts";
import { isCarried } from "../../wire/bridge/to-legacy.ts";
import { frameOf, type RequestId } from "../../wire/frame.ts";
import { over } from "../failure.ts";
import type { Ending, Leg, WireHeaders } from "../leg.ts";
import { statusOf } from "../text.ts";
import type { Crossing } from "./crossing.ts";
import { follow } from "./modern/follow.ts";
import { type Hello, helloOf } from "./modern/hello.ts";
import { lot, type Yard } from "./modern/lot.ts";
import { Pursuit } from "./modern/pursuit.ts";
import type { Session } from "./modern/session.ts";
import { sessions } from "./modern/sessions.ts";
import { levelOf, type Request } from "./modern/waiter.ts";

/** How long servers have to hear that what waits for a client will not be answered. */
const FAREWELL_MS = 500;
/** Faults with which a server may refuse `initialize` because it does not know it. */
const NO_SESSION: ReadonlySet<FaultCode> = new Set(["upstream-refused", "upstream-garbled", "upstream-gone"]);
/** What of a client's headers means something to a session: trace context. */
const CARRIED_HEADERS = ["traceparent", "tracestate", "baggage"];
/** One sentence for every state that leads nowhere: which of its ways it is would tell whose it is. */
const NO_STATE =
  "`requestState` is not, or no longer, that of a request that waits here. Send the request anew without it.";
const NO_RESPONSES =
  "`inputResponses` must be an object that has under each key the answer to that question.";

/** A leg whose sessions can be ended while nobody uses them: a modern client does not know of them. */
export interface ModernClient extends Leg {
  /** The session that nobody has used for longest; undefined where all are in use. */
  readonly idlest: Pick<Session, "used_ms" | "close"> | undefined;
}

/**
 * A modern client before a server that only knows sessions (`protocol.md` 1.10, table B). Each request finds the session
 * of whoever says the same of themselves in the same conversation. What the server asks in the middle of a request ends
 * that as `input_required`, and the request of the server waits for the client's next one.
 */
export function modernClient(crossing: Crossing, yard: Yard): ModernClient {
  const { server, key } = crossing;
  const pool = sessions(crossing);
  const waiting = lot<Pursuit>(yard, crossing.now);
  /** Requests of clients under way, for those who take one back by its id. */
  const underWay = new Map<RequestId, AbortController>();
  let closed = false;

  /** What did not run because its session was over is asked once more, in a new one. */
  async function inSession(hello: Hello, work: (session: Session) => Promise<Ending>): Promise<Ending> {
    for (let again = false; ; again = true) {
      const session = await pool.get(hello).catch(doubted);
      try {
        return await work(session);
      } catch (error) {
        if (again || closed || !(error instanceof Fault) || error.code !== "upstream-over") throw error;
      }
    }
  }

  /** The server may know no sessions any more. A leg that nothing is left of then makes room for one of its era. */
  function doubted(error: unknown): never {
    if (!(error instanceof Fault) || !NO_SESSION.has(error.code)) throw error;
    crossing.mistaken();
    if (pool.size === 0 && waiting.all.length === 0) {
      closed = true;
      void pool.close();
    }
    throw error;
  }

  function begin(hello: Hello, request: Request): Promise<Ending> {
    const { message } = request;
    const { method } = message;
    return inSession(hello, async (session) => {
      if (method === "server/discover") return own(message.id, { result: discoveryOf(session.greeting) });
      if (method === "subscriptions/listen")
        return follow(session, message.id, message.params, request.listener, request.signal);
      const level = levelOf(message);
      if (level !== undefined) await session.level(level);
      return new Pursuit(session, method, waiting, aboutOf(server, key, hello, request)).begin(request);
    });
  }

  async function goOn(hello: Hello, request: Request, state: Json): Promise<Ending> {
    const { frame, message } = request;
    const about = aboutOf(server, key, hello, request);
    const found = typeof state === "string" ? waiting.find(state, about) : undefined;
    if (found === undefined) return own(message.id, invalid(NO_STATE));
    if (!found.fits(frame)) return own(message.id, invalid(NO_RESPONSES));
    waiting.take(found);
    return found.goOn(request);
  }

  return {
    server,
    era: "modern",
    get alive() {
      return !closed;
    },
    async ask(frame, headers, listener, signal) {
      const { message } = frame;
      if (message.kind !== "request") throw new TypeError("only a request can be asked");
      if (closed) throw over(server, "it was closed");
      const { id, method, params } = message;
      if (!isCarried(method)) return own(id, { code: -32601, message: `Method not found: ${method}` });
      const { requestState, inputResponses } = params;
      if (inputResponses !== undefined && !isObject(inputResponses)) return own(id, invalid(NO_RESPONSES));
      const hello = helloOf(params);
      const taken_back = new AbortController();
      underWay.set(id, taken_back);
      const heard = AbortSignal.any([signal, taken_back.signal]);
      const request: Request = { frame, message, headers: carried(headers), listener, signal: heard };
      try {
        return await (requestState === undefined
          ? begin(hello, request)
          : goOn(hello, request, requestState));
      } finally {
        if (underWay.get(id) === taken_back) underWay.delete(id);
      }
    },
    tell({ message }) {
      if (message.kind === "notification" && message.method === "notifications/cancelled")
        underWay.get(message.params["requestId"] as RequestId)?.abort();
      return Promise.resolve();
    },
    listen: () => Promise.resolve("unsupported"),
    get idlest() {
      return pool.idlest;
    },
    async close() {
      closed = true;
      const told = Promise.all(waiting.all.map((one) => one.cancel()));
      await Promise.race([told, delay(FAREWELL_MS, undefined, { ref: false })]);
      waiting.clear();
      await pool.close();
    },
  };
}

/** What a state is bound to: whose it is, who it says it is, and what it asks, without what differs from round to round. */
function aboutOf(server: string, key: string, { part }: Hello, { message }: Request): string {
  const { _meta: ___, inputResponses: _, requestState: __, ...params } = message.params;
  return [server, key, part, digest({ method: message.method, params })].join("\n");
}

function invalid(message: string): { readonly code: number; readonly message: string } {
  return { code: -32602, message };
}

/** What the gate answers itself. */
function own(
  id: RequestId,
  said: { readonly result: JsonObject } | { readonly code: number; readonly message: string },
): Ending {
  const frame = frameOf("result" in said ? { kind: "result", id, ...said } : { kind: "error", id, ...said });
  const status = "code" in said && said.code === -32602 ? 400 : statusOf(frame, "modern");
  return { kind: "answer", frame, status, streamed: false };
}

function carried(headers: WireHeaders): WireHeaders {
  return Object.fromEntries(
    CARRIED_HEADERS.flatMap((name) => (name in headers ? [[name, headers[name]]] : [])),
  );
}
