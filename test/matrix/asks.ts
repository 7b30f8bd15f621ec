/** What a client does with a server; the columns of the question, not of the table. */
export const OPERATIONS = ["list", "call", "resource", "prompt", "progress", "cancel", "elicit"] as const;
export type Operation = (typeof OPERATIONS)[number];

export interface ToolAsk {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What one server is asked. What it does not have is left out, and is no operation of its row. */
export interface Asks {
  readonly call: ToolAsk;
  /** The address of one resource. */
  readonly resource?: string;
  readonly prompt?: { readonly name: string; readonly arguments: Readonly<Record<string, string>> };
  /** A call that reports progress. */
  readonly progress?: ToolAsk;
  /** A call that is taken back at its first progress, and what is called next: it may say whether the server knows of it. */
  readonly cancel?: { readonly call: ToolAsk; readonly after: ToolAsk };
  /** A call that asks the client's user. */
  readonly elicit?: ToolAsk;
}

/** How a client gets to a server, or to the gate. */
export type Reach =
  | {
      readonly kind: "stdio";
      readonly command: string;
      readonly args: readonly string[];
      readonly env: Readonly<Record<string, string>>;
      readonly cwd: string;
    }
  | { readonly kind: "http" | "sse" | "websocket"; readonly url: string };

/** What a client saw, by operation: plain JSON, errors included. */
export type Seen = Partial<Record<Operation, unknown>>;

/** A client of the matrix, as users have it. */
export interface MatrixClient {
  readonly name: string;
  readonly speaks: readonly Reach["kind"][];
  /** Goes through every door to every server; the others go through the HTTP door, and through every door to a thorough row. */
  readonly everywhere?: boolean;
  /** Dear to start: it leaves out what is `spared`. */
  readonly dear?: boolean;
  /** What of the operations it can do at all. */
  readonly can: readonly Operation[];
  /** Connects, does all that is asked, and leaves. Rejects where it cannot connect. */
  readonly run: (reach: Reach, asks: Asks) => Promise<Seen>;
}

/** The operations that these asks have. */
export const asked = (asks: Asks): readonly Operation[] =>
  OPERATIONS.filter((operation) => operation === "list" || asks[operation] !== undefined);
