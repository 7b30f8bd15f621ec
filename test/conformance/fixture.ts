// The server that the official suite is run against, directly and through the gate. Prints `ready http://…/mcp`.
// `--era legacy` and `--era modern` make it one that knows no other, and refuses as the servers of that era do.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import {
  NodeStreamableHTTPServerTransport,
  localhostHostValidation,
  localhostOriginValidation,
  toNodeHandler,
} from "@modelcontextprotocol/node";
import {
  classifyInboundRequest,
  createMcpHandler,
  isInitializeRequest,
  type EventStore,
} from "@modelcontextprotocol/server";
import { type Announce, fixtureServer } from "./fixture/server.ts";

const era = process.argv[process.argv.indexOf("--era") + 1];
const only = era === "legacy" || era === "modern" ? era : undefined;

/** What one session said, so that a client that lost its stream can have the rest. An event's id is its index. */
function memory(): EventStore {
  const said: { readonly stream: string; readonly message: Parameters<EventStore["storeEvent"]>[1] }[] = [];
  return {
    storeEvent: (stream, message) => Promise.resolve(String(said.push({ stream, message }) - 1)),
    replayEventsAfter: async (last, { send }) => {
      const from = Number(last);
      const stream = said[from]?.stream ?? "";
      for (const [id, event] of said.entries()) {
        if (id > from && event.stream === stream && "jsonrpc" in event.message)
          await send(String(id), event.message);
      }
      return stream;
    },
  };
}

const modern = createMcpHandler(() => fixtureServer(announce), {
  ...(only === "modern" && { legacy: "reject" }),
  onerror: (error) => console.error(error),
});
const answerModern = toNodeHandler(modern);
const sessions = new Map<string, NodeStreamableHTTPServerTransport>();
/** A change is news for all who listen, in both eras. */
const announcing = new Set<Announce>();
const announce: Announce = {
  toolsChanged: () => announcing.forEach(({ toolsChanged }) => toolsChanged()),
  promptsChanged: () => announcing.forEach(({ promptsChanged }) => promptsChanged()),
};
announcing.add(modern.notify);

async function session(): Promise<NodeStreamableHTTPServerTransport> {
  const transport = new NodeStreamableHTTPServerTransport({
    sessionIdGenerator: randomUUID,
    eventStore: memory(),
    retryInterval: 500,
    onsessioninitialized: (id) => {
      sessions.set(id, transport);
      announcing.add(own);
    },
    onsessionclosed: (id) => {
      sessions.delete(id);
      announcing.delete(own);
    },
  });
  const server = fixtureServer(announce);
  const own: Announce = {
    toolsChanged: () => server.sendToolListChanged(),
    promptsChanged: () => server.sendPromptListChanged(),
  };
  await server.connect(transport);
  return transport;
}

function refuse(res: ServerResponse, status: number, code: number, message: string): void {
  res.writeHead(status, { "content-type": "application/json" });
  res.end(JSON.stringify({ jsonrpc: "2.0", id: null, error: { code, message } }));
}

function header(req: IncomingMessage, name: string): string | undefined {
  const value = req.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
  const body = req.method === "POST" ? await json(req) : undefined;
  if (only === "legacy" || !(only === "modern" || isModern(req, body))) return serveLegacy(req, res, body);
  return answerModern(req as Parameters<typeof answerModern>[0], res, body);
}

function isModern(req: IncomingMessage, body: unknown): boolean {
  const version = header(req, "mcp-protocol-version");
  const method = header(req, "mcp-method");
  const { kind } = classifyInboundRequest({
    httpMethod: req.method ?? "GET",
    ...(version === undefined ? {} : { protocolVersionHeader: version }),
    ...(method === undefined ? {} : { mcpMethodHeader: method }),
    body,
  });
  return kind !== "legacy";
}

async function serveLegacy(req: IncomingMessage, res: ServerResponse, body: unknown): Promise<void> {
  const id = header(req, "mcp-session-id");
  if (id === undefined && !isInitializeRequest(body))
    return refuse(res, 400, -32000, "Bad Request: Session ID required");
  const transport = id === undefined ? await session() : sessions.get(id);
  if (transport === undefined) return refuse(res, 404, -32001, "Session not found");
  return transport.handleRequest(req, res, body);
}

const validHost = localhostHostValidation();
const validOrigin = localhostOriginValidation();
const http = createServer((req, res) => {
  if (!validHost(req, res) || !validOrigin(req, res)) return;
  serve(req, res).catch((error: unknown) => {
    console.error(error);
    if (!res.headersSent) refuse(res, 400, -32700, "Parse error");
  });
});
// Longer than a run: a connection that is closed as it is reused says nothing about the protocol.
http.keepAliveTimeout = 120_000;
http.listen(0, "127.0.0.1", () => {
  const address = http.address();
  if (address !== null && typeof address === "object")
    console.log(`ready http://127.0.0.1:${address.port}/mcp`);
});
