// The server's side of a bridge for clients with a session, played by hand.
import { pino } from "pino";
import { expect, vi } from "vitest";
import { Fault } from "../../src/call/fault.ts";
import type { Json, JsonObject } from "../../src/call/json.ts";
import { legacyClient } from "../../src/upstream/bridged/legacy-client.ts";
import type { Ending, Leg, Listener, WireHeaders } from "../../src/upstream/leg.ts";
import { type Frame, frameOf, type Message, type RequestId } from "../../src/wire/frame.ts";
import { META } from "../../src/wire/revision.ts";

type Request = Extract<Message, { kind: "request" }>;

/** What a server of 2026 was asked, and how the one who plays it answers. */
export interface Asked {
  readonly message: Request;
  readonly headers: WireHeaders;
  readonly says: (method: string, params: JsonObject) => void | Promise<void>;
  readonly answer: (result: JsonObject) => void;
  readonly refuse: (code: number, data?: Json) => void;
  readonly fail: (fault: Fault) => void;
  readonly signal: AbortSignal;
}

/** However busy the machine is. */
const SOON = { timeout: 10_000 };
const log = pino({ level: "silent" });
const CAPABILITIES = { elicitation: {}, sampling: {}, roots: {} };
export const SERVER: JsonObject = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { subscribe: true },
  logging: {},
};
export const wordsOf = (fault: unknown): string =>
  fault instanceof Fault ? `${fault.code}: ${fault.message} ${fault.detail ?? ""}` : String(fault);

export interface Played {
  readonly capabilities?: JsonObject;
  readonly tools?: readonly Json[];
  readonly discover?: (asked: Asked) => void;
}

/** A bridge before a server that answers `server/discover` and a list of tools by itself, all else by hand. */
export function bridge({ capabilities = SERVER, tools = [], discover }: Played = {}) {
  const asked: Asked[] = [];
  const told: Message[] = [];
  let mistaken = 0;
  const ask = (
    frame: Frame,
    headers: WireHeaders,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<Ending> => {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("no request");
    return new Promise((resolve, reject) => {
      const end = (answer: Message): void =>
        resolve({
          kind: "answer",
          frame: frameOf(answer),
          status: answer.kind === "error" ? 400 : 200,
          streamed: false,
        });
      const one: Asked = {
        message,
        headers,
        signal,
        says: (method, params) => listener({ frame: frameOf({ kind: "notification", method, params }) }),
        answer: (result) => end({ kind: "result", id: message.id, result }),
        refuse: (code, data) =>
          end({ kind: "error", id: message.id, code, message: "no", ...(data !== undefined && { data }) }),
        fail: reject,
      };
      signal.addEventListener("abort", () => reject(new Fault("cancelled", "cancelled")), { once: true });
      asked.push(one);
      if (message.method === "server/discover" && discover !== undefined) discover(one);
      else if (message.method === "server/discover")
        one.answer({ resultType: "complete", supportedVersions: ["2026-07-28"], capabilities });
      if (message.method === "tools/list") one.answer({ resultType: "complete", tools, ttlMs: 1 });
    });
  };
  const leg: Leg = {
    server: "files",
    era: "modern",
    alive: true,
    ask,
    tell: ({ message }) => Promise.resolve(void told.push(message)),
    listen: () => Promise.resolve("unsupported"),
    close: () => Promise.resolve(),
  };
  const client = legacyClient(
    {
      server: "files",
      key: "session",
      open: () => Promise.resolve(leg),
      mistaken: () => void (mistaken += 1),
      timeout_ms: 1000,
      log,
      now: Date.now,
    },
    true,
  );
  const heard: Message[] = [];
  const hear: Listener = ({ frame }) => void (frame !== undefined && heard.push(frame.message));
  const over = new AbortController();
  const request = (method: string, params: JsonObject = {}, id: RequestId = 1): Promise<Ending> =>
    client.ask(frameOf({ kind: "request", id, method, params }), {}, hear, over.signal);
  return {
    client,
    asked,
    told,
    heard,
    over,
    request,
    listen: () => client.listen({}, hear, over.signal),
    tell: (message: Message) => client.tell(frameOf(message), {}),
    get mistaken() {
      return mistaken;
    },
    begin: async () => {
      const ending = await request(
        "initialize",
        { protocolVersion: "2025-11-25", capabilities: CAPABILITIES },
        0,
      );
      asked.length = 0;
      return answerOf(ending);
    },
    /** The newest request of that method that the server has. */
    server: async (method: string, nth = 0): Promise<Asked> => {
      await vi.waitFor(
        () => expect(asked.filter(({ message }) => message.method === method).length).toBeGreaterThan(nth),
        SOON,
      );
      const found = asked.filter(({ message }) => message.method === method)[nth];
      if (found === undefined) throw new Error(`${method} was not asked`);
      return found;
    },
    /** The newest question that the client was asked. */
    question: async (nth = 0): Promise<Request> => {
      const questions = (): Request[] => heard.filter((message) => message.kind === "request");
      await vi.waitFor(() => expect(questions().length).toBeGreaterThan(nth), SOON);
      const found = questions()[nth];
      if (found === undefined) throw new Error("nothing was asked");
      return found;
    },
  };
}

export function answerOf(ending: Ending): Message {
  if (ending.kind !== "answer") throw new Error("no answer");
  expect(ending.status).toBe(200);
  return ending.frame.message;
}
export const tagged = (id: RequestId, more: JsonObject = {}): JsonObject => ({
  ...more,
  _meta: { [META.subscription]: id },
});
/** The server acknowledges all that was asked for. */
export async function acknowledge({ message, says }: Asked): Promise<void> {
  const notifications = message.params["notifications"] ?? {};
  await says("notifications/subscriptions/acknowledged", tagged(message.id, { notifications }));
}
