import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { WebSocketClientTransport } from "@modelcontextprotocol/sdk/client/websocket.js";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import {
  ask,
  failure,
  INITIALIZE,
  INITIALIZED,
  methods,
  MODERN_META,
  recordingLog,
  type RecordingLog,
  socketServer,
  toolCall,
  until,
  words,
} from "../../../test/servers/talk.ts";
import { startUnrulySocket, type UnrulySocket } from "../../../test/servers/unruly-socket.ts";
import type { SocketServer } from "../../config/config.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Leg, Upstream } from "../leg.ts";
import { openUpstream } from "../upstream.ts";

let unruly: UnrulySocket;
let upstreams: Upstream[] = [];
let log: RecordingLog;
beforeEach(async () => {
  unruly = await startUnrulySocket();
  log = recordingLog();
});
afterEach(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  upstreams = [];
  await unruly.close();
});

function open(path = "/", more: Partial<SocketServer> = {}): Upstream {
  const upstream = openUpstream(socketServer(unruly.origin + path, more), { log, now: Date.now });
  upstreams.push(upstream);
  return upstream;
}
async function begun(upstream: Upstream, key = "one"): Promise<Leg> {
  const leg = await upstream.connect(key, "legacy");
  await ask(leg, INITIALIZE).ending;
  await leg.tell(INITIALIZED, {});
  return leg;
}

describe("a server of WebSocket", () => {
  it("speaks as the client of SDK v1 expects it to", async () => {
    const client = new Client({ name: "sdk", version: "1" });
    await client.connect(new WebSocketClientTransport(new URL(unruly.origin)));
    expect(await client.callTool({ name: "echo", arguments: { a: 1 } })).toMatchObject({
      content: [{ text: '{"a":1}' }],
    });
    await client.close();
  });

  it("is asked and answers, questions in the middle of a call included", async () => {
    const leg = await begun(open());
    const heard = ask(leg, toolCall(1, "ask"), ({ frame }) => {
      if (frame?.message.kind !== "request") return;
      void leg.tell(frameOf({ kind: "result", id: frame.message.id, result: { action: "decline" } }), {});
    });
    expect(await words(heard)).toBe('{"action":"decline"}');
    expect(methods(heard.beats)).toEqual(["elicitation/create"]);
  });

  it("gives its bytes as they are", async () => {
    const heard = await ask(await begun(open()), toolCall(1, "echo", { a: "\u00e9" })).ending;
    expect(heard.kind === "answer" && heard.frame.bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\\"a\\":\\"é\\"}"}]}}',
    );
  });

  it("gets the subprotocol and the configured headers with the handshake", async () => {
    await begun(open("/", { headers: { Authorization: "Bearer gate" } }));
    expect(unruly.handshakes[0]).toMatchObject({
      "sec-websocket-protocol": "mcp",
      authorization: "Bearer gate",
    });
    expect(unruly.handshakes[0]).not.toHaveProperty("sec-websocket-extensions");
  });

  it("has a socket for each conversation, closed with it by the code that means so", async () => {
    const upstream = open();
    const one = await begun(upstream, "one");
    await begun(upstream, "other");
    expect(unruly.open()).toBe(2);
    await one.close();
    await until(() => unruly.open() === 1);
    expect(unruly.closed).toEqual([1000]);
  });

  it.each([
    ["/", "legacy"],
    ["/modern", "modern"],
  ])("at %s is found to be %s", async (path, era) => {
    expect(await open(path).era()).toBe(era);
  });

  it("of the modern era: one socket for all clients of a principal, whose ids may be the same", async () => {
    const upstream = open("/modern");
    const leg = await upstream.connect("one", "modern");
    const [one, other] = [
      ask(leg, toolCall(1, "echo", { n: 1 }, MODERN_META)),
      ask(leg, toolCall(1, "echo", { n: 2 }, MODERN_META)),
    ];
    expect(await Promise.all([words(one), words(other)])).toEqual(['{"n":1}', '{"n":2}']);
    expect(unruly.open()).toBe(1);
  });

  it("is held back by a client that is slow to take what it says", async () => {
    const leg = await begun(open());
    let taken = 0;
    let go = (): void => undefined;
    const heard = ask(leg, toolCall(1, "burst", { n: 5 }, { progressToken: "p" }), () => {
      taken += 1;
      return new Promise((resolve) => void (go = resolve));
    });
    let answered = false;
    const other = ask(leg, toolCall(2, "echo", {}));
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
    const upstream = open();
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

describe("a socket that does not open", () => {
  it.each([
    ["/plain", "upstream-unreachable", "subprotocol"],
    ["/secret", "upstream-refused", "HTTP 401"],
  ])("%s: %s, and nothing ran", async (path, code, detail) => {
    const upstream = open(path);
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({
      code,
      detail: expect.stringContaining(detail),
    });
    await until(() => unruly.open() === 0);
  });

  it("nobody listens there", async () => {
    const upstream = open();
    await unruly.close();
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({
      code: "upstream-unreachable",
      message: expect.stringContaining("did not run"),
    });
    expect(upstream.status()).toMatchObject({ transport: "websocket", state: "down" });
  });

  it("is not waited for by a gate that closes", async () => {
    let reached = (): void => undefined;
    const asked = new Promise<void>((resolve) => (reached = resolve));
    const mute = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => reached());
    });
    await new Promise<void>((resolve) => void mute.listen(0, "127.0.0.1", resolve));
    const url = `ws://127.0.0.1:${(mute.address() as AddressInfo).port}`;
    const upstream = openUpstream(socketServer(url), { log, now: Date.now });
    const opening = failure(upstream.connect("one", "legacy"));
    await asked;
    await upstream.close();
    expect(await opening).toMatchObject({ code: "upstream-over" });
    mute.close();
  });
});

describe("a socket that misbehaves", () => {
  it.each([
    ["garbage", "after garbage", "no message"],
    ["twice", "first", "an answer that nobody waits for"],
    ["wrong-id", "right", "an answer that nobody waits for"],
  ])("%s: the answer comes through, the rest is dropped and told", async (how, answer, told) => {
    const leg = await begun(open());
    expect(await words(ask(leg, toolCall(1, how)))).toBe(answer);
    await until(() => log.lines.join("\n").includes(told));
  });

  it("a binary frame carries no message", async () => {
    const leg = await begun(open());
    void ask(leg, toolCall(1, "binary"));
    expect(await words(ask(leg, toolCall(2, "echo", {})))).toBe("{}");
    expect(log.lines.join("\n")).toContain("a binary frame");
  });

  it.each([
    ["cut", "upstream-gone", "closed its socket (1001)"],
    ["close-1011", "upstream-gone", "closed its socket (1011 as asked )"],
    ["close-1008", "upstream-refused", "closed its socket (1008 as asked )"],
    ["close-3000", "upstream-refused", "closed its socket (3000"],
    ["terminate", "upstream-gone", "its connection broke"],
    ["utf8", "upstream-garbled", "UTF-8"],
    ["huge", "upstream-garbled", "size"],
  ])("%s: %s; the next conversation has a new socket", async (how, code, detail) => {
    const upstream = open();
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
    expect(await words(ask(await begun(upstream), toolCall(1, "echo", { a: 1 })))).toBe('{"a":1}');
  });

  it("its pings are answered", async () => {
    expect(await words(ask(await begun(open()), toolCall(1, "ping")))).toBe("are you there?");
  });

  it("half open: whoever gives no sign of life is gone, long before a call would be given up", async () => {
    const upstream = open("/deaf", { timeout_ms: 300 });
    const leg = await upstream.connect("one", "legacy");
    const stream = leg.listen({}, () => undefined, new AbortController().signal);
    expect(await stream).toBe("ended");
    expect(leg.alive).toBe(false);
    expect(upstream.status()).toMatchObject({ state: "down", last_error: "its connection broke" });
  });

  it("who answers pings stays, however silent", async () => {
    const upstream = open("/", { timeout_ms: 100 });
    const leg = await upstream.connect("one", "legacy");
    const stop = new AbortController();
    const stream = leg.listen({}, () => undefined, stop.signal);
    await until(() => unruly.pings() > 3); // more than a deaf one gets
    expect(leg.alive).toBe(true);
    stop.abort();
    await failure(stream);
  });

  it("silence: given up, told to stop, and the conversation goes on", async () => {
    const leg = await begun(open("/", { timeout_ms: 300 }));
    expect(await failure(ask(leg, toolCall(7, "hang")).ending)).toMatchObject({ code: "upstream-timeout" });
    expect(await words(ask(leg, toolCall(8, "cancelled")))).toBe("[7]");
  });
});
