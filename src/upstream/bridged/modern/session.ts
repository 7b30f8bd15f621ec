import { isObject, type Json, type JsonObject, member } from "../../../call/json.ts";
import { initializeOf } from "../../../wire/bridge/to-legacy.ts";
import { type Frame, frameOf } from "../../../wire/frame.ts";
import { LEGACY_REVISIONS } from "../../../wire/revision.ts";
import type { Log } from "../../../telemetry/log.ts";
import { garbled, over, refused, wordsOf } from "../../failure.ts";
import type { Ending, Leg } from "../../leg.ts";
import type { Boxes } from "../../outbox.ts";
import type { Crossing } from "../crossing.ts";
import type { Follower } from "./follow.ts";
import type { Hello } from "./hello.ts";
import { isQuieter } from "../levels.ts";
import type { Pursuit } from "./pursuit.ts";
import { heardBy } from "./route.ts";
import { listening } from "./stream.ts";

/** One session of the server, and what it said when it began. */
export interface Session {
  readonly leg: Leg;
  readonly hello: Hello;
  /** Its `InitializeResult`. */
  readonly greeting: JsonObject;
  readonly server_info: Json | undefined;
  /** Requests of clients that the server works on, those that wait for their client among them. */
  readonly pursuits: Set<Pursuit>;
  /** What clients that share one channel of the server have yet to take. */
  readonly boxes: Boxes;
  /** Subscriptions of clients. */
  readonly followers: Set<Follower>;
  /** Resources that the server tells this session about, and how many subscriptions follow each. */
  readonly followed: Map<string, { followers: number; readonly taken: Promise<boolean> }>;
  /** Whether the server has a stream for what belongs to no request. */
  readonly streaming: Promise<boolean>;
  /** Monotonic ms when a request was last given up, of which the server may still speak. */
  abandoned_ms: number;
  /** Monotonic ms when a client last asked something. */
  used_ms: number;
  readonly log: Log;
  /** Fires when the session is over. */
  readonly over: AbortController;
  /** An id, and a progress token, that no other request of the session has or had. */
  newId(): number;
  /** Makes the session say what a client asks to hear; settles when the server has heard it, whatever it made of it. */
  level(asked: string): Promise<void>;
  /**
   * Asks for the gate itself, one thing after the other; gives the result, or undefined where the server would not.
   * Rejects as `Leg.ask` does.
   */
  ask(method: string, params: JsonObject): Promise<JsonObject | undefined>;
  /** Has the server answer something harmless, beside everything else. Rejects as `Leg.ask` does. */
  ping(signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

const INITIALIZED = frameOf({ kind: "notification", method: "notifications/initialized", params: {} });
const NOTHING = {};

/** Begins a session with the client's own capabilities and name. Rejects with Fault `upstream-…`; then none is left. */
export async function beginSession(crossing: Crossing, hello: Hello, leaving: AbortSignal): Promise<Session> {
  const leg = await crossing.open(hello.part);
  try {
    const first = initializeOf(1, hello.capabilities, hello.info);
    const ending = await leg.ask(first, NOTHING, () => undefined, leaving);
    const greeting = greetingOf(leg.server, answered(leg, ending));
    await leg.tell(INITIALIZED, NOTHING);
    return sessionOf(crossing, hello, leg, greeting);
  } catch (error) {
    await leg.close();
    throw leaving.aborted ? over(leg.server, "it was closed") : error;
  }
}

function sessionOf({ log }: Crossing, hello: Hello, leg: Leg, greeting: JsonObject): Session {
  const over = new AbortController();
  let last = 1;
  let current: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => undefined);
    return mine;
  };
  const newId = (): number => {
    last += 1;
    return last;
  };
  const ask = async (method: string, params: JsonObject): Promise<JsonObject | undefined> => {
    const frame = frameOf({ kind: "request", id: newId(), method, params });
    const ending = await leg.ask(frame, NOTHING, heardBy(session, undefined), over.signal);
    const { message } = answered(leg, ending);
    return message.kind === "result" ? message.result : undefined;
  };
  const setLevel = async (asked: string): Promise<void> => {
    if (!isQuieter(current, asked)) return;
    try {
      await ask("logging/setLevel", { level: asked });
      current = asked;
    } catch (error) {
      log.debug({ server: leg.server, why: wordsOf(error) }, "the level of log messages was not set");
    }
  };
  let opened: (has: boolean) => void = () => undefined;
  const streaming = new Promise<boolean>((resolve) => {
    opened = resolve;
  });
  const session: Session = {
    leg,
    hello,
    greeting,
    server_info: member(greeting, "serverInfo"),
    pursuits: new Set(),
    boxes: { bytes: 0, others: () => session.pursuits.size + session.followers.size > 1 },
    followers: new Set(),
    followed: new Map(),
    streaming,
    abandoned_ms: Number.NEGATIVE_INFINITY,
    used_ms: performance.now(),
    log,
    over,
    newId,
    ask: (method, params) => inTurn(() => ask(method, params)),
    async ping(signal) {
      const frame = frameOf({ kind: "request", id: newId(), method: "ping", params: {} });
      await leg.ask(frame, NOTHING, heardBy(session, undefined), AbortSignal.any([signal, over.signal]));
    },
    async level(asked) {
      if (!isObject(member(member(greeting, "capabilities"), "logging"))) return;
      if (isQuieter(current, asked)) await inTurn(() => setLevel(asked));
    },
    close() {
      over.abort();
      return leg.close();
    },
  };
  void listening(session).then(opened);
  return session;
}

function answered({ server }: Leg, ending: Ending): Frame {
  if (ending.kind === "answer") return ending.frame;
  throw garbled(server, "a stream that ended before the answer to what the gate asked");
}

function greetingOf(server: string, { message }: Frame): JsonObject {
  if (message.kind !== "result") throw refused(server, 400);
  const { result } = message;
  const revision = member(result, "protocolVersion");
  if (LEGACY_REVISIONS.some((known) => known === revision)) return result;
  throw garbled(server, "it begins sessions only in a revision that nobody here knows");
}
