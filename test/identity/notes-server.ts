import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A server of 2025-11-25 that keeps the headers of every request that reached it. */
export interface NotesServer {
  readonly url: string;
  readonly came: IncomingHttpHeaders[];
  stop(): void;
}

const schema = { type: "object" };
const TOOLS = ["read_note", "write_note"].map((name) => ({ name, inputSchema: schema }));

interface Asked {
  readonly id?: number;
  readonly method: string;
  readonly params?: { readonly name?: string };
}

function resultOf({ method, params }: Asked): object {
  if (method === "initialize") {
    const serverInfo = { name: "notes", version: "1" };
    return { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo };
  }
  if (method === "tools/list") return { tools: TOOLS };
  return { content: [{ type: "text", text: `did ${params?.name ?? method}` }] };
}

async function asked(request: IncomingMessage): Promise<Asked> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return JSON.parse(text) as Asked;
}

export async function notesServer(): Promise<NotesServer> {
  const came: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      came.push(request.headers);
      if (request.method !== "POST") return void response.writeHead(405).end();
      const message = await asked(request);
      if (message.id === undefined) return void response.writeHead(202).end();
      response.writeHead(200, { "content-type": "application/json" });
      return void response.end(JSON.stringify({ jsonrpc: "2.0", id: message.id, result: resultOf(message) }));
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    came,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
