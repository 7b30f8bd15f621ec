/** What the generator talks to: an address, the era it speaks there and the tools it calls in turn. */
export interface Peer {
  readonly url: string;
  readonly era: "legacy" | "modern";
  readonly tools: readonly string[];
  /** The field of that name, where the peer wants to know who calls. */
  readonly authorization?: string;
}

/** What every answer must contain, so that a fast refusal does not count as a fast call. */
export const ECHO =
  "a sentence of the size that people put into the arguments of a tool call, and then a little more of it";
const ARGUMENTS = {
  text: ECHO,
  path: "/srv/data/reports/2026/november.md",
  limit: 20,
  tags: ["bench", "echo"],
};

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
  "io.modelcontextprotocol/clientInfo": { name: "bench", version: "1" },
};

/** Ids of one width, so that a request's length does not depend on its number. */
export const FIRST_ID = 1_000_000;

export const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "bench", version: "1" } },
};

export interface Template {
  readonly before: string;
  readonly after: string;
}

/** A `tools/call` of one line with a hole where the id goes. */
export function line(tool: string, era: Peer["era"]): Template {
  const params = { name: tool, arguments: ARGUMENTS, ...(era === "modern" ? { _meta: META } : {}) };
  return {
    before: '{"jsonrpc":"2.0","id":',
    after: `,"method":"tools/call","params":${JSON.stringify(params)}}`,
  };
}

/** The whole HTTP request for one tool, with a hole where the id goes. */
export function request(
  { url, era, authorization }: Peer,
  tool: string,
  session: string | undefined,
): Template {
  const { before, after } = line(tool, era);
  const fields = {
    ...(era === "modern"
      ? { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": tool }
      : { "mcp-protocol-version": "2025-11-25" }),
    ...(session === undefined ? {} : { "mcp-session-id": session }),
    ...(authorization === undefined ? {} : { authorization }),
    "content-length": String(before.length + String(FIRST_ID).length + Buffer.byteLength(after)),
  };
  return { before: head(url, "POST", fields) + before, after };
}

/** Request line and fields of HTTP/1.1 with keep-alive. */
export function head(url: string, method: string, fields: Readonly<Record<string, string>>): string {
  const { host, pathname } = new URL(url);
  const all = {
    host,
    accept: method === "GET" ? "text/event-stream" : "application/json, text/event-stream",
    ...(method === "POST" ? { "content-type": "application/json" } : {}),
    ...fields,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${pathname} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
