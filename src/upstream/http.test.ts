import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  ask,
  failure,
  httpServer,
  INITIALIZE,
  INITIALIZED,
  methods,
  MODERN_META,
  recordingLog,
  type RecordingLog,
  request,
  toolCall,
  until,
  words,
} from "../../test/servers/talk.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../test/servers/unruly-http.ts";
import type { HttpServer } from "../config/config.ts";
import { frameOf } from "../wire/frame.ts";
import type { Beat, Leg, Upstream } from "./leg.ts";
import { openUpstream } from "./upstream.ts";

let unruly: UnrulyHttp;
let upstreams: Upstream[] = [];
let log: RecordingLog;
beforeEach(async () => {
  unruly = await startUnrulyHttp({ modern: true });
  log = recordingLog();
});
afterEach(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  upstreams = [];
  await unruly.close();
});

function open(url: string, more: Partial<HttpServer> = {}): Upstream {
  const upstream = openUpstream(httpServer(url, more), { log, now: Date.now });
  upstreams.push(upstream);
  return upstream;
}
const modern = (more: Partial<HttpServer> = {}): Promise<Leg> =>
  open(unruly.url, more).connect("one", "modern");
async function session(more: Partial<HttpServer> = {}): Promise<Leg> {
  const leg = await open(unruly.url, more).connect("one", "legacy");
  await ask(leg, INITIALIZE).ending;
  return leg;
}
const seen = (method: string) => unruly.seen.filter((request) => request.method === method);

describe("an SDK v2 server", () => {
  const fixture = spawn(process.execPath, [`${import.meta.dirname}/../../test/conformance/fixture.ts`], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let url = "";
  beforeAll(async () => {
    const [line] = (await once(createInterface({ input: fixture.stdout }), "line")) as [string];
    url = line.replace("ready ", "");
  });
  afterAll(() => void fixture.kill());

  it("legacy: a session, a stream, a question in the middle of a call", async () => {
    const leg = await open(url).connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    await leg.tell(INITIALIZED, {});
    expect(await words(ask(leg, toolCall(1, "test_simple_text")))).not.toBe("");
    const heard = ask(leg, toolCall(2, "test_elicitation", { message: "?" }), ({ frame }) => {
      if (frame?.message.kind !== "request") return;
      const result = { action: "accept", content: { username: "a", email: "a@b.example" } };
      void leg.tell(frameOf({ kind: "result", id: frame.message.id, result }), {});
    });
    expect(await words(heard)).toContain("accept");
    const progress = ask(leg, toolCall(3, "test_tool_with_progress", {}, { progressToken: "p" }));
    expect((await progress.ending).kind).toBe("answer");
    expect(methods(progress.beats)).toContain("notifications/progress");
  });

  it("legacy: a stream that the server ends early is resumed by its event id", async () => {
    const leg = await open(url).connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    await leg.tell(INITIALIZED, {});
    const heard = ask(leg, toolCall(2, "test_reconnection"));
    expect(await heard.ending).toEqual({ kind: "detached" });
    const last = heard.beats.findLast(({ id }) => id !== undefined)?.id ?? "";
    const resumed: Beat[] = [];
    const stream = leg.listen(
      { "last-event-id": last },
      (beat) => void resumed.push(beat),
      new AbortController().signal,
    );
    expect(await stream).toBe("ended");
    expect(resumed.filter(({ frame }) => frame?.message.kind === "result")).toHaveLength(1);
  });

  it("modern: headers come from the body where the client has none", async () => {
    const leg = await open(url).connect("one", "modern");
    expect(await words(ask(leg, toolCall(1, "test_simple_text", {}, MODERN_META)))).not.toBe("");
    const unknown = await ask(leg, request(2, "no/such/method", { _meta: MODERN_META })).ending;
    expect(unknown).toMatchObject({
      kind: "answer",
      status: 404,
      frame: { message: { code: -32601, id: 2 } },
    });
  });

  it("modern: a subscription stays open until it is broken off", async () => {
    const leg = await open(url, { timeout_ms: 500 }).connect("one", "modern");
    const filter = { notifications: { toolsListChanged: true }, toolsListChanged: true };
    const heard = ask(leg, request("s", "subscriptions/listen", { ...filter, _meta: MODERN_META }));
    await until(() => methods(heard.beats).includes("notifications/subscriptions/acknowledged"));
    await new Promise((resolve) => void setTimeout(resolve, 900)); // longer than the deadline of a call
    heard.stop();
    expect(await failure(heard.ending)).toMatchObject({ code: "cancelled" });
  });

  it("is found to be modern", async () => {
    expect(await open(url).era()).toBe("modern");
  });
});

describe("what is sent", () => {
  it("carries the leg's own session and revision, the server's headers, and of the client's what is its own", async () => {
    const leg = await open(unruly.url, { headers: { Authorization: "Bearer gate", "X-Key": "k" } }).connect(
      "one",
      "legacy",
    );
    await ask(leg, INITIALIZE).ending;
    const headers = {
      "mcp-session-id": "the client's with the gate",
      "mcp-protocol-version": "2025-11-25",
      "mcp-param-region": "eu",
      traceparent: "00-1",
      authorization: "Bearer client",
      cookie: "c=1",
      host: "gate",
      "content-length": "1",
      "x-key": "mine",
    };
    await leg.ask(toolCall(1, "json"), headers, () => undefined, new AbortController().signal);
    const sent = unruly.seen.at(-1)?.headers;
    expect(sent).toMatchObject({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": "session-1",
      "mcp-protocol-version": "2025-06-18",
      "mcp-param-region": "eu",
      traceparent: "00-1",
      authorization: "Bearer gate",
      "x-key": "k",
      host: new URL(unruly.url).host,
    });
    expect(sent).not.toHaveProperty("cookie");
    expect(unruly.seen[0]?.headers).not.toHaveProperty("mcp-session-id");
  });

  it("is the client's bytes", async () => {
    const leg = await modern();
    const { decode, DEFAULT_BOUNDS } = await import("../wire/frame.ts");
    const bytes =
      '{ "method":"tools/call","params":{"name":"json","x":1.0e2, "ü":"\\u00fc"},\n"id":7,"jsonrpc":"2.0"}';
    await ask(leg, decode(Buffer.from(bytes), DEFAULT_BOUNDS)).ending;
    expect(unruly.seen.at(-1)?.body).toBe(bytes);
  });

  it("mirrors the name that is in the body", async () => {
    const leg = await modern();
    const headers = { "mcp-name": "the name before it was edited", "mcp-method": "tools/call" };
    await leg.ask(
      toolCall(1, "json", {}, MODERN_META),
      headers,
      () => undefined,
      new AbortController().signal,
    );
    expect(unruly.seen.at(-1)?.headers).toMatchObject({
      "mcp-name": "json",
      "mcp-protocol-version": "2026-07-28",
    });
  });
});

describe("answers", () => {
  it("comes as JSON, or at the end of a stream after everything before it", async () => {
    const leg = await session();
    expect(await ask(leg, toolCall(1, "json")).ending).toMatchObject({
      kind: "answer",
      status: 200,
      streamed: false,
    });
    const heard = ask(leg, toolCall(2, "sse"));
    expect(await heard.ending).toMatchObject({ kind: "answer", status: 200, streamed: true, id: "e2" });
    expect(heard.beats.map(({ frame, ...rest }) => ({ ...rest, has: frame !== undefined }))).toEqual([
      { id: "p", retry_ms: 50, has: false },
      { comment: " alive", has: false },
      { id: "e1", has: true },
    ]);
  });

  it.each([
    ["status-400-json", 400],
    ["status-400-null", 400],
    ["status-404-json", 404],
    ["status-500-json", 500],
  ])("%s: an error that the server put in words is its answer", async (how, status) => {
    const ending = await ask(await modern(), toolCall(1, how)).ending;
    expect(ending).toMatchObject({
      kind: "answer",
      status,
      frame: { message: { kind: "error", message: "no" } },
    });
  });

  it.each([
    ["sse-garbage", "after garbage"],
    ["sse-twice", "first"],
    ["sse-wrong-id", "right"],
  ])("%s: the answer comes through, the rest is dropped and told", async (how, answer) => {
    const heard = ask(await modern(), toolCall(1, how));
    expect(await words(heard)).toBe(answer);
    expect(heard.beats.filter(({ frame }) => frame !== undefined)).toEqual([]);
    await until(() => log.lines.join("\n").includes("dropped"));
  });

  it("is not waited for longer than it takes: a stream left open after it is broken off", async () => {
    expect(await words(ask(await modern(), toolCall(1, "sse-open")))).toBe("and still open");
    await until(() => unruly.broken_off() === 1);
  });

  it("a slow client holds the server back, in order", async () => {
    const leg = await modern({ timeout_ms: 1000 });
    let at_once = 0;
    const heard = ask(leg, toolCall(1, "burst"), async () => {
      at_once += 1;
      expect(at_once).toBe(1);
      await new Promise((resolve) => void setTimeout(resolve, 4));
      at_once -= 1;
    });
    expect(await words(heard)).toBe("done");
    expect(
      heard.beats.map(
        ({ frame }) => frame !== undefined && "params" in frame.message && frame.message.params["progress"],
      ),
    ).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
  });
});

describe("a server that misbehaves", () => {
  it.each([
    ["status-401", "upstream-refused", "HTTP 401"],
    ["status-403-json", "upstream-refused", "HTTP 403"],
    ["status-302", "upstream-refused", "HTTP 302"],
    ["status-429", "upstream-refused", "HTTP 429"],
    ["status-503", "upstream-refused", "HTTP 503"],
    ["status-500-null", "upstream-failed", "HTTP 500"],
    ["status-400", "upstream-garbled", "HTTP 400, content-type `text/plain`"],
    ["status-404", "upstream-garbled", "HTTP 404"],
    ["html", "upstream-garbled", "text/html"],
    ["garbage", "upstream-garbled", "malformed-json"],
    ["utf8", "upstream-garbled", "malformed-json"],
    ["huge", "upstream-garbled", "bytes"],
    ["sse-huge", "upstream-garbled", "upstream-garbled"],
    ["sse-garbled", "upstream-garbled", "invalid-request"],
    ["wrong-id", "upstream-garbled", "no answer to what was asked"],
    ["empty", "upstream-gone", "ended before the answer"],
    ["accepted", "upstream-garbled", "HTTP 202"],
    ["zipped", "upstream-garbled", "gzip"],
    ["break", "upstream-gone", "other side closed"],
    ["sse-cut", "upstream-gone", "ended before the answer"],
    ["sse-cut-id", "upstream-gone", "ended before the answer"],
    ["sse-break", "upstream-gone", "other side closed"],
  ])("%s: %s", async (how, code, detail) => {
    const failed = await failure(ask(await modern(), toolCall(1, how)).ending);
    expect(failed).toMatchObject({ code, detail: expect.stringContaining(detail) });
    expect(`${failed.message} ${failed.detail}`).not.toContain("inner.example");
    expect(failed.message).not.toContain(unruly.url);
  });

  it("a legacy stream cut off after an event id can be resumed", async () => {
    const leg = await session();
    expect(await ask(leg, toolCall(1, "sse-cut-id")).ending).toEqual({ kind: "detached" });
    expect(await failure(ask(leg, toolCall(2, "sse-cut")).ending)).toMatchObject({ code: "upstream-gone" });
  });

  it.each(["hang", "sse-silent"])("%s: silence ends the request, and the server is told", async (how) => {
    const leg = await session({ timeout_ms: 300 });
    expect(await failure(ask(leg, toolCall(4, how)).ending)).toMatchObject({
      code: "upstream-timeout",
      message: expect.stringContaining("not known"),
    });
    await until(() =>
      unruly.seen.some(
        ({ body }) => body.includes("notifications/cancelled") && body.includes('"requestId":4'),
      ),
    );
    expect(unruly.broken_off()).toBe(1);
  });

  it("progress is a sign of life, and so is a question to the client", async () => {
    const leg = await session({ timeout_ms: 1000 });
    expect(await words(ask(leg, toolCall(1, "sse-slow")))).toBe("slow");
    const heard = ask(leg, toolCall(2, "sse-ask"));
    await until(() => heard.beats.length === 1);
    await new Promise((resolve) => void setTimeout(resolve, 2200));
    await leg.tell(frameOf({ kind: "result", id: "question", result: { action: "decline" } }), {});
    expect(await words(heard)).toBe('{"action":"decline"}');
  });

  it("modern: who breaks off closes the stream and sends nothing; legacy: sends a message", async () => {
    const leg = await modern();
    const heard = ask(leg, toolCall(1, "sse-silent"));
    await until(() => seen("POST").length === 1);
    heard.stop();
    expect(await failure(heard.ending)).toMatchObject({ code: "cancelled" });
    await until(() => unruly.broken_off() === 1);
    expect(seen("POST")).toHaveLength(1);

    const legacy = await session();
    const other = ask(legacy, toolCall(2, "sse-silent"));
    await until(() => seen("POST").length === 3);
    other.stop();
    await until(() => unruly.seen.at(-1)?.body.includes("notifications/cancelled") === true);
  });

  it("a session that the server forgot ends the leg, and says that the call did not run", async () => {
    const leg = await session();
    unruly.expire();
    expect(await failure(ask(leg, toolCall(1, "json")).ending)).toMatchObject({
      code: "upstream-over",
      detail: "session-expired",
      message: expect.stringContaining("did not run"),
    });
    expect(leg.alive).toBe(false);
    const again = await upstreams[0]?.connect("one", "legacy");
    expect(again).not.toBe(leg);
    expect(again?.alive).toBe(true);
  });

  it("a server that is not there rests after five failures, and is tried again", async () => {
    const upstream = open(unruly.url);
    const leg = await upstream.connect("one", "modern");
    await unruly.down();
    for (let n = 0; n < 5; n += 1) {
      expect(await failure(ask(leg, toolCall(n, "json")).ending)).toMatchObject({
        code: "upstream-unreachable",
        message: expect.stringContaining("did not run"),
        detail: expect.stringContaining("ECONNREFUSED"),
      });
    }
    expect(await failure(ask(leg, toolCall(9, "json")).ending)).toMatchObject({ code: "upstream-resting" });
    expect(upstream.status()).toMatchObject({
      state: "resting",
      last_error: expect.stringContaining("ECONNREFUSED"),
    });
    await unruly.up();
    await until(() => upstream.status().state !== "resting");
    expect(await words(ask(leg, toolCall(10, "json")))).toBe("json");
    expect(upstream.status()).toMatchObject({ state: "up", legs: 1 });
  });
});

describe("tenants that share a server", () => {
  const of = (tenant: string) => ({
    principal: { id: "ana", tenant, roles: [], scopes: [], source: "token" } as const,
  });

  it("one that calls what never answers rests alone; a server that is not there rests for all", async () => {
    const upstream = open(unruly.url, { timeout_ms: 100 });
    const [slow, other] = [
      await upstream.connect("one", "modern", of("acme")),
      await upstream.connect("two", "modern", of("globex")),
    ];
    for (let n = 0; n < 5; n += 1)
      expect(await failure(ask(slow, toolCall(n, "hang")).ending)).toMatchObject({
        code: "upstream-timeout",
      });
    expect(await failure(ask(slow, toolCall(9, "json")).ending)).toMatchObject({ code: "upstream-resting" });
    expect(await words(ask(other, toolCall(10, "json")))).toBe("json");
    expect(await failure(ask(slow, toolCall(11, "json")).ending)).toMatchObject({ code: "upstream-resting" });
    await unruly.down();
    for (let n = 20; n < 25; n += 1)
      expect(await failure(ask(other, toolCall(n, "json")).ending)).toMatchObject({
        code: "upstream-unreachable",
      });
    expect(await failure(upstream.connect("three", "modern", of("initech")))).toMatchObject({
      code: "upstream-resting",
    });
  });
});

describe("what is not a call", () => {
  it("a notification is taken, or the refusal told", async () => {
    const leg = await session();
    await leg.tell(INITIALIZED, {});
    const refused = frameOf({ kind: "notification", method: "notifications/refused", params: {} });
    expect(await failure(leg.tell(refused, {}))).toMatchObject({
      code: "upstream-refused",
      detail: "HTTP 400",
    });
    unruly.expire();
    expect(await failure(leg.tell(INITIALIZED, {}))).toMatchObject({ detail: "session-expired" });
    expect(leg.alive).toBe(false);
  });

  it("a stream gives what the server says, answers only where it resumes", async () => {
    const leg = await session();
    const plain: Beat[] = [];
    expect(await leg.listen({}, (beat) => void plain.push(beat), new AbortController().signal)).toBe("ended");
    expect(methods(plain)).toEqual(["-", "notifications/tools/list_changed"]);
    const resumed: Beat[] = [];
    await leg.listen(
      { "last-event-id": "e7" },
      (beat) => void resumed.push(beat),
      new AbortController().signal,
    );
    expect(resumed.map(({ id }) => id)).toEqual([undefined, "g1", "g2"]);
    expect(resumed[2]?.frame?.bytes.toString()).toContain("resumed after e7");
  });

  it("a server without a stream says so", async () => {
    const leg = await open(unruly.url.replace("/mcp", "/no-get")).connect("one", "legacy");
    expect(await leg.listen({}, () => undefined, new AbortController().signal)).toBe("unsupported");
  });

  it("the end of a session is told to the server, and a request under way ends", async () => {
    const leg = await session();
    const heard = ask(leg, toolCall(1, "hang"));
    await leg.close();
    expect(await failure(heard.ending)).toMatchObject({ code: "upstream-gone" });
    expect(seen("DELETE").map(({ headers }) => headers["mcp-session-id"])).toEqual(["session-1"]);
    await leg.close();
    expect(seen("DELETE")).toHaveLength(1);
  });
});
