// A server that ends its stream before it answers (2025-11-25, resumability), and clients that cannot come back for the rest.
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { JSONRPCMessage } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Child, start } from "../conformance/child.ts";
import { INITIALIZE } from "../faults/gate/client.ts";
import { allowAll, lastOf } from "../faults/gate/setting.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../servers/unruly-http.ts";
import { removeFolder, type RunningGate, startGate } from "./running.ts";

let fixture: Child;
let unruly: UnrulyHttp;
let gate: RunningGate;
beforeAll(async () => {
  [fixture, unruly] = await Promise.all([
    start([resolve("test/conformance/fixture.ts"), "--era", "legacy"]),
    startUnrulyHttp(),
  ]);
  gate = await startGate(
    allowAll({ polling: { url: fixture.url }, cut: { url: unruly.url.replace("/mcp", "/no-get") } }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await Promise.all([fixture.stop(), unruly.close()]);
  removeFolder(gate.folder);
});

const CLIENTS: readonly (readonly [string, (path: string) => Transport])[] = [
  ["HTTP+SSE", (path) => new SSEClientTransport(new URL(`${new URL(gate.url).origin}/sse${path}`))],
  [
    "stdio",
    (path) =>
      new StdioClientTransport({
        command: process.execPath,
        args: [
          resolve("src/cli/cli.ts"),
          "proxy",
          "--server",
          path === "" ? "polling" : path.slice(1),
          "--config",
          `${gate.folder}/portcullis.yaml`,
        ],
        stderr: "ignore",
      }),
  ],
];

test.each(CLIENTS.flatMap(([over, to]) => [["", over, to] as const, ["/polling", over, to] as const]))(
  "at `%s` over %s the answer comes nevertheless, and is on record",
  async (path, _over, transport) => {
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport(path));
    expect(await client.callTool({ name: "test_reconnection", arguments: {} })).toMatchObject({
      content: [{ text: "Reconnection test completed successfully." }],
    });
    await expect.poll(() => lastOf(gate.folder, "test_reconnection")).toBe("ok");
    await client.close();
  },
);

test.each(CLIENTS)("over %s a server that has no more to say is an error, not silence", async (_over, to) => {
  const transport = to("/cut");
  const heard: object[] = [];
  Object.assign(transport, { onmessage: (message: object) => void heard.push(message) });
  await transport.start();
  await transport.send(INITIALIZE as JSONRPCMessage);
  await expect.poll(() => heard, { timeout: 20_000 }).toContainEqual(expect.objectContaining({ id: "init" }));
  await transport.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "sse-cut-id" } });
  await expect
    .poll(() => heard.find((message) => "id" in message && message.id === 7), { timeout: 20_000 })
    .toMatchObject({ error: { message: expect.stringContaining("ended its stream before it answered") } });
  await transport.close();
});
