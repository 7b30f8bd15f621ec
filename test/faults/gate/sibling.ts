// An HTTP server of both eras with one tool, which goes down and comes back on the same port.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";

export interface Sibling {
  readonly url: string;
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
}

interface Asked {
  readonly id?: string | number;
  readonly method?: string;
}

function resultOf(method: string | undefined): object | undefined {
  switch (method ?? "") {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "sibling", version: "1" },
      };
    case "tools/list":
      return {
        resultType: "complete",
        tools: [{ name: "tell", inputSchema: { type: "object" } }],
        ttlMs: 0,
        cacheScope: "private",
      };
    case "tools/call":
      return { resultType: "complete", content: [{ type: "text", text: "told" }] };
    default:
      return undefined;
  }
}

async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.method !== "POST") return void response.writeHead(405).end();
  const { id, method } = (await json(request)) as Asked;
  if (id === undefined) return void response.writeHead(202).end();
  const result = resultOf(method);
  const body = result === undefined ? { error: { code: -32601, message: "Method not found" } } : { result };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ jsonrpc: "2.0", id, ...body }));
}

export async function startSibling(): Promise<Sibling> {
  const server = createServer((request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  const listen = (port: number): Promise<void> =>
    new Promise((resolve) => {
      server.listen(port, "127.0.0.1", () => resolve());
    });
  await listen(0);
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    down: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
    up: () => listen(port),
  };
}
