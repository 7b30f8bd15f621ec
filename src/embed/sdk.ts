import type { RequestId } from "../wire/frame.ts";

/** What a transport says of a message beside the message: who sent it, as far as the transport has verified it. */
export interface Extra {
  readonly authInfo?: Verified | undefined;
  /** The HTTP request it came with; absent on pipes. */
  readonly request?: unknown;
}

/** Who a credential belongs to, as the SDK's `AuthInfo` has it. */
export interface Verified {
  readonly clientId: string;
  readonly scopes: readonly string[];
  readonly extra?: Readonly<Record<string, unknown>>;
}

export interface SendOptions {
  readonly relatedRequestId?: RequestId | undefined;
}

type Hear = (message: never, extra?: never) => void;

/** The part of the SDK's `Transport` that a gate stands in. */
export interface Wire {
  send(message: never, options?: never): Promise<void>;
  onmessage?: Hear | undefined;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
}

/** The SDK's `Server`, as far as it is governed: everything that it hears comes by `connect`. */
export interface Connectable {
  connect(transport: never): Promise<void>;
}

/** The SDK's `McpServer` (which has a `Server` inside) or that `Server`. */
export type Governable = Connectable | { readonly server: Connectable };
