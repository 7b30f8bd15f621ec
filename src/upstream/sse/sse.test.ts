import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import { CallToolRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  failure,
  httpServer,
  INITIALIZE,
  INITIALIZED,
  methods,
  recordingLog,
  type RecordingLog,
  sseServer,
  toolCall,
  until,
  words,
} from "../../../test/servers/talk.ts";
import { startUnrulyHttp } from "../../../test/servers/unruly-http.ts";
import { startUnrulySse, type UnrulySse } from "../../../test/servers/unruly-sse.ts";
import type { HttpServer, SseServer } from "../../config/config.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Leg, Upstream } from "../leg.ts";
import { openUpstream } from "../upstream.ts";

let unruly: UnrulySse;
let upstreams: Upstream[] = [];
let log: RecordingLog;
let now = 1_000_000;
beforeEach(async () => {
  unruly = await startUnrulySse();
  log = recordingLog();
});
afterEach(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  upstreams = [];
  await unruly.close();
});

function open(server: SseServer | HttpServer): Upstream {
  const upstream = openUpstream(server, { log, now: () => now });
  upstreams.push(upstream);
  return upstream;
}
async function begun(upstream: Upstream, key = "one"): Promise<Leg> {
  const leg = await upstream.connect(key, "legacy");
  await ask(leg, INITIALIZE).ending;
  await leg.tell(INITIALIZED, {});
  return leg;
}
const session = (more: Partial<SseServer> = {}): Promise<Leg> =>
  begun(open(sseServer(`${unruly.origin}/sse`, more)));
const gets = (): number => unruly.seen.filter(({ method }) => method === "GET").length;

/** A server of SDK v1 whose one tool asks its client a question. */
async function startSdk(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const transports = new Map<string, SSEServerTransport>();
  const http = createServer((req, res) => {
    const { pathname, searchParams } = new URL(req.url ?? "/", "http://localhost");
    if (req.method === "POST" && pathname === "/messages") {
      const transport = transports.get(searchParams.get("sessionId") ?? "");
      if (transport === undefined) res.writeHead(404).end();
      else void transport.handlePostMessage(req, res);
      return;
    }
    if (req.method !== "GET") return void res.writeHead(404).end();
    const transport = new SSEServerTransport("/messages", res);
    transports.set(transport.sessionId, transport);
    const server = new Server({ name: "sdk", version: "1" }, { capabilities: { tools: {} } });
    server.setRequestHandler(CallToolRequestSchema, async () => {
      const said = await server.elicitInput({
        message: "?",
        requestedSchema: { type: "object", properties: { name: { type: "string" } } },
      });
      return { content: [{ type: "text", text: JSON.stringify(said.content) }] };
    });
    void server.connect(transport);
  });
  await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`,
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

describe("a server of HTTP+SSE", () => {
  it.each([sseServer, httpServer])(
    "of SDK v1 is spoken to, questions in the middle of a call included (%o)",
    async (of) => {
      const sdk = await startSdk();
      const leg = await begun(open(of(sdk.url)));
      const heard = ask(leg, toolCall(1, "any"), ({ frame }) => {
        if (frame?.message.kind !== "request") return;
        const result = { action: "accept", content: { name: "ana" } };
        void leg.tell(frameOf({ kind: "result", id: frame.message.id, result }), {});
      });
      expect(await words(heard)).toBe('{"name":"ana"}');
      await leg.close();
      await sdk.close();
    },
  );

  it("is of the legacy era, without being asked", async () => {
    const upstream = open(sseServer(`${unruly.origin}/sse`));
    expect(await upstream.era()).toBe("legacy");
    expect(unruly.seen).toEqual([]);
  });

  it("gets the configured headers, and of the client's what is its own", async () => {
    const leg = await session({ headers: { Authorization: "Bearer gate" } });
    await leg.tell(INITIALIZED, { "mcp-protocol-version": "2024-11-05", authorization: "Bearer client" });
    const last = unruly.seen.at(-1);
    expect(last?.headers).toMatchObject({
      authorization: "Bearer gate",
      "mcp-protocol-version": "2024-11-05",
    });
    expect(unruly.seen[0]).toMatchObject({ method: "GET", headers: { authorization: "Bearer gate" } });
  });

  it("has one stream for each conversation, closed with it", async () => {
    const upstream = open(sseServer(`${unruly.origin}/sse`));
    const [one] = [await begun(upstream, "one"), await begun(upstream, "other")];
    expect(unruly.streams()).toBe(2);
    await one?.close();
    await until(() => unruly.streams() === 1);
  });

  it("tells who listens what belongs to no request", async () => {
    const leg = await session();
    const heard: string[] = [];
    const stop = new AbortController();
    const stream = leg.listen(
      {},
      ({ frame }) => void heard.push(...methods(frame ? [{ frame }] : [])),
      stop.signal,
    );
    await words(ask(leg, toolCall(1, "announce")));
    await until(() => heard.includes("notifications/tools/list_changed"));
    stop.abort();
    expect(await failure(stream)).toMatchObject({ code: "cancelled" });
  });

  it("is held back by a client that is slow to take what it says", async () => {
    const leg = await session();
    let taken = 0;
    let go = (): void => undefined;
    const heard = ask(leg, toolCall(1, "burst", { n: 5 }, { progressToken: "p" }), () => {
      taken += 1;
      return new Promise((resolve) => void (go = resolve));
    });
    await until(() => taken === 1);
    const other = ask(leg, toolCall(2, "echo", {}));
    let answered = false;
    void other.ending.then(() => (answered = true));
    for (let n = 1; n <= 5; n += 1) {
      await until(() => taken === n);
      expect(answered).toBe(false);
      go();
    }
    expect(await words(heard)).toBe("done");
    expect(await words(other)).toBe("{}");
  });

  it("keeps what a slow client has not taken, instead of this process", async () => {
    const upstream = open(sseServer(`${unruly.origin}/sse`));
    const [leg, other] = [await begun(upstream, "one"), await begun(upstream, "other")];
    let go: (() => void) | undefined;
    const heard = ask(leg, toolCall(1, "flood"), () =>
      go === undefined ? new Promise((resolve) => void (go = resolve)) : undefined,
    );
    await until(() => go !== undefined);
    for (let n = 0; n < 50; n += 1) await words(ask(other, toolCall(n, "echo")));
    expect(unruly.floods()).toBe(0);
    go?.();
    expect(await words(heard)).toBe("done");
    expect(heard.beats).toHaveLength(400);
    expect(unruly.floods()).toBe(1);
  });
});

describe("a stream that is of no use", () => {
  it.each([
    ["/elsewhere", "upstream-unreachable", "named an endpoint elsewhere than http://127.0.0.1"],
    ["/early", "upstream-unreachable", "began without an `endpoint` event"],
    ["/ended", "upstream-unreachable", "ended before its `endpoint` event"],
    ["/silent", "upstream-unreachable", "no `endpoint` event within"],
    ["/none", "upstream-refused", "HTTP 405"],
    ["/secret", "upstream-refused", "HTTP 401"],
    ["/html", "upstream-garbled", "text/html"],
  ])("%s: %s, and nothing was sent", async (path, code, detail) => {
    const upstream = open(sseServer(unruly.origin + path, { timeout_ms: 300 }));
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({
      code,
      detail: expect.stringContaining(detail),
    });
    expect(unruly.seen.map(({ method }) => method)).toEqual(["GET"]);
    await until(() => unruly.streams() === 0);
    expect(upstream.status().last_error).toContain(detail);
  });

  it("is not waited for by a gate that closes", async () => {
    const upstream = open(sseServer(`${unruly.origin}/silent`));
    const opening = failure(upstream.connect("one", "legacy"));
    await until(() => unruly.streams() === 1);
    await upstream.close();
    expect(await opening).toMatchObject({ code: "upstream-over" });
  });

  it("is left alone for a while after it failed five times", async () => {
    const upstream = open(sseServer(`${unruly.origin}/ended`));
    for (let n = 0; n < 5; n += 1) await failure(upstream.connect("one", "legacy"));
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({ code: "upstream-resting" });
    expect(gets()).toBe(5);
  });
});

describe("a server that misbehaves", () => {
  it.each([
    ["garbage", "after garbage", "no message"],
    ["twice", "first", "an answer that nobody waits for"],
    ["wrong-id", "right", "an answer that nobody waits for"],
  ])("%s: the answer comes through, the rest is dropped and told", async (how, answer, told) => {
    const leg = await session();
    expect(await words(ask(leg, toolCall(1, how)))).toBe(answer);
    await until(() => log.lines.join("\n").includes(told));
  });

  it.each([
    ["cut", "upstream-gone", "ended its stream"],
    ["break", "upstream-gone", "its stream broke"],
    ["huge", "upstream-garbled", "larger than"],
  ])(
    "%s: what is under way may have run; the next conversation has a new stream",
    async (how, code, detail) => {
      const upstream = open(sseServer(`${unruly.origin}/sse`));
      const leg = await begun(upstream);
      const other = ask(leg, toolCall(2, "hang"));
      const said = await failure(ask(leg, toolCall(1, how)).ending);
      expect(said).toMatchObject({
        code,
        message: expect.stringContaining("Whether the call ran is not known"),
      });
      expect(said.detail).toContain(detail);
      expect(await failure(other.ending)).toMatchObject({ code });
      expect(leg.alive).toBe(false);
      expect(await failure(leg.tell(INITIALIZED, {}))).toMatchObject({ code: "upstream-over" });
      expect(await words(ask(await begun(upstream), toolCall(1, "echo", { a: 1 })))).toBe('{"a":1}');
      expect(gets()).toBe(2);
    },
  );

  it.each([
    ["status-404", "upstream-over"],
    ["status-403", "upstream-refused"],
    ["status-500", "upstream-failed"],
  ])("a POST that ends with %s is %s", async (how, code) => {
    const leg = await session();
    expect(await failure(ask(leg, toolCall(1, how)).ending)).toMatchObject({ code });
    expect(leg.alive).toBe(code !== "upstream-over");
  });

  it("silence: given up, told to stop, and the conversation goes on", async () => {
    const leg = await session({ timeout_ms: 300 });
    expect(await failure(ask(leg, toolCall(7, "hang")).ending)).toMatchObject({ code: "upstream-timeout" });
    await until(async () => (await words(ask(leg, toolCall(8, "cancelled")))) === "[7]");
  });

  it("a client that leaves has the server told", async () => {
    const leg = await session();
    const heard = ask(leg, toolCall(7, "hang"));
    heard.stop();
    expect(await failure(heard.ending)).toMatchObject({ code: "cancelled" });
    await until(async () => (await words(ask(leg, toolCall(8, "cancelled")))) === "[7]");
  });
});

describe("a server that turns Streamable HTTP down", () => {
  it("is spoken to over HTTP+SSE, at once the next time, and asked anew when the verdict is old", async () => {
    const upstream = open(httpServer(`${unruly.origin}/sse`));
    const posts = (): number =>
      unruly.seen.filter(({ method, path }) => method === "POST" && path === "/sse").length;
    expect(await words(ask(await begun(upstream), toolCall(1, "echo", { a: 1 })))).toBe('{"a":1}');
    expect(upstream.status()).toMatchObject({
      transport: "sse",
      transport_since: new Date(now),
      state: "up",
    });
    expect(posts()).toBe(1);
    await begun(upstream, "another");
    expect([posts(), gets()]).toEqual([1, 2]);
    now += 61 * 60_000;
    expect(upstream.status()).toMatchObject({ transport: "streamable-http" });
    await begun(upstream, "later");
    expect([posts(), gets()]).toEqual([2, 3]);
  });

  it.each(["/none", "/silent", "/elsewhere"])(
    "and has no HTTP+SSE either (%s) is answered for as it said",
    async (path) => {
      const leg = await open(httpServer(unruly.origin + path, { timeout_ms: 300 })).connect("one", "legacy");
      expect(await failure(ask(leg, INITIALIZE).ending)).toMatchObject({
        code: "upstream-garbled",
        detail: expect.stringContaining("HTTP 405"),
      });
      await until(() => unruly.streams() === 0);
    },
  );

  it("one that takes `initialize` is never asked for another transport", async () => {
    const http = await startUnrulyHttp();
    await begun(open(httpServer(http.url)));
    expect(http.seen.map(({ method }) => method)).toEqual(["POST", "POST"]);
    await http.close();
  });
});
