import type { Edit } from "../../call/verdict.ts";
import type { Ending, Listener, WireHeaders } from "../../upstream/leg.ts";
import type { Frame, Message } from "../../wire/frame.ts";
import type { Conversation, Flight } from "../conversation.ts";

export type RequestMessage = Extract<Message, { kind: "request" }>;

/** Where a request leads: the server, and what must change in the frame so that the server knows the name. */
export type Route =
  | {
      readonly kind: "server";
      readonly server: string;
      readonly edits: readonly Edit[];
      /** A name beside this one that no server offers would be answered without asking any. */
      readonly listed?: boolean;
    }
  /** Every server of the address: a subscription. */
  | { readonly kind: "every"; readonly servers: readonly string[] }
  /** No server offers it, as far as this principal may know. */
  | { readonly kind: "unknown" };

/** One request of a client, on its way through an address. */
export interface Asking {
  readonly conversation: Conversation;
  readonly frame: Frame;
  readonly message: RequestMessage;
  readonly headers: WireHeaders;
  readonly listener: Listener;
  readonly signal: AbortSignal;
  readonly flight: Flight;
}

/** What stands behind one URL or pipe: one server, or several as one. */
export interface Address {
  /** `` for all servers, else the server's name. */
  readonly name: string;
  /** `initialize`, `server/discover`, `ping`, `logging/setLevel`: what belongs to the conversation itself. */
  converse(asking: Asking): Promise<Ending>;
  /** Every `…/list`, filtered by what the principal may call. */
  list(asking: Asking): Promise<Ending>;
  route(asking: Asking): Promise<Route>;
  /** A notification, or a response to a server's request. */
  tell(conversation: Conversation, frame: Frame, headers: WireHeaders): Promise<void>;
  /** The legacy stream of what belongs to no request. */
  listen(
    conversation: Conversation,
    headers: WireHeaders,
    listener: Listener,
    signal: AbortSignal,
  ): Promise<"ended" | "unsupported">;
  /** A server's request as the client is to see it: under an id that no other server's request has. */
  ask(conversation: Conversation, server: string, frame: Frame): Frame;
}
