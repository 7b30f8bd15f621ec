import type { IncomingHttpHeaders } from "node:http";
import type { Era } from "../call/call.ts";
import type { Transport } from "../config/config.ts";
import type { Frame } from "../wire/frame.ts";
import type { Whom } from "./credential/credential.ts";

/**
 * Something a server said on a stream before the end: a frame, or an event without one (a priming id, a comment).
 * An empty one says that the stream of `listen` is open.
 */
export interface Beat {
  readonly frame?: Frame;
  /** SSE fields as they came, where the server streams over HTTP. */
  readonly id?: string;
  readonly retry_ms?: number;
  /** A keep-alive comment, without the colon. */
  readonly comment?: string;
}

/** Takes what a server says on the way; a promise holds the server back until the client has taken it. */
export type Listener = (beat: Beat) => void | Promise<void>;

/** How a request ended. */
export type Ending =
  /** The answer to this request. `streamed`: it came as the last event of a stream; `status`: of the HTTP response. */
  | {
      readonly kind: "answer";
      readonly frame: Frame;
      readonly status: number;
      readonly streamed: boolean;
      readonly id?: string;
      /** HTTP fields of the gate's own on this answer, by lower-case names. */
      readonly fields?: Readonly<Record<string, string>>;
    }
  /** The server ended its stream before the answer and will go on where it is asked to resume (`Last-Event-ID`). */
  | { readonly kind: "detached" };

/** The HTTP headers of a client that its server should see: `Mcp-*`, `Last-Event-ID`, trace context. Lower-case names. */
export type WireHeaders = Readonly<IncomingHttpHeaders>;

/**
 * One conversation with one server on behalf of one client. Never shared between principals; a legacy leg is one
 * upstream session. Every failure is a Fault whose code begins `upstream-`, or `cancelled` where `signal` fired.
 */
export interface Leg {
  readonly server: string;
  readonly era: Era;
  /** False once the conversation is over (the child ended, the session expired): a new leg must be opened. */
  readonly alive: boolean;
  /** Each request has a stream of its own, so that what comes on it is about that request. */
  readonly separate?: true;
  /** Sends one request and hears what comes before its end. `signal` aborts it (modern: the server is told). */
  ask(frame: Frame, headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending>;
  /** Nobody will go on with the call that a request's `requestState` leads to: where it waits here, its server is told so. Absent: nothing waits here. */
  forsake?(frame: Frame): void;
  /** Sends a notification, or a client's response to a server's request. Resolves when the server has taken it. */
  tell(frame: Frame, headers: WireHeaders): Promise<void>;
  /**
   * What the server says outside any request (the legacy GET stream; stray lines of a child). Resolves when the
   * stream ended; `unsupported` where the server has none (HTTP 405). `headers` may carry `last-event-id`.
   */
  listen(headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<"ended" | "unsupported">;
  /** Ends the conversation: DELETE for a session, end of input then signals for a child. Never rejects. */
  close(): Promise<void>;
}

/** A governed server, and the way to open conversations with it. */
export interface Upstream {
  readonly name: string;
  /**
   * `key` names the client's conversation (its session or its principal); `era` is what the client speaks; `whom` is
   * for whom the server is shown the gate's credential, nobody in particular where it is absent. Rejects with Fault `upstream-…` where the server cannot be reached or its pool is full.
   */
  connect(key: string, era: Era, whom?: Whom): Promise<Leg>;
  /** Which eras the server speaks, probed once and kept with its date. Rejects where the probe gave no evidence. */
  era(): Promise<Era>;
  /** For listings and health: never blocks, never rejects. */
  status(): UpstreamStatus;
  /** Ends every leg. */
  close(): Promise<void>;
}

export interface UpstreamStatus {
  readonly name: string;
  /** As configured, or what a server of Streamable HTTP turned out to have instead. */
  readonly transport: Transport;
  /** Since when that is another than the configured one. */
  readonly transport_since?: Date | undefined;
  readonly state: "idle" | "up" | "resting" | "down";
  readonly era: { readonly era: Era; readonly since: Date } | undefined;
  readonly legs: number;
  readonly last_error: string | undefined;
}
