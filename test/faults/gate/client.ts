// A client that is as careless, slow or wrong as a test needs it to be: nothing but fetch.
import type { Json, JsonObject } from "../../../src/call/json.ts";

export interface Rpc {
  readonly id?: string | number | null;
  readonly method?: string;
  readonly params?: JsonObject;
  readonly result?: {
    readonly content?: readonly { readonly text: string }[];
    readonly isError?: boolean;
    readonly tools?: readonly { readonly name: string }[];
    readonly _meta?: {
      readonly "dev.portcullis/decision"?: { readonly retryable: boolean; readonly rule: string };
    };
  };
  readonly error?: { readonly code: number; readonly message: string; readonly data?: Json };
}

/** One HTTP exchange, read to its end. */
export interface Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly messages: readonly Rpc[];
}

export interface Client {
  /** Resolves with the head of the response. */
  readonly post: (message: object, signal?: AbortSignal) => Promise<Response>;
  readonly say: (message: object) => Promise<Exchange>;
  /** The answer to a tool call, and everything that came before it. */
  readonly call: (name: string, args?: object) => Promise<Rpc>;
  /** `tools/call` as the message that it is. */
  readonly calling: (name: string, args?: object) => { readonly id: number } & object;
}

export interface Session extends Client {
  readonly id: string;
  readonly get: (headers?: Readonly<Record<string, string>>, signal?: AbortSignal) => Promise<Response>;
  readonly end: () => Promise<number>;
}

const POST = {
  "content-type": "application/json",
  accept: "application/json, text/event-stream",
};
const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
export const INITIALIZE = {
  jsonrpc: "2.0",
  id: "init",
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "careless", version: "1" } },
};

let made = 0;
const fresh = (): number => (made += 1);

function parse(text: string, type: string | null): readonly Rpc[] {
  if (text === "") return [];
  if (type?.startsWith("text/event-stream") !== true) return [JSON.parse(text) as Rpc];
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith("data: {") ? [JSON.parse(line.slice("data: ".length)) as Rpc] : []));
}

export async function read(response: Response): Promise<Exchange> {
  const messages = parse(await response.text(), response.headers.get("content-type"));
  return { status: response.status, headers: response.headers, messages };
}

/** Reads a stream until it holds the words, and gives what came so far. The stream stays open. */
export async function readUntil(response: Response, words: string): Promise<string> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (!text.includes(words)) {
    const piece = await reader?.read();
    if (piece?.value === undefined) throw new Error(`the stream ended without ${words}: ${text}`);
    text += decoder.decode(piece.value, { stream: true });
  }
  reader?.releaseLock();
  return text;
}

function answerTo(id: number, { status, messages }: Exchange): Rpc {
  const answer = messages.find((message) => message.id === id && message.method === undefined);
  if (answer === undefined) throw new Error(`no answer: HTTP ${status} ${JSON.stringify(messages)}`);
  return answer;
}

/** The words of a tool result, or of an error. */
export function words({ result, error }: Rpc): string {
  return result?.content?.map(({ text }) => text).join() ?? error?.message ?? "";
}

/** A client of 2026-07-28. */
export function modern(url: string): Client {
  const post: Client["post"] = (message, signal) => {
    const { method = "", params } = message as Rpc;
    const name = params?.["name"];
    const headers = {
      ...POST,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    };
    const body = JSON.stringify({ ...message, params: { ...params, _meta: ENVELOPE } });
    return fetch(url, { method: "POST", headers, body, ...(signal !== undefined && { signal }) });
  };
  return clientOf(post);
}

/** A session of 2025-11-25. */
export async function session(url: string): Promise<Session> {
  const headers: Record<string, string> = { ...POST };
  const post: Client["post"] = (message, signal) =>
    fetch(url, {
      method: "POST",
      headers,
      body: JSON.stringify(message),
      ...(signal !== undefined && { signal }),
    });
  const begun = await post(INITIALIZE);
  const id = begun.headers.get("mcp-session-id");
  const { messages } = await read(begun);
  if (id === null) throw new Error(`no session: HTTP ${begun.status} ${JSON.stringify(messages)}`);
  headers["mcp-session-id"] = id;
  headers["mcp-protocol-version"] = "2025-11-25";
  await read(await post({ jsonrpc: "2.0", method: "notifications/initialized" }));
  return {
    ...clientOf(post),
    id,
    get: (more = {}, signal) =>
      fetch(url, {
        headers: { accept: "text/event-stream", "mcp-session-id": id, ...more },
        ...(signal !== undefined && { signal }),
      }),
    end: async () => (await fetch(url, { method: "DELETE", headers })).status,
  };
}

function clientOf(post: Client["post"]): Client {
  const calling: Client["calling"] = (name, args = {}) => {
    const id = fresh();
    return { jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } };
  };
  return {
    post,
    calling,
    say: async (message) => read(await post(message)),
    async call(name, args) {
      const message = calling(name, args);
      return answerTo(message.id, await read(await post(message)));
    },
  };
}

/** Each era's client at an address. */
export const ERAS: readonly (readonly ["legacy" | "modern", (url: string) => Promise<Client>])[] = [
  ["legacy", session],
  ["modern", (url) => Promise.resolve(modern(url))],
];
