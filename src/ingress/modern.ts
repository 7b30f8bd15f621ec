import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import { as, type Conversation, converse, part } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import { notify, receive } from "../gateway/receive.ts";
import type { Frame } from "../wire/frame.ts";
import { forwardable } from "../wire/headers.ts";
import { exchangeOf } from "./exchange-name.ts";
import type { To } from "./legacy.ts";
import { plainReply } from "./reply.ts";

/** The modern side of an address: each request stands alone, and a client that leaves has cancelled. */
export interface ModernDoor {
  post(request: IncomingMessage, response: ServerResponse, to: To, frame: Frame): Promise<void>;
  /** Subscriptions open. */
  readonly listening: () => number;
  /** Parts from everybody of a tenant. */
  leave(tenant: string): void;
  close(): Promise<void>;
}

const LEAVING = new WeakMap<Socket, AbortSignal>();

/**
 * Fires when the client of a request leaves. To leave is to close the connection, so all requests of a connection share
 * one: making a signal costs more than judging a call.
 */
function leaving({ socket }: IncomingMessage): AbortSignal {
  const known = LEAVING.get(socket);
  if (known !== undefined) return known;
  const gone = new AbortController();
  if (socket.destroyed) gone.abort();
  else socket.once("close", () => gone.abort());
  LEAVING.set(socket, gone.signal);
  return gone.signal;
}

/** Principals whose legs are kept open; the one seen longest ago parts first. */
const KEPT = 1024;

/** Where servers are asked in a caller's name, what one token may do is not done with another's leg. */
function mayOf({ bearer, scopes, roles }: Principal): string {
  return bearer === undefined ? "" : `/${JSON.stringify([scopes, roles])}`;
}

export function modernDoor(gate: Gate): ModernDoor {
  const talks = new Map<string, Conversation>();
  let listening = 0;

  function talkOf({ address, principal }: To): Conversation {
    const key = `${principal.tenant}/${principal.id}/${address.name}${mayOf(principal)}`;
    const known = talks.get(key);
    if (known !== undefined) return known;
    const talk = converse({ key, principal, era: "modern", address });
    talks.set(key, talk);
    if (talks.size > KEPT) {
      const [oldest] = talks;
      if (oldest !== undefined) {
        talks.delete(oldest[0]);
        void part(oldest[1]);
      }
    }
    return talk;
  }

  return {
    async post(request, response, to, frame) {
      const talk = as(talkOf(to), to.principal);
      const { message } = frame;
      if (message.kind === "result" || message.kind === "error") {
        throw new Fault(
          "invalid-request",
          "A client of 2026-07-28 sends no responses: answers ride in `inputResponses`.",
        );
      }
      const headers = forwardable(request.headers, "modern");
      if (message.kind === "notification" && message.method === "notifications/cancelled") {
        // Here closing the stream cancels (2026-07-28, transports); ids of other clients may be the same.
        response.writeHead(202).end();
        return;
      }
      if (message.kind === "notification") {
        await notify(gate, talk, frame, headers);
        response.writeHead(202).end();
        return;
      }
      if (message.method === "subscriptions/listen") {
        listening += 1;
        response.on("close", () => (listening -= 1));
      }
      const fields = {};
      const reply = plainReply(response, fields);
      // The claim is this request's own; everything else of the conversation is the principal's.
      const conversation = to.client === undefined ? talk : { ...talk, client: to.client };
      const exchange = exchangeOf(request, fields);
      const left = leaving(request);
      reply.end(await receive(gate, conversation, frame, message, headers, reply.beat, left, exchange));
    },
    listening: () => listening,
    leave(tenant) {
      for (const [key, talk] of talks) {
        if (talk.principal.tenant !== tenant) continue;
        talks.delete(key);
        void part(talk);
      }
    },
    async close() {
      await Promise.all([...talks.values()].map(part));
      talks.clear();
    },
  };
}
