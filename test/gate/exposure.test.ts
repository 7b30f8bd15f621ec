// One address for all servers, a port for each, or a mix (claims B46, B66, B67, B77, B83–B85).
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, expect, test } from "vitest";
import { modern, readUntil } from "../faults/gate/client.ts";
import { allowAll, lastOf, MODERN, records, unruly } from "../faults/gate/setting.ts";
import { runs } from "../servers/talk.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

/** Longer than anything takes on a busy machine. */
const PATIENT = { timeout: 30_000 };
let gate: RunningGate | undefined;
afterEach(async () => {
  await gate?.stop("SIGKILL");
  if (gate !== undefined) removeFolder(gate.folder);
  gate = undefined;
});

/** A server with one tool, by whose name it is known. */
const toy = (tool: string): object => ({
  command: process.execPath,
  args: [`${import.meta.dirname}/../servers/toy.ts`, tool],
});

async function start(more: object, servers: Readonly<Record<string, object>>): Promise<RunningGate> {
  gate = await startGate(allowAll(servers, more));
  return gate;
}

/** The printed table: what is behind each listener, by its address. */
function listeners({ output }: RunningGate): readonly (readonly [url: string, behind: string])[] {
  return [...output().matchAll(/^listen {2}(\S+) +(.+)$/gm)].map(([, url = "", behind = ""]) => [
    url,
    behind,
  ]);
}

async function toolsAt(url: string): Promise<readonly string[]> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(url)));
  const { tools } = await client.listTools();
  await client.close();
  return tools.map(({ name }) => name);
}
const statusOf = async (url: string): Promise<number> => (await fetch(url, { method: "POST" })).status;
const originOf = (url: string): string => new URL(url).origin;

test("unified: one port, all tools, and each server alone below it", async () => {
  const { url } = await start({}, { a: toy("one"), b: toy("two") });
  expect(listeners(gate as RunningGate)).toEqual([[url, "a, b   one of them alone: /mcp/a"]]);
  expect(await toolsAt(url)).toEqual(["one", "two"]);
  expect(await toolsAt(`${url}/b`)).toEqual(["two"]);
});

test("multi_port: a port for each, nobody else's tools there, and no MCP at the base address", async () => {
  const { url: base } = await start(
    { exposure: "multi_port" },
    { a: toy("one"), b: toy("two"), c: toy("one") },
  );
  const [first, ...own] = listeners(gate as RunningGate);
  expect(first?.[0]).toBe(base);
  expect(own.map(([, behind]) => behind)).toEqual(["a", "b", "c"]);
  const [a = "", b = "", c = ""] = own.map(([url]) => url);
  expect(await Promise.all([a, b, c, `${a}/a`].map(toolsAt))).toEqual([["one"], ["two"], ["one"], ["one"]]);
  for (const nowhere of [`${a}/b`, `${base}/mcp`, `${base}/mcp/a`, `${originOf(b)}/sse/a`])
    expect([nowhere, await statusOf(nowhere)]).toEqual([nowhere, 404]);
  for (const url of [base, a, b, c]) {
    const health = await fetch(`${originOf(url)}/health`);
    expect([health.status, (await fetch(`${originOf(url)}/ready`)).status]).toEqual([200, 200]);
  }
});

test("hybrid: what is separate has its port and is not behind the common address", async () => {
  const { url } = await start(
    { exposure: "hybrid", listen: ["127.0.0.1:0", "[::1]:0"] },
    { a: toy("one"), b: { ...toy("two"), expose: "separate" }, c: toy("three") },
  );
  const rows = listeners(gate as RunningGate);
  expect(rows.map(([, behind]) => behind)).toEqual([
    "a, c   one of them alone: /mcp/a",
    "a, c   one of them alone: /mcp/a",
    "b",
    "b",
  ]);
  expect(rows[0]?.[0]).toBe(url);
  for (const [at, behind] of rows)
    expect(await toolsAt(at)).toEqual(behind === "b" ? ["two"] : ["one", "three"]);
  expect(await statusOf(`${url}/b`)).toBe(404);
});

test("a subscription at the common address is none with what is separate", async () => {
  const { url, folder } = await start(
    { exposure: "hybrid" },
    { a: MODERN, b: { ...MODERN, expose: "separate" }, c: MODERN },
  );
  const params = { notifications: { toolsListChanged: true } };
  const subscribed = await modern(url).post({
    jsonrpc: "2.0",
    id: 1,
    method: "subscriptions/listen",
    params,
  });
  await readUntil(subscribed, "notifications/subscriptions/acknowledged");
  const asked = (await records(folder)).filter(({ opened }) => opened.method === "subscriptions/listen");
  expect(asked.map(({ opened }) => opened.server).toSorted()).toEqual(["a", "c"]);
  await subscribed.body?.cancel();
});

test("a session of one listener is none at another", async () => {
  await start({ exposure: "multi_port" }, { a: toy("one"), b: toy("two") });
  const [, [a] = [""], [b] = [""]] = listeners(gate as RunningGate);
  const headers = { "content-type": "application/json", accept: "application/json, text/event-stream" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "initialize", params });
  const begun = await fetch(a, { method: "POST", headers, body });
  const session = begun.headers.get("mcp-session-id") ?? "";
  const ping = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });
  const say = async (url: string): Promise<number> =>
    (await fetch(url, { method: "POST", headers: { ...headers, "mcp-session-id": session }, body: ping }))
      .status;
  expect([await say(a), await say(b)]).toEqual([200, 404]);
});

test("each listener refuses what a web page that rebinds its name would send", async () => {
  await start({ exposure: "multi_port" }, { a: toy("one") });
  for (const [url] of listeners(gate as RunningGate)) {
    const foreign = await fetch(`${originOf(url)}/health`, { headers: { origin: "https://evil.example" } });
    expect(foreign.status).toBe(403);
  }
});

test("a port that is taken: named with its server and a mend, and nothing stays behind", async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => void taken.listen(0, "127.0.0.1", resolve));
  const { port } = taken.address() as AddressInfo;
  const servers = { a: toy("one"), b: { ...toy("two"), port } };
  const folder = allowAll(servers, { exposure: "multi_port", listen: "127.0.0.1:0" });
  const { code, err } = await portcullis(["start"], folder);
  expect(code).toBe(3);
  expect(err).toContain(`port ${port} of 127.0.0.1 for server b is already used by another process`);
  expect(err).toContain("fix: write another `port:` below `b:`");
  taken.close();
  removeFolder(folder);
});

test("SIGTERM drains every listener", async () => {
  const running = await start(
    { exposure: "hybrid" },
    { a: toy("one"), b: { ...unruly(), expose: "separate" } },
  );
  const [, [b] = [""]] = listeners(running);
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(b)));
  const pid = Number(
    ((await client.callTool({ name: "pid", arguments: {} })).content as { text: string }[])[0]?.text,
  );
  const asked = client.callTool({ name: "progress", arguments: { n: 15 } });
  await expect.poll(() => lastOf(running.folder, "progress"), PATIENT).toBe("open");
  expect(await running.stop()).toBe(0);
  expect(await asked).toMatchObject({ content: [{ text: "done" }] });
  expect(await runs(pid)).toBe(false);
  for (const [url] of listeners(running)) await expect(fetch(url)).rejects.toThrow("fetch failed");
});

test("a configuration that cannot be says so, with the mend", async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      policy: ["p.yaml"],
      mcpServers: { a: { ...toy("x"), expose: "separate" } },
    }),
    "p.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  const { code, err } = await portcullis(["start"], folder);
  expect(code).toBe(2);
  expect(err).toContain("under `exposure: unified` no server has an address of its own");
  expect(err).toContain("write `exposure: hybrid`");
  removeFolder(folder);
});
