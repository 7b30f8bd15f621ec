// The client of the suite's client mode: what each scenario wants done, done with SDK v2. `node client.ts URL`; the suite
// says in its environment which scenario it is.
import { Client, StreamableHTTPClientTransport, type ClientCapabilities } from "@modelcontextprotocol/client";
import { z } from "zod";

type Does = (client: Client, context: Context) => Promise<void>;

const CONTEXT = z.object({
  toolCalls: z
    .array(z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()) }))
    .default([]),
});
type Context = z.output<typeof CONTEXT>;

const list: Does = async (client) => void (await client.listTools());

const call =
  (name: string, args: Readonly<Record<string, unknown>> = {}): Does =>
  async (client) => {
    await client.listTools();
    await client.callTool({ name, arguments: { ...args } });
  };

/** Everything that has a name or an address, each once, after it was listed. */
async function each(client: Client): Promise<void> {
  const [tool] = (await client.listTools()).tools;
  if (tool !== undefined) await client.callTool({ name: tool.name, arguments: {} });
  const [resource] = (await client.listResources()).resources;
  if (resource !== undefined) await client.readResource({ uri: resource.uri });
  const [prompt] = (await client.listPrompts()).prompts;
  if (prompt !== undefined) await client.getPrompt({ name: prompt.name, arguments: {} });
}

/** Whatever the list left is called; the suite counts the tools that it should not have left. */
async function callAll(client: Client): Promise<void> {
  for (const { name } of (await client.listTools()).tools)
    await client.callTool({ name, arguments: { region: "us-west1" } }).catch(() => undefined);
}

async function rounds(client: Client): Promise<void> {
  await client.listTools();
  for (const name of ["echo_state", "no_state", "unrelated"])
    await client.callTool({ name: `test_mrtr_${name}`, arguments: {} });
  // The SDK takes a result without a type for a fault, which is its right: the scenario looks whether it tries again.
  await client.callTool({ name: "test_mrtr_no_result_type", arguments: {} }).catch(() => undefined);
}

async function giveBack(client: Client): Promise<void> {
  const tool = (await client.listTools()).tools.find(({ name }) => name === "json_schema_2020_12_tool");
  await client.callTool({ name: "json_schema_echo", arguments: { schema: tool?.inputSchema } });
}

const DOES: Readonly<Record<string, Does>> = {
  initialize: list,
  tools_call: call("add_numbers", { a: 5, b: 3 }),
  "elicitation-sep1034-client-defaults": call("test_client_elicitation_defaults"),
  "sse-retry": call("test_reconnection"),
  "request-metadata": () => Promise.resolve(),
  "sep-2322-client-request-state": rounds,
  "http-standard-headers": each,
  "http-custom-headers": async (client, { toolCalls }) => {
    await client.listTools();
    for (const ask of toolCalls) await client.callTool(ask);
  },
  "http-invalid-tool-headers": callAll,
  "json-schema-ref-no-deref": list,
  "json-schema-2020-12-preservation": giveBack,
};

const CAPABILITIES: Readonly<Record<string, ClientCapabilities>> = {
  "elicitation-sep1034-client-defaults": { elicitation: { form: { applyDefaults: true } } },
  "request-metadata": { roots: { listChanged: true }, sampling: {}, elicitation: {} },
  "sep-2322-client-request-state": { elicitation: {} },
};

const scenario = process.env["MCP_CONFORMANCE_SCENARIO"] ?? "";
const does = DOES[scenario];
if (does === undefined) throw new Error(`no scenario is called ${scenario}`);
const capabilities = CAPABILITIES[scenario] ?? {};
const modern = process.env["MCP_CONFORMANCE_PROTOCOL_VERSION"] === "2026-07-28";
const client = new Client(
  { name: "conformance-client", version: "1.0.0" },
  { capabilities, versionNegotiation: { mode: modern ? "auto" : "legacy" } },
);
if (capabilities.elicitation !== undefined)
  client.setRequestHandler("elicitation/create", () => ({
    action: "accept",
    content: scenario === "sep-2322-client-request-state" ? { confirmed: true } : {},
  }));
await client.connect(new StreamableHTTPClientTransport(new URL(process.argv[2] ?? "")));
await does(client, CONTEXT.parse(JSON.parse(process.env["MCP_CONFORMANCE_CONTEXT"] ?? "{}")));
await client.close();
