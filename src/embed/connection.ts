import { setTimeout as delay } from "node:timers/promises";
import type { Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { isObject, type Json } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import { DEFAULT_RESOURCE_ARGS, type StdioServer } from "../config/config.ts";
import type { RequestMessage } from "../gateway/addresses/address.ts";
import { single } from "../gateway/addresses/single.ts";
import type { Conversation } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify, receive } from "../gateway/receive.ts";
import type { Listener } from "../upstream/leg.ts";
import { classify } from "../wire/era.ts";
import { decode, type Frame, type RequestId } from "../wire/frame.ts";
import { conversations, TALKS_MOST } from "./conversations.ts";
import { inside, plain } from "./inside.ts";
import type { Extra, SendOptions } from "./sdk.ts";

/** Both ends of one connection: a client behind the transport, the server that the SDK made of the program. */
export interface Ends {
  /** Hands a message to the server. */
  readonly hear: (message: Json, extra: Extra | undefined) => void;
  /** Sends a message to the client. */
  readonly send: (message: Json, options?: SendOptions) => Promise<void>;
  readonly failed: (error: Error) => void;
  readonly principalOf: (extra: Extra | undefined) => Principal;
}

export interface Connection {
  /** What came from the client. Never throws: a request is always answered. */
  readonly heard: (message: Json, extra: Extra | undefined) => void;
  /** What the server says. */
  readonly said: (message: Json, options: SendOptions | undefined) => Promise<void>;
  readonly close: () => Promise<void>;
}

const NO_HEADERS = {};
const FAREWELL_MS = 2000;
/** The gate's own requests begin so (gateway/lists/lists.ts). */
const OWN_ID = "portcullis:";

/** This process, as a server of the gate. */
function itself(name: string): StdioServer {
  return {
    transport: "stdio",
    name,
    prefix: undefined,
    timeout_ms: 24 * 3_600_000,
    sessions: 1,
    resource_args: DEFAULT_RESOURCE_ARGS,
    command: process.execPath,
    args: process.argv.slice(1),
    env: {},
    cwd: process.cwd(),
    secrets: [],
  };
}

/** The id to answer a message under that could not be served; undefined where nobody waits for an answer. */
function askedAs(message: Json): RequestId | undefined {
  if (!isObject(message) || message["method"] === undefined) return undefined;
  const { id } = message;
  return typeof id === "string" || typeof id === "number" ? id : undefined;
}

async function answerFailure(error: unknown, message: Json, { log }: Gate, ends: Ends): Promise<void> {
  const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
  if (fault.code === "cancelled") return;
  if (fault.code === "internal") log.error({ err: fault.cause ?? fault }, "an exchange failed");
  const id = askedAs(message);
  if (id === undefined) ends.failed(fault);
  else await ends.send(plain(faultFrame(fault, id)));
}

/** A gate in the middle of one connection: the path of a call is that of any gate, from `receive` to the leg. */
export function connection(shared: Gate, name: string, ends: Ends): Connection {
  let era: Era | undefined;
  /** What came with the newest message of each conversation: the gate asks in the name of whoever it asks for. */
  const latest = new Map<string, { readonly who: string; readonly extra: Extra | undefined }>();
  const extras = new Map<RequestId, Extra | undefined>();
  const way = inside(
    name,
    () => era ?? "legacy",
    (key) => latest.get(key)?.who ?? key,
    (message, key, id) =>
      ends.hear(message, id !== undefined && extras.has(id) ? extras.get(id) : latest.get(key)?.extra),
  );
  const governed = { server: itself(name), upstream: way.upstream };
  const gate: Gate = { ...shared, servers: new Map([[name, governed]]) };
  const listenerTo =
    (relatedRequestId?: RequestId): Listener =>
    ({ frame }) =>
      frame === undefined ? undefined : ends.send(plain(frame), { relatedRequestId });
  const talks = conversations(single(gate, governed), listenerTo(), ends.failed);
  const talkOf = (extra: Extra | undefined, spoken: Era): Conversation => {
    const principal = ends.principalOf(extra);
    const talk = talks.of(principal, spoken);
    latest.delete(talk.key);
    latest.set(talk.key, { who: principal.id, extra });
    const [oldest] = latest.keys();
    if (latest.size > TALKS_MOST && oldest !== undefined) latest.delete(oldest);
    return talk;
  };

  async function request(frame: Frame, message: RequestMessage, extra: Extra | undefined): Promise<void> {
    if (extras.has(message.id) || String(message.id).startsWith(OWN_ID))
      throw new Fault("invalid-request", "This id is taken: give each request an id of its own.");
    const classified = classify({ frames: [frame], batch: false, headers: NO_HEADERS });
    if (classified.kind === "refused") throw classified.fault;
    // The first request decides; a client that tried the modern era may fall back to `initialize`.
    if (era === undefined || message.method === "initialize") era = classified.kind;
    const talk = talkOf(extra, era);
    if (classified.client !== undefined) talk.client = classified.client;
    extras.set(message.id, extra);
    try {
      const listener = listenerTo(message.id);
      const ending = await receive(gate, talk, frame, message, NO_HEADERS, listener, talk.over.signal);
      if (ending.kind === "answer") await ends.send(plain(ending.frame));
    } finally {
      extras.delete(message.id);
    }
  }

  async function take(message: Json, extra: Extra | undefined): Promise<void> {
    try {
      const frame = decode(Buffer.from(JSON.stringify(message)), gate.bounds);
      if (frame.message.kind === "request") await request(frame, frame.message, extra);
      else await notify(gate, talkOf(extra, era ?? "legacy"), frame, NO_HEADERS);
    } catch (error) {
      await answerFailure(error, message, gate, ends);
    }
  }

  const underWay = new Set<Promise<void>>();
  return {
    heard: (message, extra) => {
      const done = take(message, extra)
        .catch((error: unknown) => ends.failed(error instanceof Error ? error : new Error(String(error))))
        .finally(() => underWay.delete(done));
      underWay.add(done);
    },
    said: way.said,
    async close() {
      await way.upstream.close();
      await talks.close();
      // What was under way is written down before the journal closes.
      await Promise.race([Promise.all(underWay), delay(FAREWELL_MS, undefined, { ref: false })]);
    },
  };
}
