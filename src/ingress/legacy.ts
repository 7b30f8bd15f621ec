import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientClaim } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/addresses/address.ts";
import { as, type Conversation, converse, type Exchange, part } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame, notify, receive } from "../gateway/receive.ts";
import { Streams } from "../session/replay.ts";
import { type Session, Sessions } from "../session/sessions.ts";
import { type Frame } from "../wire/frame.ts";
import { forwardable } from "../wire/headers.ts";
import { exchangeOf } from "./exchange-name.ts";
import { openStream, type Reply, resumableReply } from "./reply.ts";

interface Talk {
  readonly conversation: Conversation;
  readonly streams: Streams;
  listening: number;
}

/** The legacy side of an address: sessions, the stream that belongs to no request, resumption, DELETE. */
export interface LegacyDoor {
  readonly sessions: Sessions<Talk>;
  /** Streams open that belong to no request. */
  readonly listening: () => number;
  post(request: IncomingMessage, response: ServerResponse, to: To, frames: readonly Frame[]): Promise<void>;
  get(
    request: IncomingMessage,
    response: ServerResponse,
    to: Pick<To, "address" | "principal">,
  ): Promise<void>;
  remove(request: IncomingMessage, response: ServerResponse, to: Pick<To, "address" | "principal">): void;
}

export interface To {
  readonly address: Address;
  readonly principal: Principal;
  readonly client: ClientClaim | undefined;
}

const SESSION = "mcp-session-id";

export function legacyDoor(gate: Gate): LegacyDoor {
  const sessions = new Sessions<Talk>(gate.limits, gate.ticks, ({ conversation }) => void part(conversation));

  function find(
    request: IncomingMessage,
    { address, principal }: Pick<To, "address" | "principal">,
  ): Session<Talk> {
    const id = request.headers[SESSION];
    return sessions.find(typeof id === "string" ? id : undefined, principal, address.name);
  }

  return {
    sessions,
    listening: () => sessions.all().reduce((sum, { listening }) => sum + listening, 0),
    async post(request, response, to, frames) {
      const [first] = frames;
      if (frames.length === 1 && first?.message.kind === "request" && first.message.method === "initialize")
        return initialize(gate, sessions, request, response, to, first);
      if (frames.some(({ message }) => message.kind === "request" && message.method === "initialize")) {
        throw new Fault(
          "invalid-request",
          "`initialize` comes alone: nothing else may be asked before its answer.",
        );
      }
      const session = find(request, to);
      const { streams } = session.value;
      const conversation = as(session.value.conversation, to.principal);
      const release = sessions.hold(session.id);
      try {
        const requests = frames.filter(({ message }) => message.kind === "request");
        for (const frame of frames) {
          if (frame.message.kind !== "request")
            await notify(gate, conversation, frame, forwardable(request.headers, "legacy"));
        }
        if (requests.length === 0) return void response.writeHead(202).end();
        const fields = {};
        const reply = resumableReply(response, fields, streams);
        const exchange = exchangeOf(request, fields);
        const [only] = requests;
        if (requests.length === 1 && only !== undefined)
          return void (await ask(gate, conversation, only, request, reply, exchange));
        return await askAll(gate, conversation, requests, request, reply, exchange);
      } finally {
        release();
      }
    },
    async get(request, response, to) {
      const session = find(request, to);
      await listen(gate, session.value, to, request, response, sessions.hold(session.id));
    },
    remove(request, response, to) {
      sessions.close(find(request, to).id);
      response.writeHead(200).end();
    },
  };
}

/** A new session, kept only where a server agreed to begin one. */
async function initialize(
  gate: Gate,
  sessions: Sessions<Talk>,
  request: IncomingMessage,
  response: ServerResponse,
  to: To,
  frame: Frame,
): Promise<void> {
  const session = sessions.open(to.principal, to.address.name, (key) => ({
    conversation: {
      ...converse({ key, principal: to.principal, era: "legacy", address: to.address }),
      client: to.client,
    },
    streams: new Streams(gate.limits.streams_per_session),
    listening: 0,
  }));
  const release = sessions.hold(session.id);
  const { conversation, streams } = session.value;
  let began = false;
  try {
    began = await ask(
      gate,
      conversation,
      frame,
      request,
      resumableReply(response, { [SESSION]: session.id }, streams),
      exchangeOf(request),
    );
  } finally {
    release();
    if (!began) sessions.close(session.id);
  }
}

/** Serves one request. A legacy client that leaves does not cancel: it may come back for the rest. */
async function ask(
  gate: Gate,
  conversation: Conversation,
  frame: Frame,
  request: IncomingMessage,
  reply: Reply,
  exchange: Exchange,
): Promise<boolean> {
  if (frame.message.kind !== "request") throw new Fault("internal", "only requests are asked");
  const ending = await receive(
    gate,
    conversation,
    frame,
    frame.message,
    forwardable(request.headers, "legacy"),
    reply.beat,
    conversation.over.signal,
    exchange,
  );
  reply.end(ending);
  return ending.kind === "detached" || ending.frame.message.kind === "result";
}

/** A batch (2025-03-26): each request on its own path, all answers on one stream. */
async function askAll(
  gate: Gate,
  conversation: Conversation,
  requests: readonly Frame[],
  request: IncomingMessage,
  reply: Reply,
  exchange: Exchange,
): Promise<void> {
  const headers = forwardable(request.headers, "legacy");
  let last: Promise<void> = Promise.resolve();
  await Promise.all(
    requests.map(async (frame) => {
      const { message } = frame;
      if (message.kind !== "request") return;
      const answered = await receive(
        gate,
        conversation,
        frame,
        message,
        headers,
        reply.beat,
        conversation.over.signal,
        exchange,
      ).then(
        (ending) => (ending.kind === "answer" ? ending.frame : undefined),
        (error: unknown) =>
          faultFrame(
            error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error }),
            message.id,
          ),
      );
      if (answered === undefined) return;
      last = last.then(() => reply.beat({ frame: answered }));
      await last;
    }),
  );
  reply.end({ kind: "detached" });
}

async function listen(
  gate: Gate,
  talk: Talk,
  { address, principal }: Pick<To, "address" | "principal">,
  request: IncomingMessage,
  response: ServerResponse,
  release: () => void,
): Promise<void> {
  const { streams } = talk;
  const conversation = as(talk.conversation, principal);
  const last = request.headers["last-event-id"];
  const kept = typeof last === "string" ? streams.holding(last) : undefined;
  if (talk.listening >= gate.limits.streams_per_session) {
    release();
    throw new Fault(
      "too-many",
      `${gate.limits.streams_per_session} streams of this session are open, which is the bound.`,
    );
  }
  talk.listening += 1;
  const gone = new AbortController();
  response.on("close", () => {
    gone.abort();
    talk.listening -= 1;
    release();
  });
  if (kept !== undefined && typeof last === "string") {
    const taker = openStream(response, {});
    response.on("close", () => kept.leave(taker));
    kept.resume(last, taker);
    return;
  }
  const reply = resumableReply(response, {}, streams);
  const signal = AbortSignal.any([gone.signal, conversation.over.signal]);
  const heard = await address.listen(
    conversation,
    forwardable(request.headers, "legacy"),
    reply.beat,
    signal,
  );
  if (heard === "unsupported" && !response.headersSent)
    response.writeHead(405, { allow: "POST, DELETE" }).end();
  else reply.end({ kind: "detached" });
}
