// A server that ends its stream early, and clients that cannot come back for the rest (2025-11-25, resumability).
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
import { startUnrulySse, type UnrulySse } from "../servers/unruly-sse.ts";
import { removeFolder, type RunningGate, startGate } from "./running.ts";

/** Longer than anything takes on a busy machine. */
const PATIENT = { timeout: 30_000 };
let fixture: Child;
let unruly: UnrulyHttp;
let older: UnrulySse;
let gate: RunningGate;
beforeAll(async () => {
  [fixture, unruly, older] = await Promise.all([
    start([resolve("test/conformance/fixture.ts"), "--era", "legacy"]),
    startUnrulyHttp(),
    startUnrulySse(),
  ]);
  gate = await startGate(
    allowAll({
      polling: { url: fixture.url },
      cut: { url: unruly.url.replace("/mcp", "/no-get") },
      older: { url: `${older.origin}/sse`, transport: "sse" },
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await Promise.all([fixture.stop(), unruly.close(), older.close()]);
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
    await expect.poll(() => lastOf(gate.folder, "test_reconnection"), PATIENT).toBe("ok");
    await client.close();
  },
);

const ENDED = /^UNAVAILABLE .* ended its stream before it answered\. Whether the call ran is not known/;

test.each(CLIENTS)("over %s a server that has no more to say is an error, not silence", async (_over, to) => {
  const transport = to("/cut");
  const heard: object[] = [];
  Object.assign(transport, { onmessage: (message: object) => void heard.push(message) });
  await transport.start();
  await transport.send(INITIALIZE as JSONRPCMessage);
  await expect.poll(() => heard, PATIENT).toContainEqual(expect.objectContaining({ id: "init" }));
  await transport.send({ jsonrpc: "2.0", id: 7, method: "tools/call", params: { name: "sse-cut-id" } });
  await expect
    .poll(() => heard.find((message) => "id" in message && message.id === 7), PATIENT)
    .toMatchObject({ result: { isError: true, content: [{ text: expect.stringMatching(ENDED) }] } });
  await expect.poll(() => lastOf(gate.folder, "sse-cut-id"), PATIENT).toBe("error upstream-gone");
  await transport.close();
});

test("what a server says outside requests is listened to again where its stream ended", async () => {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new SSEClientTransport(new URL(`${new URL(gate.url).origin}/sse/older`)));
  await expect.poll(() => older.streams(), PATIENT).toBe(1);
  expect(await client.callTool({ name: "cut", arguments: {} })).toMatchObject({ isError: true });
  const opened = (): number => older.seen.filter(({ method }) => method === "GET").length;
  await expect.poll(opened, PATIENT).toBe(2);
  await client.close();
  await expect.poll(() => older.streams(), PATIENT).toBe(0);
});
