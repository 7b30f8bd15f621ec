import { randomUUID } from "node:crypto";
import { Fault } from "../../../call/fault.ts";
import { HEADER_MISMATCH, UNSUPPORTED_VERSION } from "../../../wire/bridge/error-to-legacy.ts";
import { type Self, toModern } from "../../../wire/bridge/to-modern.ts";
import { type Frame, frameOf, type Message } from "../../../wire/frame.ts";
import { argsOf } from "../../../wire/methods.ts";
import { paramFields } from "../../../wire/param-headers.ts";
import { garbled, wordsOf } from "../../failure.ts";
import type { Beat, Ending, Leg, Listener, WireHeaders } from "../../leg.ts";
import type { Crossing } from "../crossing.ts";
import { headersRefused, otherRevision } from "./refusals.ts";
import type { ToolIndex, ToolShape } from "./tool-index.ts";

type Answered = Extract<Ending, { kind: "answer" }>;

/** One request of a legacy client, and what it takes to send it to a modern server. */
export interface Sent extends Pick<Crossing, "server" | "log" | "mistaken"> {
  readonly open: () => Promise<Leg>;
  readonly tools: ToolIndex;
  readonly self: Self;
  /** As the client sent it. */
  readonly message: Extract<Message, { kind: "request" }>;
  readonly headers: WireHeaders;
  readonly listener: Listener;
  readonly signal: AbortSignal;
  /** Fires when the session ends: what is read for all its requests ends with it. */
  readonly closing: AbortSignal;
}

export interface Sender {
  /** Sends the request, or the same request with its answers. Rejects as a leg does. */
  readonly once: (frame: Frame) => Promise<Answered>;
  /** Whether the output of the tool that was called was listed as `{result: …}`. */
  readonly wraps: boolean;
}

const PLAIN: ToolShape = { headers: [], wraps: false };

/**
 * Sends a request as a modern client would: with `Mcp-Param-*` from the tool's schema, read where it is not known, and once
 * more with a schema that is new where the server refuses them (2026-07-28, transports: −32020).
 */
export function sender(of: Sent): Sender {
  const { server, message, signal } = of;
  let shape = PLAIN;

  async function look(): Promise<void> {
    const { name } = message.params;
    if (message.method !== "tools/call" || typeof name !== "string") return;
    try {
      shape = await of.tools.shape(name, (cursor) => page(of, cursor));
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      // The server itself says whether it can do without.
      of.log.warn({ server, why: wordsOf(error) }, "the list of tools could not be read");
    }
  }

  async function ask(frame: Frame): Promise<Answered> {
    const leg = await of.open();
    const headers = { ...of.headers, ...paramFields(shape.headers, argsOf(message.method, message.params)) };
    const ending = await leg.ask(frame, headers, (beat) => heard(of, beat), signal);
    if (ending.kind !== "answer")
      throw garbled(server, "a stream that is to be resumed, in an era without resumption");
    return ending;
  }

  return {
    get wraps() {
      return shape.wraps;
    },
    async once(frame) {
      await look();
      let ending = await ask(frame);
      if (codeOf(ending) === HEADER_MISMATCH && message.method === "tools/call") {
        of.tools.forget();
        await look();
        ending = await ask(frame.edit([{ kind: "set", path: ["id"], to: `portcullis:${randomUUID()}` }]));
      }
      const code = codeOf(ending);
      if (code === HEADER_MISMATCH) throw headersRefused(server);
      if (code === UNSUPPORTED_VERSION) {
        of.mistaken();
        throw otherRevision(server);
      }
      return ending;
    },
  };
}

function codeOf({ frame: { message } }: Answered): number | undefined {
  return message.kind === "error" ? message.code : undefined;
}

/** What comes on the way is the client's; a modern server asks nothing on it, and its event ids lead nowhere. */
function heard({ server, log, listener }: Sent, { frame, comment }: Beat): void | Promise<void> {
  if (frame !== undefined && frame.message.kind !== "notification")
    return log.warn({ server }, "a request on a stream of an era that has none, dropped");
  if (frame !== undefined) return listener({ frame });
  return comment === undefined ? undefined : listener({ comment });
}

async function page({ server, open, self, closing }: Sent, cursor: string | undefined): Promise<Frame> {
  const params = cursor === undefined ? {} : { cursor };
  const frame = frameOf({ kind: "request", id: `portcullis:${randomUUID()}`, method: "tools/list", params });
  const ending = await (await open()).ask(toModern(frame, self, undefined), {}, () => undefined, closing);
  if (ending.kind !== "answer") throw garbled(server, "a list on a stream that is to be resumed");
  return ending.frame;
}
