import { Fault } from "../call/fault.ts";
import type { Era } from "../call/call.ts";
import type { Json } from "../call/json.ts";
import { ANSWER_BOUNDS, cancelled, garbled } from "../upstream/failure.ts";
import type { Ending, Leg, Listener, Upstream } from "../upstream/leg.ts";
import { spoken } from "../upstream/spoken.ts";
import { decode, type Frame, type RequestId } from "../wire/frame.ts";
import type { SendOptions } from "./sdk.ts";

/** A request that the server is working on. */
interface Pending {
  readonly whose: string;
  readonly listener: Listener;
  readonly settle: (ending: Ending) => void;
  readonly fail: (fault: Fault) => void;
}

/** Hands a message of a conversation to the server; `id` names the client's request that it is. */
type Hearing = (message: Json, key: string, id?: RequestId) => void;

/** Questions of the server that wait for an answer; the oldest is forgotten. */
const ASKED_MOST = 1024;

/** Who may answer each question of the server; anybody where it was asked while nobody waited for the server. */
function questions() {
  const asked = new Map<RequestId, ReadonlySet<string>>();
  return {
    put(id: RequestId, of: Iterable<Pending>): void {
      asked.set(id, new Set([...of].map(({ whose }) => whose)));
      const [oldest] = asked.keys();
      if (asked.size > ASKED_MOST && oldest !== undefined) asked.delete(oldest);
    },
    /** Whether it is theirs to answer, and not answered yet. */
    answered(id: RequestId | null, who: string): boolean {
      const may = id === null ? undefined : asked.get(id);
      return id !== null && may !== undefined && (may.size === 0 || may.has(who)) && asked.delete(id);
    },
  };
}

/** A server in this process, as the gate reaches it. */
export interface Inside {
  readonly upstream: Upstream;
  /** Takes what the server says. Rejects with a Fault where it is no message, or larger than an answer may be. */
  readonly said: (message: Json, options: SendOptions | undefined) => Promise<void>;
}

/** What a message says, as an object of its own. */
export function plain({ bytes }: Frame): Json {
  return JSON.parse(bytes.toString("utf8")) as Json;
}

function frameFrom(server: string, message: Json): Frame {
  try {
    return decode(Buffer.from(JSON.stringify(message)), ANSWER_BOUNDS);
  } catch (error) {
    throw garbled(server, error instanceof Error ? error.message : String(error), error);
  }
}

/** The upstream to this process: its legs differ in whose they are. */
function upstreamOf(
  name: string,
  legOf: (key: string) => Leg,
  era: () => Era,
  over: AbortController,
): Upstream {
  return {
    name,
    connect: (key) => Promise.resolve(legOf(key)),
    era: () => Promise.resolve(era()),
    status: () => ({
      name,
      transport: "stdio",
      state: over.signal.aborted ? "down" : "up",
      era: undefined,
      legs: 1,
      last_error: undefined,
    }),
    close() {
      over.abort();
      return Promise.resolve();
    },
  };
}

/** Requests on their way to the server: each ends with its answer, or when its client or the connection is gone. */
function requests(
  name: string,
  pending: Map<RequestId, Pending>,
  over: AbortSignal,
  hear: Hearing,
): {
  readonly take: (id: RequestId) => Pending | undefined;
  readonly ask: (key: string, whose: string, ...asked: Parameters<Leg["ask"]>) => Promise<Ending>;
} {
  const take = (id: RequestId): Pending | undefined => {
    const found = pending.get(id);
    pending.delete(id);
    return found;
  };
  const ask = (key: string, whose: string, ...asked: Parameters<Leg["ask"]>): Promise<Ending> => {
    const [frame, , listener, signal] = asked;
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    const { id } = message;
    if (pending.has(id)) return Promise.reject(new Fault("invalid-request", "Two requests share an id."));
    return new Promise((resolve, reject) => {
      const ending = AbortSignal.any([signal, over]);
      const gone = (): void => take(id)?.fail(cancelled(name));
      const done = (): void => ending.removeEventListener("abort", gone);
      pending.set(id, {
        whose,
        listener,
        settle: (answer) => (done(), resolve(answer)),
        fail: (fault) => (done(), reject(fault)),
      });
      if (ending.aborted) return gone();
      ending.addEventListener("abort", gone, { once: true });
      hear(plain(frame), key, id);
    });
  };
  return { take, ask };
}

/**
 * The way to a server in this process: what is sent is handed to `hear`, what the server says finds the request that it
 * belongs to. `era` is what its client speaks; the SDK serves each in its own words, so nothing is ever translated. `ownerOf` names whose a conversation is.
 */
export function inside(
  name: string,
  era: () => Era,
  ownerOf: (key: string) => string,
  hear: Hearing,
): Inside {
  const pending = new Map<RequestId, Pending>();
  /** Who hears what belongs to no request; until the first message of the client nobody does. */
  const stream = Promise.withResolvers<Listener>();
  const over = new AbortController();

  const asked = questions();
  const { take, ask } = requests(name, pending, over.signal, hear);
  /** Nobody answers or takes back for another who uses the same connection. */
  const isOf = (key: string, { message }: Frame): boolean => {
    const who = ownerOf(key);
    if (message.kind === "result" || message.kind === "error") return asked.answered(message.id, who);
    if (message.kind !== "notification" || message.method !== "notifications/cancelled") return true;
    const id = message.params["requestId"];
    return (typeof id === "string" || typeof id === "number") && pending.get(id)?.whose === who;
  };
  const legOf = (key: string): Leg => ({
    server: name,
    get era() {
      return era();
    },
    get alive() {
      return !over.signal.aborted;
    },
    ask: (...of) => ask(key, ownerOf(key), ...of),
    tell(frame) {
      if (!isOf(key, frame)) return Promise.resolve();
      const { message } = frame;
      hear(plain(frame), key);
      if (message.kind !== "notification" || message.method !== "notifications/cancelled")
        return Promise.resolve();
      // The SDK answers nothing more to what was taken back.
      const id = message.params["requestId"];
      if (typeof id === "string" || typeof id === "number") take(id)?.fail(cancelled(name));
      return Promise.resolve();
    },
    listen(_headers, listener, signal) {
      stream.resolve(listener);
      const ended = AbortSignal.any([signal, over.signal]);
      return new Promise((resolve) => {
        if (ended.aborted) resolve("ended");
        else ended.addEventListener("abort", () => resolve("ended"), { once: true });
      });
    },
    close: () => Promise.resolve(),
  });

  return {
    upstream: upstreamOf(name, legOf, era, over),
    async said(message, options) {
      const frame = frameFrom(name, message);
      const heard = frame.message;
      if (heard.kind === "result" || heard.kind === "error") {
        // What nobody waits for any more was taken back.
        if (heard.id !== null) take(heard.id)?.settle(spoken(frame));
        return;
      }
      const related = options?.relatedRequestId;
      const of = related === undefined ? undefined : pending.get(related);
      if (heard.kind === "request") asked.put(heard.id, of === undefined ? pending.values() : [of]);
      await (of?.listener ?? (await stream.promise))({ frame });
    },
  };
}
