import { setTimeout as delay } from "node:timers/promises";
import { Fault, type FaultCode } from "../../call/fault.ts";
import { digest, isObject, type Json, type JsonObject } from "../../call/json.ts";
import { discoveryOf } from "../../wire/bridge/result-to-modern.ts";
import { isCarried } from "../../wire/bridge/to-legacy.ts";
import { type Frame, frameOf, type RequestId } from "../../wire/frame.ts";
import { isOwnId } from "../../wire/own-id.ts";
import { cancelled, over } from "../failure.ts";
import type { Ending, Leg, Listener, WireHeaders } from "../leg.ts";
import { statusOf } from "../text.ts";
import type { Crossing } from "./crossing.ts";
import { follow } from "./modern/follow.ts";
import { type Hello, helloOf } from "./modern/hello.ts";
import { type Lot, lot, type Yard } from "./modern/lot.ts";
import { Pursuit } from "./modern/pursuit.ts";
import type { Session } from "./modern/session.ts";
import { type Sessions, sessions } from "./modern/sessions.ts";
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

/**
 * A modern client before a server that only knows sessions. Each request finds the session
 * of whoever says the same of themselves in the same conversation. What the server asks in the middle of a request ends
 * that as `input_required`, and the request of the server waits for the client's next one.
 */
export class ModernClient implements Leg {
  readonly server: string;
  readonly era = "modern";
  readonly #crossing: Crossing;
  readonly #sessions: Sessions;
  readonly #waiting: Lot<Pursuit>;
  /** Requests of clients under way, for those who take one back by its id. */
  readonly #underWay = new Map<RequestId, AbortController>();
  #closed = false;

  /** `yard` is of all conversations with the server. */
  constructor(crossing: Crossing, yard: Yard) {
    this.server = crossing.server;
    this.#crossing = crossing;
    this.#sessions = sessions(crossing);
    this.#waiting = lot(yard, crossing.now);
  }

  get alive(): boolean {
    return !this.#closed;
  }

  /** The session that nobody has used for longest; undefined where all are in use. */
  get idlest(): Session | undefined {
    return this.#sessions.idlest;
  }

  async ask(frame: Frame, headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending> {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    if (this.#closed) throw over(this.server, "it was closed");
    const { id, method, params } = message;
    if (!isCarried(method)) return own(id, { code: -32601, message: `Method not found: ${method}` });
    const { requestState, inputResponses } = params;
    if (inputResponses !== undefined && !isObject(inputResponses)) return own(id, invalid(NO_RESPONSES));
    const takenBack = new AbortController();
    this.#underWay.set(id, takenBack);
    const heard = AbortSignal.any([signal, takenBack.signal]);
    const request: Request = { frame, message, headers: carried(headers), listener, signal: heard };
    const hello = helloOf(params);
    try {
      return await (requestState === undefined
        ? this.#begin(hello, request)
        : this.#goOn(hello, request, requestState));
    } finally {
      if (this.#underWay.get(id) === takenBack) this.#underWay.delete(id);
    }
  }

  forsake({ message }: Frame): void {
    if (message.kind !== "request") return;
    const { params } = message;
    this.#find(helloOf(params), message, params["requestState"])?.forsake();
  }

  /** Of what a modern client says without an id only a cancellation means anything to a session. */
  tell({ message }: Frame): Promise<void> {
    if (message.kind === "notification" && message.method === "notifications/cancelled") {
      const id = message.params["requestId"];
      if (typeof id === "string" || typeof id === "number") this.#underWay.get(id)?.abort();
    }
    return Promise.resolve();
  }

  listen(): Promise<"unsupported"> {
    return Promise.resolve("unsupported");
  }

  async close(): Promise<void> {
    this.#closed = true;
    const told = Promise.all(this.#waiting.all.map((one) => one.cancel()));
    await Promise.race([told, delay(FAREWELL_MS, undefined, { ref: false })]);
    this.#waiting.clear();
    await this.#sessions.close();
  }

  #begin(hello: Hello, request: Request): Promise<Ending> {
    const { message, listener, signal } = request;
    const { id, method, params } = message;
    return this.#inSession(hello, signal, async (session) => {
      if (method === "server/discover") {
        if (isOwnId(id)) await session.ping(signal);
        return own(id, { result: discoveryOf(session.greeting) });
      }
      if (method === "subscriptions/listen") return follow(session, id, params, listener, signal);
      const level = levelOf(message);
      if (level !== undefined) await session.level(level);
      if (signal.aborted) throw cancelled(this.server);
      return new Pursuit(session, method, this.#waiting, this.#aboutOf(hello, message)).begin(request);
    });
  }

  async #goOn(hello: Hello, request: Request, state: Json): Promise<Ending> {
    const { frame, message } = request;
    const found = this.#find(hello, message, state);
    if (found === undefined) return own(message.id, invalid(NO_STATE));
    if (!found.fits(frame)) return own(message.id, invalid(NO_RESPONSES));
    // It left while its request was judged, and may come again with the same state.
    if (request.signal.aborted) throw cancelled(this.server);
    this.#waiting.take(found);
    return found.goOn(request);
  }

  #find(hello: Hello, message: Request["message"], state: Json | undefined): Pursuit | undefined {
    return typeof state === "string" ? this.#waiting.find(state, this.#aboutOf(hello, message)) : undefined;
  }

  /** What did not run because its session was over is asked once more, in a new one. */
  async #inSession(
    hello: Hello,
    signal: AbortSignal,
    work: (session: Session) => Promise<Ending>,
  ): Promise<Ending> {
    for (let again = false; ; again = true) {
      const session = await this.#sessions.get(hello).catch((error: unknown) => this.#doubt(error));
      // The session took its time to begin, and is for others too.
      if (signal.aborted) throw cancelled(this.server);
      try {
        return await work(session);
      } catch (error) {
        if (again || this.#closed || !(error instanceof Fault) || error.code !== "upstream-over") throw error;
      }
    }
  }

  /** The server may know no sessions any more. A leg that nothing is left of then makes room for one of its era. */
  #doubt(error: unknown): never {
    if (!(error instanceof Fault) || !NO_SESSION.has(error.code)) throw error;
    this.#crossing.mistaken();
    if (this.#sessions.size === 0 && this.#waiting.all.length === 0) {
      this.#closed = true;
      void this.#sessions.close();
    }
    throw error;
  }

  /** What a state is bound to: whose it is, who it says it is, and what it asks, without what differs between rounds. */
  #aboutOf({ part }: Hello, message: Request["message"]): string {
    const { _meta: _, inputResponses: __, requestState: ___, ...params } = message.params;
    return [this.server, this.#crossing.key, part, digest({ method: message.method, params })].join("\n");
  }
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
