import type { Era } from "../../call/call.ts";
import type { JsonObject } from "../../call/json.ts";
import { errorToLegacy } from "../../wire/bridge/error-to-legacy.ts";
import { resultToLegacy, soundTools } from "../../wire/bridge/result-to-legacy.ts";
import { envelopeOf, toModern } from "../../wire/bridge/to-modern.ts";
import { type Frame, frameOf, type Message, type RequestId } from "../../wire/frame.ts";
import { isOwnId } from "../../wire/own-id.ts";
import { cancelled, over } from "../failure.ts";
import type { Ending, Leg, Listener, WireHeaders } from "../leg.ts";
import { spoken } from "../spoken.ts";
import type { Crossing } from "./crossing.ts";
import { Following } from "./legacy/following.ts";
import { follow, notFound, own, setLevel } from "./legacy/local.ts";
import { questions } from "./legacy/questions.ts";
import { untilAnswered } from "./legacy/rounds.ts";
import { sender } from "./legacy/sender.ts";
import { begin, listsOf, type Session, tellsOfResources } from "./legacy/session.ts";
import { toolIndex } from "./legacy/tool-index.ts";

type Request = Extract<Message, { kind: "request" }>;

interface Asking {
  readonly frame: Frame;
  readonly message: Request;
  readonly headers: WireHeaders;
  readonly listener: Listener;
  readonly signal: AbortSignal;
}

/** Knows `notifications/elicitation/complete`. */
const COMPLETES = "2025-11-25";
/** What the other era means by these a legacy client cannot know; tasks of its own era have no modern form. */
const UNKNOWN: ReadonlySet<string> = new Set([
  "server/discover",
  "subscriptions/listen",
  "tasks/get",
  "tasks/update",
  "tasks/cancel",
  "tasks/list",
  "tasks/result",
]);
/** What a client says of a session that the server does not have. */
const ABSORBED: ReadonlySet<string> = new Set([
  "notifications/initialized",
  "notifications/roots/list_changed",
  "notifications/progress",
  "notifications/tasks/status",
]);

/**
 * A legacy client before a server that knows no sessions: the session is kept here. `mirrors`
 * says whether the server hears what arguments say in headers too.
 */
export function legacyClient(crossing: Crossing, mirrors: boolean): Leg {
  return new SessionLeg(crossing, mirrors);
}

class SessionLeg implements Leg {
  readonly server: string;
  readonly era: Era = "legacy";
  readonly #crossing: Crossing;
  readonly #mirrors: boolean;
  readonly #questions;
  readonly #tools = toolIndex();
  readonly #underWay = new Set<{ readonly id: RequestId; readonly stop: () => void }>();
  readonly #closing = new AbortController();
  #session: Session | undefined;
  #following: Following | undefined;
  #level: string | undefined;
  #leg: Promise<Leg> | undefined;

  constructor(crossing: Crossing, mirrors: boolean) {
    this.server = crossing.server;
    this.#mirrors = mirrors;
    this.#crossing = crossing;
    this.#questions = questions(crossing.server);
  }

  get alive(): boolean {
    return !this.#closing.signal.aborted;
  }

  /** A session outlives its client's connections, so only `signal` and `notifications/cancelled` end what is under way. */
  async ask(frame: Frame, headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending> {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    if (!this.alive) throw over(this.server, "it was closed");
    if (signal.aborted) throw cancelled(this.server);
    const own = new AbortController();
    const stop = (): void => own.abort();
    const one = { id: message.id, stop };
    signal.addEventListener("abort", stop, { once: true });
    this.#underWay.add(one);
    try {
      return await this.#serve({ frame, message, headers, listener, signal: own.signal });
    } finally {
      signal.removeEventListener("abort", stop);
      this.#underWay.delete(one);
    }
  }

  async tell(frame: Frame, headers: WireHeaders): Promise<void> {
    if (!this.alive) throw over(this.server, "it was closed");
    const { message } = frame;
    if (message.kind === "result" || message.kind === "error") {
      if (!this.#questions.answer(frame, message.id))
        this.#crossing.log.debug({ server: this.server }, "an answer that nobody waits for");
      return;
    }
    if (message.method === "notifications/cancelled") {
      const named = [...this.#underWay].filter(({ id }) => id === message.params["requestId"]);
      return named.at(-1)?.stop();
    }
    if (ABSORBED.has(message.method) || this.#session === undefined) return;
    await (await this.#open()).tell(toModern(frame, this.#session.self, undefined), traceIn(headers));
  }

  listen(_headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<"ended" | "unsupported"> {
    if (!this.alive) return Promise.reject(over(this.server, "it was closed"));
    const session = this.#session;
    const tells = session !== undefined && (listsOf(session).length > 0 || tellsOfResources(session));
    return tells && this.#following !== undefined
      ? this.#following.listen(listener, signal)
      : Promise.resolve("unsupported");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#following?.close();
    for (const { stop } of this.#underWay) stop();
    await (await this.#leg?.catch(() => undefined))?.close();
  }

  /** The server's own leg; a process that ended is started again, since no session was lost with it. */
  async #open(): Promise<Leg> {
    if (!this.alive) throw over(this.server, "it was closed");
    this.#leg = this.#crossing.open("");
    return this.#leg;
  }

  #serve(asking: Asking): Promise<Ending> {
    const { method } = asking.message;
    switch (method) {
      case "initialize":
        return this.#begin(asking);
      case "ping":
        return this.#ping(asking);
      case "logging/setLevel":
        return Promise.resolve(
          setLevel(this.#session, asking.message, (level) => {
            this.#level = level;
          }),
        );
      case "resources/subscribe":
      case "resources/unsubscribe":
        return follow(this.#session, this.#following, asking.message);
      default:
        return UNKNOWN.has(method) ? Promise.resolve(notFound(asking.message)) : this.#forward(asking);
    }
  }

  /** Where the gate asks itself, to take as long as the server takes, the server is asked what it has instead. */
  async #ping({ message: { id }, headers, signal }: Asking): Promise<Ending> {
    if (this.#session !== undefined && isOwnId(id)) {
      const asked = frameOf({ kind: "request", id, method: "server/discover", params: {} });
      const frame = toModern(asked, this.#session.self, undefined);
      await (await this.#open()).ask(frame, traceIn(headers), () => undefined, signal);
    }
    return own(id, {});
  }

  async #begin({ message, headers, signal }: Asking): Promise<Ending> {
    const { server, timeout_ms, log, mistaken } = this.#crossing;
    const open = (): Promise<Leg> => this.#open();
    const { session, frame } = await begin({
      server,
      mistaken,
      open,
      message,
      headers: traceIn(headers),
      signal,
    });
    this.#following?.close();
    this.#following = new Following({
      server,
      timeout_ms,
      log,
      open,
      envelope: envelopeOf(session.self, undefined),
      lists: listsOf(session),
      changed: (method) => {
        if (method === "notifications/tools/list_changed") this.#tools.forget();
      },
    });
    this.#session = session;
    this.#level = undefined;
    return spoken(frame);
  }

  async #forward({ frame, message, headers, listener, signal }: Asking): Promise<Ending> {
    const session = this.#session;
    if (session === undefined) throw over(this.server, "nothing may be asked before `initialize`");
    const { id, method, params } = message;
    const { server, log, mistaken } = this.#crossing;
    const send = sender({
      server,
      log,
      mistaken,
      open: () => this.#open(),
      tools: this.#tools,
      self: session.self,
      message,
      headers: traceIn(headers),
      listener,
      signal,
      closing: this.#closing.signal,
    });
    const { capabilities } = session.self;
    const completes = session.revision >= COMPLETES;
    const sent = toModern(frame, session.self, this.#level);
    const asked = { server, frame: sent, method, capabilities, listener, signal, completes };
    const ending = await untilAnswered({ ...asked, questions: this.#questions }, send.once);
    const given = method === "tools/list" ? this.#listed(ending.frame, params) : ending.frame;
    const answer =
      given.message.kind === "error"
        ? errorToLegacy(given, id, method)
        : resultToLegacy(given, id, method, send.wraps);
    return { kind: "answer", frame: answer, status: 200, streamed: ending.streamed };
  }

  #listed(page: Frame, params: JsonObject): Frame {
    const sound = this.#mirrors ? soundTools(page) : page;
    if (sound !== page)
      this.#crossing.log.warn(
        { server: this.server },
        "tools whose `x-mcp-header` is not valid are left out",
      );
    this.#tools.learn(sound, params["cursor"] === undefined);
    return sound;
  }
}

/** A legacy client's revision and its place in a stream mean nothing to the server; the context of its trace does. */
function traceIn(headers: WireHeaders): WireHeaders {
  const { "mcp-protocol-version": _, "last-event-id": __, ...kept } = headers;
  return kept;
}
