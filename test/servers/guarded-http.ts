// An MCP server of the SDK that answers nobody without an access token of one issuer that is for it, and says whose it was.
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { decodeJwt, type JWTPayload } from "jose";

export interface Guarded {
  readonly url: string;
  /** What came with each request that was let in. */
  readonly came: { readonly headers: IncomingHttpHeaders; readonly claims: JWTPayload }[];
  /** How many requests were refused. */
  readonly refused: () => number;
  /** Takes no token any more that it has taken before. */
  forget(): void;
  stop(): void;
}

/** What its challenge names, which is for its own clients alone. */
export const CHALLENGE = "https://inside.example/.well-known/oauth-protected-resource";

/** `verify` gives the claims of a token that is good here, and rejects for any other. */
export async function guardedServer(
  verify: (token: string, audience: string) => Promise<JWTPayload>,
  status: 401 | 403 = 401,
): Promise<Guarded> {
  const came: Guarded["came"] = [];
  const seen = new Set<string>();
  const forgotten = new Set<string>();
  let refused = 0;
  const server = createServer((request, response) => {
    void (async () => {
      const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1] ?? "";
      let claims: JWTPayload;
      try {
        if (forgotten.has(token)) throw new Error("forgotten");
        claims = await verify(token, url);
      } catch {
        refused += 1;
        const challenge = `Bearer error="invalid_token", resource_metadata="${CHALLENGE}"`;
        response.writeHead(status, { "www-authenticate": challenge, "content-type": "application/json" });
        return void response.end(JSON.stringify({ error: "a body of the server's own" }));
      }
      seen.add(token);
      came.push({ headers: request.headers, claims });
      const mcp = new McpServer({ name: "guarded", version: "1" });
      mcp.registerTool("whoami", {}, () => ({
        content: [{ type: "text", text: JSON.stringify(decodeJwt(token)) }],
      }));
      const transport = new StreamableHTTPServerTransport({});
      response.on("close", () => void transport.close());
      await mcp.connect(transport);
      return transport.handleRequest(request, response);
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  return {
    url,
    came,
    refused: () => refused,
    forget() {
      for (const token of seen) forgotten.add(token);
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
