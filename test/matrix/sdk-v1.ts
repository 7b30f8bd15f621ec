import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import { ElicitRequestSchema, type ServerCapabilities } from "@modelcontextprotocol/sdk/types.js";
import { OPERATIONS, type MatrixClient, type Reach } from "./asks.ts";
import { doAll, filled, type Session } from "./session.ts";

function transportTo(reach: Reach): Transport {
  if (reach.kind === "stdio")
    return new StdioClientTransport({ ...reach, args: [...reach.args], stderr: "ignore" });
  const url = new URL(reach.url);
  if (reach.kind === "websocket") return new WebSocketClientTransport(url);
  return reach.kind === "sse" ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url);
}

async function lists(client: Client, has: ServerCapabilities): Promise<unknown> {
  return {
    tools: has.tools && (await client.listTools()).tools,
    resources: has.resources && (await client.listResources()).resources,
    templates: has.resources && (await client.listResourceTemplates()).resourceTemplates,
    prompts: has.prompts && (await client.listPrompts()).prompts,
  };
}

async function open(reach: Reach): Promise<Session> {
  const client = new Client({ name: "matrix", version: "1" }, { capabilities: { elicitation: {} } });
  let questions: unknown[] = [];
  client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
    questions.push(params);
    return { action: "accept", content: "requestedSchema" in params ? filled(params.requestedSchema) : {} };
  });
  const transport = transportTo(reach);
  await client.connect(transport);
  return {
    lists: () => lists(client, client.getServerCapabilities() ?? {}),
    call: (ask, hear, signal) =>
      client.callTool({ ...ask }, undefined, {
        ...(hear && { onprogress: hear }),
        ...(signal && { signal }),
      }),
    read: (uri) => client.readResource({ uri }),
    prompt: (ask) => client.getPrompt({ ...ask }),
    questions() {
      const asked = questions;
      questions = [];
      return asked;
    },
    async close() {
      if (transport instanceof StreamableHTTPClientTransport) await transport.terminateSession();
      await client.close();
    },
  };
}

/** The maintenance line of the TypeScript SDK: revisions up to 2025-11-25. */
export const SDK_V1: MatrixClient = {
  name: "SDK v1",
  speaks: ["stdio", "http", "sse", "websocket"],
  everywhere: true,
  can: OPERATIONS,
  run: async (reach, asks) => doAll(await open(reach), asks),
};
