import { OPERATIONS, type Asks, type Operation, type Seen, type ToolAsk } from "./asks.ts";

interface Progress {
  readonly progress: number;
  readonly total?: number | undefined;
  readonly message?: string | undefined;
}

/** An open connection of one of the SDKs. Each answer is what that SDK hands to its user. */
export interface Session {
  /** Every list the server has. */
  readonly lists: () => Promise<unknown>;
  readonly call: (
    ask: ToolAsk,
    hear?: (progress: Progress) => void,
    signal?: AbortSignal,
  ) => Promise<unknown>;
  readonly read: (uri: string) => Promise<unknown>;
  readonly prompt: (ask: NonNullable<Asks["prompt"]>) => Promise<unknown>;
  /** What the client's user was asked since the last time. */
  readonly questions: () => readonly unknown[];
  readonly close: () => Promise<void>;
}

/** What the client's user answers to any form: a word where words are wanted, yes where a yes is. */
export function filled(form: unknown): Record<string, string | boolean> {
  const { properties = {}, required = [] } = form as {
    properties?: Record<string, { type?: string }>;
    required?: readonly string[];
  };
  return Object.fromEntries(
    required.map((field) => [field, properties[field]?.type === "boolean" ? true : "Ada"]),
  );
}

function said(error: unknown): unknown {
  const { code, message } = error as { code?: unknown; message?: unknown };
  return { failed: { code, message: String(message).replace(/^MCP error -?\d+: /, "") } };
}

type Doing = (session: Session, asks: Asks) => Promise<unknown>;

const DOING: Readonly<Record<Operation, Doing>> = {
  list: (session) => session.lists(),
  call: (session, { call }) => session.call(call),
  resource: (session, { resource = "" }) => session.read(resource),
  prompt: async (session, { prompt }) => prompt && session.prompt(prompt),
  async progress(session, { progress }) {
    const heard: Progress[] = [];
    if (progress === undefined) return undefined;
    const answer = await session.call(progress, (one) => void heard.push(one));
    // A report that comes together with the answer is dropped by the SDKs themselves, so the later ones prove nothing.
    const inOrder = heard.every(({ progress }, at) => progress >= (heard[at - 1]?.progress ?? 0));
    return { first: heard[0], inOrder, isError: (answer as { isError?: boolean }).isError === true };
  },
  async cancel(session, { cancel }) {
    if (cancel === undefined) return undefined;
    const taken = new AbortController();
    const ended = await session
      .call(cancel.call, () => taken.abort(), taken.signal)
      .then(
        () => "answered",
        () => "taken back",
      );
    return { ended, after: await session.call(cancel.after) };
  },
  async elicit(session, { elicit }) {
    if (elicit === undefined) return undefined;
    session.questions();
    const answer = await session.call(elicit);
    return { asked: session.questions(), answer };
  },
};

/**
 * Does all that is asked, one after the other, and leaves. The list comes last: servers add tools while a connection is
 * young.
 */
export async function doAll(session: Session, asks: Asks): Promise<Seen> {
  const seen: Seen = {};
  try {
    for (const operation of [...OPERATIONS.slice(1), OPERATIONS[0]]) {
      if (operation !== "list" && asks[operation] === undefined) continue;
      seen[operation] = await DOING[operation](session, asks).catch(said);
    }
    return seen;
  } finally {
    await session.close();
  }
}
