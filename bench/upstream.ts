// A very fast MCP server on bare `node:http`, both eras, JSON answers. `/mcp` has ten tools `echo_0`…;
// `/s/7/100/mcp` is another server, with a hundred tools `s7_echo_0`…; `/legacy/mcp` and `/modern/mcp` speak one era only.
// Prints `ready http://…`.
import { randomUUID } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

interface Asked {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly text?: string };
    readonly protocolVersion?: string;
    readonly _meta?: object;
  };
}

const SCHEMA = {
  type: "object",
  properties: {
    text: { type: "string", maxLength: 10_000 },
    path: { type: "string", pattern: "^/" },
    limit: { type: "integer", minimum: 1, maximum: 1000 },
    tags: { type: "array", items: { type: "string" }, maxItems: 10 },
  },
  required: ["text"],
  additionalProperties: false,
};

const lists = new Map<string, readonly object[]>();
function tools(path: string): readonly object[] {
  const known = lists.get(path);
  if (known !== undefined) return known;
  const [, server, count = "10"] = /^\/s\/(\d+)\/(\d+)\//.exec(path) ?? [];
  const prefix = server === undefined ? "" : `s${server}_`;
  const made = Array.from({ length: Number(count) }, (_, at) => ({
    name: `${prefix}echo_${at}`,
    description: "Says what it was told",
    inputSchema: SCHEMA,
  }));
  lists.set(path, made);
  return made;
}

function answer({ method, params }: Asked, path: string): object | undefined {
  switch (method) {
    case "tools/call":
      return { content: [{ type: "text", text: params?.arguments?.text ?? "" }], isError: false };
    case "tools/list":
      return { tools: tools(path), ttlMs: 60_000, cacheScope: "public" };
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "echo", version: "1" },
      };
    case "server/discover":
      return {
        supportedVersions: ["2026-07-28"],
        capabilities: { tools: {} },
        ttlMs: 60_000,
        cacheScope: "public",
      };
    case "ping":
      return {};
    default:
      return undefined;
  }
}

/** The method by which a client finds out which era a server speaks is unknown to a server of the other. */
const speaks = (path: string, method: string): boolean =>
  !(path.startsWith("/legacy/") && method === "server/discover") &&
  !(path.startsWith("/modern/") && method === "initialize");

function serve(req: IncomingMessage, res: ServerResponse, body: string): void {
  const asked = JSON.parse(body) as Asked;
  if (asked.id === undefined) {
    res.writeHead(202).end();
    return;
  }
  const path = req.url ?? "/mcp";
  const modern = req.headers["mcp-protocol-version"] === "2026-07-28" && !path.startsWith("/legacy/");
  const result = speaks(path, asked.method) ? answer(asked, path) : undefined;
  const said = JSON.stringify(
    result === undefined
      ? { jsonrpc: "2.0", id: asked.id, error: { code: -32601, message: "unknown method" } }
      : { jsonrpc: "2.0", id: asked.id, result: modern ? { resultType: "complete", ...result } : result },
  );
  res.writeHead(result === undefined && modern ? 404 : 200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(said),
    ...(asked.method === "initialize" ? { "mcp-session-id": randomUUID() } : {}),
  });
  res.end(said);
}

const http = createServer((req, res) => {
  if (req.method === "POST") {
    let body = "";
    req.setEncoding("utf8");
    req.on("data", (chunk: string) => (body += chunk));
    req.on("end", () => serve(req, res, body));
  } else if (req.method === "GET") {
    res.writeHead(200, { "content-type": "text/event-stream" }).write(": open\n\n");
  } else {
    res.writeHead(204).end();
  }
});
http.keepAliveTimeout = 300_000;
http.listen(0, "127.0.0.1", 4096, () => {
  const address = http.address();
  if (address !== null && typeof address === "object")
    console.log(`ready http://127.0.0.1:${address.port}/mcp`);
});
