// The conformance fixture on the transports that its own program does not have: `stdio`, `sse` or `websocket`.
import { createServer } from "node:http";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { type WebSocket, WebSocketServer } from "ws";
import { fixtureServer } from "../conformance/fixture/server.ts";

const SILENT = { toolsChanged: () => undefined, promptsChanged: () => undefined };

function ready(http: ReturnType<typeof createServer>): void {
  http.listen(0, "127.0.0.1", () => {
    const address = http.address();
    if (address !== null && typeof address === "object")
      console.log(`ready http://127.0.0.1:${address.port}`);
  });
}

/** HTTP+SSE as the servers of 2024 had it. */
function overEvents(): void {
  const open = new Map<string, SSEServerTransport>();
  ready(
    createServer((req, res) => {
      const url = new URL(req.url ?? "/", "http://127.0.0.1");
      if (req.method === "GET" && url.pathname === "/sse") {
        const transport = new SSEServerTransport("/messages", res);
        open.set(transport.sessionId, transport);
        res.once("close", () => open.delete(transport.sessionId));
        void fixtureServer(SILENT).connect(transport);
        return;
      }
      const transport = open.get(url.searchParams.get("sessionId") ?? "");
      if (req.method === "POST" && transport !== undefined) void transport.handlePostMessage(req, res);
      else res.writeHead(404).end();
    }),
  );
}

function socketTransport(socket: WebSocket): Transport {
  const transport: Transport = {
    start: () => Promise.resolve(),
    send: (message) => Promise.resolve(socket.send(JSON.stringify(message))),
    close: () => Promise.resolve(socket.close()),
  };
  socket.on("message", (said: Buffer) =>
    transport.onmessage?.(JSON.parse(said.toString()) as JSONRPCMessage),
  );
  socket.once("close", () => transport.onclose?.());
  return transport;
}

function overSockets(): void {
  const http = createServer((_req, res) => void res.writeHead(426).end());
  const sockets = new WebSocketServer({ server: http, handleProtocols: () => "mcp" });
  sockets.on("connection", (socket) => void fixtureServer(SILENT).connect(socketTransport(socket)));
  ready(http);
}

const transport = process.argv[2];
if (transport === "stdio") serveStdio(() => fixtureServer(SILENT));
else if (transport === "sse") overEvents();
else if (transport === "websocket") overSockets();
else throw new Error(`no transport is called ${String(transport)}`);
