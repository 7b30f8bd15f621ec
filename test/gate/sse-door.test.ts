// Clients of HTTP+SSE (2024-11-05) at the gate: GET /sse and POST /messages.
import { once } from "node:events";
import { connect as dial } from "node:net";
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { ElicitRequestSchema, LoggingMessageNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { INITIALIZE, session as streamable } from "../faults/gate/client.ts";
import { allowAll, lastOf, unruly } from "../faults/gate/setting.ts";
import { ended } from "../servers/talk.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

/** Longer than anything takes on a busy machine. */
const PATIENT = { timeout: 30_000 };
const SERVERS = {
  every: {
    command: process.execPath,
    args: [resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js"), "stdio"],
  },
  odd: unruly(),
};
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: no-sums
    match: { server: every, tool: get-sum }
    when: args.a > 5
    deny: true
    why: Large sums are for people.
`;
const JSON_TYPE = { "content-type": "application/json" };
const SSE = { accept: "text/event-stream" };
const CROSS_SITE = { "sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors" };

let gate: RunningGate;
let base: string;
const clients: Client[] = [];
beforeAll(async () => {
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({
        policy: ["p.yaml"],
        mcpServers: SERVERS,
        limits: { sessions: 12 },
      }),
      "p.yaml": POLICY,
    }),
  );
  base = new URL(gate.url).origin;
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

async function connected(path: string, capabilities: object = {}, to = base): Promise<Client> {
  const client = new Client({ name: "old", version: "1" }, { capabilities });
  clients.push(client);
  await client.connect(new SSEClientTransport(new URL(to + path)));
  return client;
}
const textOf = (said: unknown): string => (said as { content: { text: string }[] }).content[0]?.text ?? "";

/** A stream read by hand: where to post, and every event as it comes. */
async function raw(path = "/sse/odd", to = base) {
  const leave = new AbortController();
  const response = await fetch(to + path, { headers: SSE, signal: leave.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (words: string): Promise<string> => {
    while (!text.includes(words)) {
      const piece = await reader?.read();
      if (piece?.value === undefined) throw new Error(`the stream ended without ${words}: ${text}`);
      text += piece.value;
    }
    return text;
  };
  await until("\n\n");
  const endpoint = to + (/^data: (\S+)$/m.exec(text)?.[1] ?? "");
  const post = (
    message: object | string,
    headers: Readonly<Record<string, string>> = JSON_TYPE,
  ): Promise<Response> =>
    fetch(endpoint, {
      method: "POST",
      headers,
      body: typeof message === "string" ? message : JSON.stringify(message),
    });
  const call = (id: number, name: string, args: object = {}): Promise<Response> =>
    post({ jsonrpc: "2.0", id, method: "tools/call", params: { name, arguments: args } });
  const begin = async (): Promise<void> => {
    await post(INITIALIZE);
    await until('"id":"init"');
    await post({ jsonrpc: "2.0", method: "notifications/initialized" });
  };
  return { response, endpoint, post, call, begin, until, leave: () => leave.abort() };
}

describe("the client of SDK v1", () => {
  test("sees all servers' tools, calls them under policy, and is on record", async () => {
    const client = await connected("/sse");
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain("echo");
    expect(textOf(await client.callTool({ name: "echo", arguments: { message: "hi" } }))).toBe("Echo: hi");
    expect(textOf(await client.callTool({ name: "get-sum", arguments: { a: 6, b: 2 } }))).toMatch(
      /^BLOCKED .*\(rule no-sums\)/s,
    );
    await expect.poll(() => lastOf(gate.folder, "echo"), PATIENT).toBe("ok");
    expect(await lastOf(gate.folder, "get-sum")).toBe("denied");
    expect((await client.listPrompts()).prompts.length).toBeGreaterThan(0);
  });

  test("hears progress and what belongs to no request", async () => {
    const client = await connected("/sse/every");
    let logged = 0;
    client.setNotificationHandler(LoggingMessageNotificationSchema, () => void (logged += 1));
    const heard: number[] = [];
    const call = { name: "trigger-long-running-operation", arguments: { duration: 0.2, steps: 2 } };
    await client.callTool(call, undefined, { onprogress: ({ progress }) => heard.push(progress) });
    // This client forgets progress that comes in one piece with the answer, without a gate too.
    expect(heard[0]).toBe(1);
    await client.callTool({ name: "toggle-simulated-logging", arguments: {} });
    await expect.poll(() => logged, PATIENT).toBeGreaterThan(0);
  });

  test("is asked by the server in the middle of a call", async () => {
    const client = await connected("/sse/every", { elicitation: {} });
    client.setRequestHandler(ElicitRequestSchema, () => ({ action: "decline" }));
    const said = await client.callTool({ name: "trigger-elicitation-request", arguments: {} });
    expect(textOf(said)).toContain("declined");
  });

  test("takes a call back", async () => {
    const client = await connected("/sse/odd");
    const stop = new AbortController();
    const asked = client.callTool({ name: "hang", arguments: {} }, undefined, { signal: stop.signal });
    await expect.poll(() => lastOf(gate.folder, "hang"), PATIENT).toBe("open");
    stop.abort("changed my mind");
    await expect(asked).rejects.toThrow("changed my mind");
    // A server that was told so has a moment to answer nevertheless.
    await expect.poll(() => lastOf(gate.folder, "hang"), PATIENT).toBe("error cancelled");
    expect(textOf(await client.callTool({ name: "cancelled", arguments: {} }))).toMatch(/^\[\d+\]$/);
  });
});

describe("a session is its stream", () => {
  test("the end of it ends its calls, its process and its endpoint", async () => {
    const stream = await raw();
    await stream.begin();
    await stream.call(1, "pid");
    const pid = Number(/"text":"(\d+)"/.exec(await stream.until('"id":1'))?.[1]);
    expect((await stream.call(2, "hang", { left: true })).status).toBe(202);
    await expect.poll(() => lastOf(gate.folder, "hang"), PATIENT).toBe("open");
    stream.leave();
    await expect.poll(() => lastOf(gate.folder, "hang"), PATIENT).toBe("error cancelled");
    await ended(pid);
    expect((await stream.call(3, "echo")).status).toBe(404);
    const { searchParams } = new URL(stream.endpoint);
    expect(gate.errors()).not.toContain(searchParams.get("sessionId"));
  });

  test("answers of a batch come on it, errors of requests too", async () => {
    const stream = await raw();
    await stream.begin();
    const ping = (id: number): object => ({ jsonrpc: "2.0", id, method: "ping" });
    expect((await stream.post([ping(1), ping(2)])).status).toBe(202);
    await stream.until('"id":1');
    await stream.until('"id":2');
    await stream.call(3, "no-such-tool");
    expect(await stream.until('"id":3')).toContain('"code":-32602');
    stream.leave();
  });

  test("a client that does not read holds its server back", async () => {
    const socket = dial(Number(new URL(base).port), "127.0.0.1");
    socket.write("GET /sse/odd HTTP/1.1\r\nhost: localhost\r\naccept: text/event-stream\r\n\r\n");
    const [head] = (await once(socket, "data")) as [Buffer];
    let seen = head.toString();
    while (!seen.includes("sessionId=")) seen += String(((await once(socket, "data")) as [Buffer])[0]);
    const endpoint = base + (/data: (\S+)/.exec(seen)?.[1] ?? "");
    const say = (message: object): Promise<Response> =>
      fetch(endpoint, {
        method: "POST",
        headers: JSON_TYPE,
        body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      });
    await say({ id: 0, method: "initialize", params: INITIALIZE.params });
    socket.pause();
    const params = { name: "burst", arguments: { n: 100_000 }, _meta: { progressToken: 1 } };
    await say({ id: 1, method: "tools/call", params });
    await expect.poll(() => lastOf(gate.folder, "burst"), PATIENT).toBe("open");
    await new Promise((done) => void setTimeout(done, 300)); // nothing comes of it: it is held
    expect(await lastOf(gate.folder, "burst")).toBe("open");
    socket.resume();
    await expect.poll(() => lastOf(gate.folder, "burst"), PATIENT).toBe("ok");
    socket.destroy();
  });

  test("is counted with all others, and refused where there is no room", async () => {
    const streams = [];
    for (let n = 0; n < 11; n += 1) streams.push(await raw());
    await streamable(gate.url);
    const refused = await fetch(`${base}/sse`, { headers: SSE });
    expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
    streams[0]?.leave();
    await expect
      .poll(async () => {
        const more = await fetch(`${base}/sse`, { headers: SSE });
        await more.body?.cancel();
        return more.status;
      }, PATIENT)
      .toBe(200);
    for (const stream of streams) stream.leave();
  });
});

describe("what is refused", () => {
  const status = async (path: string, init: RequestInit): Promise<number> => {
    const response = await fetch(base + path, init);
    await response.body?.cancel();
    return response.status;
  };
  test.each([
    ["a stream that cannot be taken", "/sse", { headers: { accept: "application/json" } }, 406],
    ["a POST where the stream is", "/sse", { method: "POST", headers: JSON_TYPE, body: "{}" }, 405],
    ["a GET where messages go", "/messages", { headers: SSE }, 405],
    ["a server that is not there", "/sse/nobody", { headers: SSE }, 404],
    ["a message without a session", "/messages", { method: "POST", headers: JSON_TYPE, body: "{}" }, 400],
    [
      "a session that nobody opened",
      "/messages?sessionId=x",
      { method: "POST", headers: JSON_TYPE, body: '{"jsonrpc":"2.0","id":1,"method":"ping"}' },
      404,
    ],
    ["a page of another origin", "/sse", { headers: { ...SSE, origin: "https://evil.example" } }, 403],
    ["a page that does not say its origin", "/sse", { headers: { ...SSE, ...CROSS_SITE } }, 403],
  ])("%s", async (_, path, init, expected) => {
    expect(await status(path, init)).toBe(expected);
  });

  test("which methods a path takes is said", async () => {
    const head = async (path: string, method: string): Promise<string | null> =>
      (await fetch(base + path, { method })).headers.get("allow");
    expect([await head("/sse", "POST"), await head("/messages", "DELETE")]).toEqual(["GET", "POST"]);
  });

  test("bodies that are no message, or of another type or era", async () => {
    const stream = await raw();
    const modern = {
      jsonrpc: "2.0",
      id: 1,
      method: "ping",
      params: {
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientCapabilities": {},
        },
      },
    };
    const headers = { ...JSON_TYPE, "mcp-protocol-version": "2026-07-28", "mcp-method": "ping" };
    const said = [
      await stream.post("{"),
      await stream.post("[]"),
      await stream.post("{}", { "content-type": "text/plain" }),
      await stream.post(modern, headers),
      await stream.post({ jsonrpc: "2.0", method: "tools/call", params: {} }),
    ];
    expect(said.map((response) => response.status)).toEqual([400, 400, 415, 400, 400]);
    expect(await said[3]?.json()).toMatchObject({ id: 1, error: { code: -32022 } });
    stream.leave();
  });

  test("a session at another path, or of the other transport", async () => {
    const stream = await raw("/sse/odd");
    const id = new URL(stream.endpoint).searchParams.get("sessionId") ?? "";
    const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const post = (path: string, more: object = {}): Promise<number> =>
      status(path, { method: "POST", headers: { ...JSON_TYPE, accept: "*/*", ...more }, body: ping });
    const other = await streamable(`${gate.url}/odd`);
    expect([
      await post(`/messages?sessionId=${id}`),
      await post(`/messages/every?sessionId=${id}`),
      await post("/mcp/odd", { "mcp-session-id": id }),
      await post(`/messages/odd?sessionId=${other.id}`),
      await post(`/messages/odd?sessionId=${id}`),
    ]).toEqual([404, 404, 404, 404, 202]);
    await other.end();
    stream.leave();
  });
});

test("SIGTERM: a call under way is answered on the stream, which then ends", async () => {
  const own = await startGate(allowAll({ odd: unruly() }));
  const stream = await raw("/sse/odd", new URL(own.url).origin);
  await stream.begin();
  await stream.call(5, "progress", { n: 15 });
  await expect.poll(() => lastOf(own.folder, "progress"), PATIENT).toBe("open");
  const stopped = own.stop();
  await stream.until('"text":"done"');
  await expect(stream.until("more than that")).rejects.toThrow("the stream ended");
  expect(await stopped).toBe(0);
  expect(await lastOf(own.folder, "progress")).toBe("ok");
  removeFolder(own.folder);
});
