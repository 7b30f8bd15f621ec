import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../call/fault.ts";
import type { Address } from "../gateway/addresses/address.ts";
import { as, type Conversation, converse, type Exchange } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify } from "../gateway/receive.ts";
import { Streams, type Taker } from "../session/replay.ts";
import type { Beat } from "../upstream/leg.ts";
import type { Frame } from "../wire/frame.ts";
import { forwardable } from "../wire/headers.ts";
import { encodeEvent } from "../wire/sse.ts";
import { exchangeOf } from "./exchange-name.ts";
import { follow } from "./follow.ts";
import type { LegacyDoor, To } from "./legacy.ts";
import { openStream } from "./reply.ts";
import { receiveWhole } from "./whole.ts";

/**
 * HTTP+SSE (2024-11-05 transports): the client's stream is its session, on which everything is said to it; each message
 * of its own is a POST to the address that the stream names first. A stream that ends takes its calls with it.
 */
export interface SseDoor {
  /** Resolves when the stream has ended. `path` is where its client posts. Throws Fault `too-many`. */
  get(response: ServerResponse, to: Pick<To, "address" | "principal">, path: string): Promise<void>;
  /** Answers 202 at once, and resolves when everything is answered on the stream. */
  post(
    request: IncomingMessage,
    response: ServerResponse,
    to: To,
    session: string,
    frames: readonly Frame[],
  ): Promise<void>;
}

/** A client's stream. */
interface Stream {
  readonly taker: Taker;
  /** Requests whose answer the client has not taken. */
  untaken: number;
  /** What servers say outside requests is on it, once. */
  following: boolean;
}

/** So often a stream on which nothing is said shows that it is open. */
const KEEP_ALIVE_MS = 15_000;
const KEEP_ALIVE = encodeEvent({ comment: " keep-alive" });

/** Its sessions are counted with the others, and are of no use at another path. */
const placeOf = ({ name }: Address): string => `sse ${name}`;

export function sseDoor(gate: Gate, sessions: LegacyDoor["sessions"]): SseDoor {
  const streams = new WeakMap<Conversation, Stream>();
  return {
    async get(response, { address, principal }, path) {
      const session = sessions.open(principal, placeOf(address), (key) => ({
        conversation: converse({ key, principal, era: "legacy", address }),
        streams: new Streams(gate.limits.streams_per_session),
        listening: 1,
      }));
      const { conversation } = session.value;
      sessions.hold(session.id);
      const closed = new Promise((resolve) => void response.on("close", resolve));
      const taker = openStream(response, {});
      streams.set(conversation, { taker, untaken: 0, following: false });
      conversation.over.signal.addEventListener("abort", taker.end);
      void taker.take(
        encodeEvent({ event: "endpoint", data: Buffer.from(`${path}?sessionId=${session.id}`) }),
      );
      const beating = setInterval(() => {
        if (!response.writableNeedDrain) void taker.take(KEEP_ALIVE);
      }, KEEP_ALIVE_MS).unref();
      await closed;
      clearInterval(beating);
      sessions.close(session.id);
    },
    async post(request, response, to, id, frames) {
      const { conversation: begun } = sessions.find(id, to.principal, placeOf(to.address)).value;
      const stream = streams.get(begun);
      if (stream === undefined) throw new Fault("internal", "a session without its stream");
      if (to.client !== undefined) begun.client = to.client;
      const conversation = as(begun, to.principal);
      const headers = forwardable(request.headers, "legacy");
      for (const frame of frames) {
        if (frame.message.kind === "request") continue;
        await notify(gate, conversation, frame, headers);
        if (!isInitialized(frame) || stream.following) continue;
        stream.following = true;
        void follow(gate, conversation, (said) => say(stream, said.frame));
      }
      const requests = frames.filter(({ message }) => message.kind === "request");
      if (stream.untaken + requests.length > gate.limits.calls_per_session) {
        throw new Fault("too-many", `${stream.untaken} answers wait to be taken. Read the stream.`);
      }
      // Its answers come on a stream: the client hears the name only where it gave it.
      const exchange = exchangeOf(request);
      const answered = requests.map((frame) => answer(gate, conversation, stream, frame, headers, exchange));
      response.writeHead(202).end();
      await Promise.all(answered);
    },
  };
}

function isInitialized({ message }: Frame): boolean {
  return message.kind === "notification" && message.method === "notifications/initialized";
}

function say({ taker }: Stream, frame: Frame | undefined): void | Promise<void> {
  return frame === undefined ? undefined : taker.take(encodeEvent({ event: "message", data: frame.bytes }));
}

/** Serves one request; its answer is given when the client has taken it. */
async function answer(
  gate: Gate,
  conversation: Conversation,
  stream: Stream,
  frame: Frame,
  headers: IncomingMessage["headers"],
  exchange: Exchange,
): Promise<void> {
  const { message } = frame;
  if (message.kind !== "request") return;
  const beat = (said: Beat): void | Promise<void> => say(stream, said.frame);
  stream.untaken += 1;
  try {
    await say(stream, await receiveWhole(gate, conversation, frame, headers, beat, exchange));
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
    if (fault.code === "internal") gate.log.error({ err: fault.cause ?? fault }, "an exchange failed");
    if (fault.code !== "cancelled") await say(stream, faultFrame(fault, message.id));
  } finally {
    stream.untaken -= 1;
  }
}
