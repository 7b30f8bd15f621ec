import { resolve } from "node:path";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, removeFolder, type RunningGate, startGate } from "../../gate/running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
let gate: RunningGate;
beforeAll(async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: {
        everything: { command: process.execPath, args: [everything, "stdio"] },
        mute: { command: process.execPath, args: ["-e", "setInterval(() => {}, 1000)"], timeout_ms: 120_000 },
      },
    }),
    "policy.yaml": "defaults: { verdict: allow }",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  await gate.stop();
  removeFolder(gate.folder);
});

// A client gives up after 60 s, so it is served at all only where the gate waits for less.
test("a server that never says a word does not keep the others from a legacy client", async () => {
  const client = new ClientV1({ name: "old", version: "1" });
  await client.connect(new HttpV1(new URL(gate.url)));
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
  const said = await client.callTool({ name: "echo", arguments: { message: "hello" } });
  expect(JSON.stringify(said.content)).toContain("hello");
  await client.close();
});

test("nor from a modern one", async () => {
  const client = new Client(
    { name: "new", version: "1" },
    { versionNegotiation: { mode: { pin: "2026-07-28" } } },
  );
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
  await client.close();
});
