import { once } from "node:events";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";

/** Scenario servers that play a server of 2026-07-28 and lack what each must have: `server/discover`. */
const UNINTRODUCED = new Set([
  "sep-2322-client-request-state",
  "http-standard-headers",
  "http-custom-headers",
  "http-invalid-tool-headers",
]);

const DISCOVERED = {
  resultType: "complete",
  supportedVersions: ["2026-07-28"],
  capabilities: { tools: { listChanged: true }, resources: {}, prompts: {} },
  ttlMs: 0,
  cacheScope: "private",
  _meta: { "io.modelcontextprotocol/serverInfo": { name: "scenario", version: "1.0.0" } },
};

/**
 * The scenario's server with an answer to `server/discover`, which some of them lack; every other byte goes to it and
 * comes from it. Clients and gates ask for it first, and take a server without it for one of 2025.
 */
export async function introduced(
  url: string,
  scenario: string,
): Promise<{ readonly url: string; readonly stop: () => void }> {
  if (!UNINTRODUCED.has(scenario)) return { url, stop: () => undefined };
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await buffer(req);
    const { method, id } = JSON.parse(body.toString() || "{}") as { method?: string; id?: unknown };
    if (method === "server/discover") {
      res.writeHead(200, { "content-type": "application/json" });
      res.end(JSON.stringify({ jsonrpc: "2.0", id, result: DISCOVERED }));
      return;
    }
    const { host: _, ...headers } = req.headers;
    const on = request(url, { method: req.method, headers }, (heard) => {
      res.writeHead(heard.statusCode ?? 502, heard.headers);
      heard.pipe(res);
    });
    on.on("error", () => res.destroy());
    on.end(body);
  };
  const server = createServer((req, res) => void answer(req, res));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address !== "object") throw new Error("no port");
  return {
    url: `http://127.0.0.1:${address.port}/mcp`,
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
