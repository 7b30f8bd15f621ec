import {
  Client,
  SSEClientTransport,
  StreamableHTTPClientTransport,
  type Transport,
} from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { OPERATIONS, type MatrixClient, type Reach } from "./asks.ts";
import { doAll, filled, type Session } from "./session.ts";

type Mode = "legacy" | "auto" | { readonly pin: string };

function transportTo(reach: Reach): Transport {
  if (reach.kind === "stdio")
    return new StdioClientTransport({ ...reach, args: [...reach.args], stderr: "ignore" });
  const url = new URL(reach.url);
  return reach.kind === "sse" ? new SSEClientTransport(url) : new StreamableHTTPClientTransport(url);
}

async function lists(client: Client): Promise<unknown> {
  const has = client.getServerCapabilities() ?? {};
  return {
    tools: has.tools && (await client.listTools()).tools,
    resources: has.resources && (await client.listResources()).resources,
    templates: has.resources && (await client.listResourceTemplates()).resourceTemplates,
    prompts: has.prompts && (await client.listPrompts()).prompts,
  };
}

async function open(mode: Mode, reach: Reach): Promise<Session> {
  const client = new Client(
    { name: "matrix", version: "2" },
    { capabilities: { elicitation: {} }, versionNegotiation: { mode } },
  );
  let questions: unknown[] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    questions.push(params);
    return { action: "accept", content: "requestedSchema" in params ? filled(params.requestedSchema) : {} };
  });
  const transport = transportTo(reach);
  await client.connect(transport);
  return {
    lists: () => lists(client),
    call: (ask, hear, signal) =>
      client.callTool({ ...ask }, { ...(hear && { onprogress: hear }), ...(signal && { signal }) }),
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

const client = (
  name: string,
  mode: Mode,
  speaks: MatrixClient["speaks"],
  everywhere = false,
): MatrixClient => ({
  name,
  speaks,
  everywhere,
  can: OPERATIONS,
  run: async (reach, asks) => doAll(await open(mode, reach), asks),
});

/** SDK v2 with the handshake of 2025, which is its default. */
export const SDK_V2_LEGACY = client("SDK v2, legacy", "legacy", ["stdio", "http", "sse"]);
/** SDK v2 that speaks 2026-07-28 and nothing else. HTTP+SSE ended with the legacy era. */
export const SDK_V2_MODERN = client("SDK v2, 2026-07-28", { pin: "2026-07-28" }, ["stdio", "http"], true);
/** SDK v2 that finds out which era the other side speaks. */
export const SDK_V2_AUTO = client("SDK v2, auto", "auto", ["stdio", "http"]);
