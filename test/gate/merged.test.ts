import { resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, start } from "../conformance/child.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

const FIXTURE = resolve("test/conformance/fixture.ts");
let gate: RunningGate;
let servers: Child[];

beforeAll(async () => {
  servers = await Promise.all([start([FIXTURE]), start([FIXTURE])]);
  const [one, two] = servers.map(({ url }) => ({ url, transport: "streamable-http" }));
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { one, two, three: { url: "http://127.0.0.1:9/mcp" } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  await gate.stop();
  await Promise.all(servers.map((server) => server.stop()));
  removeFolder(gate.folder);
});

const connect = async (mode: "auto" | "legacy"): Promise<Client> => {
  const client = new Client({ name: "test", version: "1" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
  return client;
};

describe.each(["legacy", "auto"] as const)("two servers alike and one that is down, %s", (mode) => {
  test("every name is there once, and leads to its own server", async () => {
    const client = await connect(mode);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain("one_test_simple_text");
    expect(names).toContain("two_test_simple_text");
    expect(names).not.toContain("test_simple_text");
    for (const name of ["one_test_simple_text", "two_test_simple_text"]) {
      const said = await client.callTool({ name, arguments: {} });
      expect(said.isError ?? false).toBe(false);
    }
    await client.close();
  });

  test("prompts and completions find their server again", async () => {
    const client = await connect(mode);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain("two_test_simple_prompt");
    const said = await client.getPrompt({ name: "two_test_simple_prompt" });
    expect(said.messages.length).toBeGreaterThan(0);
    const completed = await client.complete({
      ref: { type: "ref/prompt", name: "one_test_prompt_with_arguments" },
      argument: { name: "arg1", value: "te" },
    });
    expect(completed.completion).toBeDefined();
    await client.close();
  });

  test("a resource is read from a server that has it, and one that nobody has is not found", async () => {
    const client = await connect(mode);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toContain("test://static-text");
    expect((await client.readResource({ uri: "test://static-text" })).contents).toHaveLength(1);
    await expect(client.readResource({ uri: "test://nowhere-at-all" })).rejects.toThrow(/not found/i);
    await client.close();
  });
});

test("a modern client follows both servers with one subscription", async () => {
  const client = await connect("auto");
  const subscription = await client.listen({ toolsListChanged: true });
  expect(subscription).toBeDefined();
  await client.close();
});

test("who the address is does not depend on the era", async () => {
  for (const mode of ["legacy", "auto"] as const) {
    const client = await connect(mode);
    expect(client.getServerVersion()?.name).toBe("portcullis");
    expect(client.getServerCapabilities()?.tools).toBeDefined();
    await client.close();
  }
});
