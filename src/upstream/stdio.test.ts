import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import {
  ask,
  ended,
  failure,
  INITIALIZE,
  INITIALIZED,
  methods,
  MODERN_META,
  type RecordingLog,
  recordingLog,
  request,
  runs,
  stdioServer,
  toolCall,
  until,
  words,
} from "../../test/servers/talk.ts";
import type { StdioServer } from "../config/config.ts";
import { frameOf } from "../wire/frame.ts";
import type { Beat, Leg, Upstream } from "./leg.ts";
import { openUpstream } from "./upstream.ts";

let upstreams: Upstream[] = [];
afterEach(async () => {
  await Promise.all(upstreams.map((upstream) => upstream.close()));
  upstreams = [];
});

function open(server: StdioServer): { readonly upstream: Upstream; readonly log: RecordingLog } {
  const log = recordingLog();
  const upstream = openUpstream(server, { log, now: Date.now });
  upstreams.push(upstream);
  return { upstream, log };
}
const unruly = (more: Partial<StdioServer> = {}) => open(stdioServer("unruly-stdio.ts", more));
const unrulyLeg = async (more: Partial<StdioServer> = {}): Promise<Leg> =>
  unruly(more).upstream.connect("one", "legacy");
const reply = (id: string, result: Record<string, string>) => frameOf({ kind: "result", id, result });

function packaged(name: string, ...args: readonly string[]): StdioServer {
  const home = dirname(createRequire(import.meta.url).resolve(`@modelcontextprotocol/${name}/package.json`));
  return { ...stdioServer(""), args: [join(home, "dist/index.js"), ...args] };
}

describe("a process as a server", () => {
  it("reads and writes files through the filesystem server", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcullis-"));
    await writeFile(join(folder, "a.txt"), "hello from a file");
    const leg = await open(packaged("server-filesystem", folder)).upstream.connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    await leg.tell(INITIALIZED, {});
    expect(await words(ask(leg, toolCall(2, "read_text_file", { path: join(folder, "a.txt") })))).toBe(
      "hello from a file",
    );
  });

  it("carries progress and questions of the everything server", async () => {
    const leg = await open(packaged("server-everything", "stdio")).upstream.connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    await leg.tell(INITIALIZED, {});
    const heard = ask(
      leg,
      toolCall(2, "trigger-long-running-operation", { duration: 0.3, steps: 3 }, { progressToken: "p" }),
    );
    expect(await words(heard)).toContain("completed");
    expect(methods(heard.beats).filter((method) => method === "notifications/progress")).toHaveLength(3);
  });

  it("gives the bytes of the server, whatever their spelling", async () => {
    const leg = await unrulyLeg();
    const heard = await ask(leg, toolCall(1, "echo", { a: 1 })).ending;
    expect(heard.kind === "answer" && heard.frame.bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"{\\"a\\":1}"}]}}',
    );
  });

  it("keeps a request that came on several lines on one", async () => {
    const leg = await unrulyLeg();
    const { decode, DEFAULT_BOUNDS } = await import("../wire/frame.ts");
    const pretty = Buffer.from(
      JSON.stringify(
        { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "echo", arguments: { a: "b\nc" } } },
        null,
        2,
      ),
    );
    expect(await words(ask(leg, decode(pretty, DEFAULT_BOUNDS)))).toBe('{"a":"b\\nc"}');
  });

  it("sees a minimal environment and what the configuration gives it", async () => {
    process.env["GATE_SECRET"] = "must not be seen";
    const leg = await unrulyLeg({ env: { SERVICE_KEY: "given-value" } });
    const seen = JSON.parse(await words(ask(leg, toolCall(1, "environment")))) as Record<string, string>;
    expect(seen).toMatchObject({ SERVICE_KEY: "given-value", PATH: process.env["PATH"] });
    expect(seen).not.toHaveProperty("GATE_SECRET");
  });

  it("says which command cannot be started", async () => {
    const { upstream } = unruly({ command: "no-such-command-anywhere" });
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({
      code: "upstream-unreachable",
      message: expect.stringContaining("did not run"),
      detail: expect.stringContaining("no-such-command-anywhere"),
    });
    expect(upstream.status()).toMatchObject({ state: "down", last_error: expect.stringContaining("ENOENT") });
  });
});

describe("a process that misbehaves", () => {
  it.each([
    ["garbage", "after garbage", "no message"],
    ["twice", "first", "an answer that nobody waits for"],
    ["wrong-id", "right", "an answer that nobody waits for"],
  ])("%s: the answer comes through, the rest is dropped and told", async (how, answer, told) => {
    const { upstream, log } = unruly();
    const leg = await upstream.connect("one", "legacy");
    const heard = ask(leg, toolCall(1, how));
    expect(await words(heard)).toBe(answer);
    expect(heard.beats).toEqual([]);
    expect(await words(ask(leg, toolCall(2, "echo", { still: "here" })))).toBe('{"still":"here"}');
    expect(log.lines.join("\n")).toContain(told);
  });

  it.each([
    ["garbled-id", 1],
    ["garbled", 1],
    ["garbled-long", 11 * 1024 * 1024],
  ])(
    "%s: an answer that cannot be read is told at once, and the next request is answered",
    async (how, n) => {
      const { upstream } = unruly({ timeout_ms: 3_600_000 });
      const leg = await upstream.connect("one", "legacy");
      expect(await failure(ask(leg, toolCall(1, how, { n })).ending)).toMatchObject({
        code: "upstream-garbled",
        message: expect.stringContaining("Whether the call ran is not known"),
      });
      expect(await words(ask(leg, toolCall(2, "echo", { still: "here" })))).toBe('{"still":"here"}');
    },
  );

  it("of several under way, only the one that such an answer names", async () => {
    const { upstream } = unruly({ timeout_ms: 3_600_000 });
    const leg = await upstream.connect("one", "legacy");
    const others = [ask(leg, toolCall(1, "hang")), ask(leg, toolCall(2, "garbled"))];
    const named = ask(leg, toolCall(3, "garbled-id"));
    expect(await failure(named.ending)).toMatchObject({ code: "upstream-garbled" });
    for (const other of others) {
      other.stop();
      expect(await failure(other.ending)).toMatchObject({ code: "cancelled" });
    }
  });

  it("a line of 100 MB is dropped without being kept, and the next answer comes through", async () => {
    const { upstream, log } = unruly({ timeout_ms: 60_000 });
    const leg = await upstream.connect("one", "legacy");
    const before = process.memoryUsage().arrayBuffers;
    expect(await words(ask(leg, toolCall(1, "long", { n: 100 * 1024 * 1024 })))).toBe("after a long line");
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024);
    expect(log.lines.join("\n")).toContain("a line of more than");
  }, 60_000);

  it("a crash ends every request under way, says that they may have run, and ends the leg", async () => {
    const { upstream } = unruly();
    const leg = await upstream.connect("one", "legacy");
    const hanging = ask(leg, toolCall(1, "hang"));
    const crashing = ask(leg, toolCall(2, "crash"));
    for (const heard of [hanging, crashing]) {
      expect(await failure(heard.ending)).toMatchObject({
        code: "upstream-gone",
        message: expect.stringContaining("Whether the call ran is not known"),
      });
    }
    expect(leg.alive).toBe(false);
    expect(await failure(ask(leg, toolCall(3, "echo")).ending)).toMatchObject({
      code: "upstream-over",
      message: expect.stringContaining("did not run"),
    });
    expect(upstream.status()).toMatchObject({
      state: "down",
      legs: 0,
      last_error: expect.stringContaining("about to crash"),
    });
    expect(upstream.status().last_error).toContain("exited with code 3");
  });

  it("a process that was cut off in the middle of its answer is gone", async () => {
    const leg = await unrulyLeg();
    expect(await failure(ask(leg, toolCall(1, "cut")).ending)).toMatchObject({ code: "upstream-gone" });
  });

  it("who crashes again and again rests, others do not", async () => {
    const { upstream } = unruly();
    for (let n = 0; n < 2; n += 1) {
      const leg = await upstream.connect("crasher", "legacy");
      await failure(ask(leg, toolCall(1, "crash")).ending);
      await until(() => !leg.alive);
    }
    expect(await failure(upstream.connect("crasher", "legacy"))).toMatchObject({ code: "upstream-resting" });
    const other = await upstream.connect("other", "legacy");
    expect(await words(ask(other, toolCall(1, "echo", {})))).toBe("{}");
  });

  it("silence ends a request, and the server is told", async () => {
    const leg = await unrulyLeg({ timeout_ms: 1000 });
    expect(await words(ask(leg, toolCall(0, "echo", {})))).toBe("{}");
    expect(await failure(ask(leg, toolCall(1, "hang")).ending)).toMatchObject({ code: "upstream-timeout" });
    expect(await words(ask(leg, toolCall(2, "cancelled")))).toBe("[1]");
  });

  it("progress is a sign of life", async () => {
    const leg = await unrulyLeg({ timeout_ms: 1500 });
    await ask(leg, INITIALIZE).ending;
    const heard = ask(leg, toolCall(1, "progress", { n: 20 }, { progressToken: 5 }));
    expect(await words(heard)).toBe("done");
    expect(heard.beats).toHaveLength(20);
  });

  it("silence does not count while the server waits for its client", async () => {
    const leg = await unrulyLeg({ timeout_ms: 1000 });
    await ask(leg, INITIALIZE).ending;
    const heard = ask(leg, toolCall(1, "ask"));
    await until(() => heard.beats.length === 1);
    await new Promise((resolve) => void setTimeout(resolve, 2200));
    await leg.tell(reply("question", { action: "accept" }), {});
    expect(await words(heard)).toBe('{"action":"accept"}');
  });

  it("a flood on its standard error costs neither memory nor log", async () => {
    const { upstream, log } = unruly();
    const leg = await upstream.connect("one", "legacy");
    expect(await words(ask(leg, toolCall(1, "flood", { n: 5_000_000 })))).toBe("flooded");
    expect(log.lines.length).toBeLessThan(200);
    expect(Math.max(...log.lines.map((line) => line.length))).toBeLessThan(1000);
  });

  it("a secret that it prints is in neither log nor status", async () => {
    const { upstream, log } = unruly({ env: { SERVICE_KEY: "s3cr3t-value" } });
    const leg = await upstream.connect("one", "legacy");
    await failure(ask(leg, toolCall(1, "leak")).ending);
    await until(() => !leg.alive);
    expect(upstream.status().last_error).toContain("the key is [secret]");
    expect(log.lines.join("\n")).not.toContain("s3cr3t-value");
  });
});

describe("whose a message is", () => {
  it("two requests with one id get each their own answer, progress and cancellation", async () => {
    const leg = await unrulyLeg();
    const slow = ask(leg, toolCall(1, "progress", { n: 3 }, { progressToken: 1 }));
    const quick = ask(leg, toolCall(1, "progress", { n: 1 }, { progressToken: 1 }));
    const third = ask(leg, toolCall("1", "echo", { text: "id" }));
    for (const [heard, count] of [
      [slow, 3],
      [quick, 1],
    ] as const) {
      const ending = await heard.ending;
      expect(ending.kind === "answer" && ending.frame.message).toMatchObject({ kind: "result", id: 1 });
      expect(heard.beats.map(({ frame }) => frame?.message)).toEqual(
        Array.from({ length: count }, (_, n) => ({
          kind: "notification",
          method: "notifications/progress",
          params: { progressToken: 1, progress: n + 1 },
        })),
      );
    }
    const other = await third.ending;
    expect(other.kind === "answer" && other.frame.message).toMatchObject({ id: "1" });

    const first = ask(leg, toolCall(9, "hang"));
    const second = ask(leg, toolCall(9, "hang"));
    second.stop();
    expect(await failure(second.ending)).toMatchObject({ code: "cancelled" });
    first.stop();
    const told = JSON.parse(await words(ask(leg, toolCall(10, "cancelled")))) as unknown[];
    expect(told).toHaveLength(2);
    expect(told[0]).not.toBe(9);
    expect(told[1]).toBe(9);
  });

  it("a client that cancels by itself is not repeated", async () => {
    const leg = await unrulyLeg();
    const heard = ask(leg, toolCall(1, "hang"));
    await leg.tell(
      frameOf({ kind: "notification", method: "notifications/cancelled", params: { requestId: 1 } }),
      {},
    );
    heard.stop();
    expect(await failure(heard.ending)).toMatchObject({ code: "cancelled" });
    expect(await words(ask(leg, toolCall(2, "cancelled")))).toBe("[1]");
  });

  it("a late answer to a request given up never answers another of the same id", async () => {
    const leg = await unrulyLeg();
    const slow = ask(leg, toolCall(1, "progress", { n: 2 }, { progressToken: "p" }));
    await until(() => slow.beats.length === 1);
    slow.stop();
    expect(await words(ask(leg, toolCall(1, "echo", { mine: true })))).toBe('{"mine":true}');
  });

  /** The beat without a message which says that a stream is open. */
  const OPENED = "-";

  it("questions go to the request under way, changes to the stream", async () => {
    const leg = await unrulyLeg();
    const onStream: Beat[] = [];
    const abort = new AbortController();
    const stream = leg.listen({}, (beat) => void onStream.push(beat), abort.signal);
    const asked = ask(leg, toolCall(1, "ask"));
    await until(() => asked.beats.length === 1);
    await leg.tell(reply("question", {}), {});
    await asked.ending;
    const announced = ask(leg, toolCall(2, "announce"));
    await announced.ending;
    expect(methods(asked.beats)).toEqual(["elicitation/create"]);
    expect(methods(announced.beats)).toEqual(["notifications/message"]);
    expect(methods(onStream)).toEqual([OPENED, "notifications/tools/list_changed"]);
    abort.abort();
    expect(await failure(stream)).toMatchObject({ code: "cancelled" });
  });

  it("without a stream, changes go to the request under way", async () => {
    const leg = await unrulyLeg();
    const announced = ask(leg, toolCall(1, "announce"));
    await announced.ending;
    expect(methods(announced.beats)).toEqual(["notifications/tools/list_changed", "notifications/message"]);
  });

  it("what comes while nobody listens waits for whoever comes first", async () => {
    const leg = await unrulyLeg();
    await ask(leg, toolCall(1, "announce-later")).ending;
    await new Promise((resolve) => void setTimeout(resolve, 150));
    const heard: Beat[] = [];
    const abort = new AbortController();
    const stream = leg.listen({}, (beat) => void heard.push(beat), abort.signal);
    await until(() => heard.length === 2);
    expect(methods(heard)).toEqual([OPENED, "roots/list"]);
    await leg.close();
    expect(await stream).toBe("ended");
  });

  it("a slow client holds the server back, in order, and other silence does not count", async () => {
    const leg = await unrulyLeg({ timeout_ms: 1000 });
    await words(ask(leg, toolCall(0, "echo")));
    const order: string[] = [];
    const heard = ask(leg, toolCall(1, "burst", { n: 20 }, { progressToken: 1 }), async ({ frame }) => {
      const n =
        frame !== undefined && "params" in frame.message
          ? JSON.stringify(frame.message.params["progress"])
          : "";
      order.push(`begin ${n}`);
      await new Promise((resolve) => void setTimeout(resolve, 100));
      order.push(`end ${n}`);
    });
    expect(await words(heard)).toBe("done");
    expect(order).toEqual(Array.from({ length: 20 }, (_, n) => [`begin ${n + 1}`, `end ${n + 1}`]).flat());
  });

  it("a modern subscription is heard until the server ends it, with the client's id", async () => {
    const { upstream } = open(stdioServer("modern-stdio.ts", { timeout_ms: 1000 }));
    const leg = await upstream.connect("one", "modern");
    const listening = (id: number) => ask(leg, request(id, "subscriptions/listen", { _meta: MODERN_META }));
    const one = listening(1);
    const two = listening(1);
    await until(() => one.beats.length === 1 && two.beats.length === 1);
    await new Promise((resolve) => void setTimeout(resolve, 1500)); // longer than the deadline of a call
    await words(ask(leg, toolCall(2, "change", {}, MODERN_META)));
    await words(ask(leg, toolCall(3, "end", {}, MODERN_META)));
    for (const heard of [one, two]) {
      const ending = await heard.ending;
      expect(methods(heard.beats)).toEqual([
        "notifications/subscriptions/acknowledged",
        "notifications/tools/list_changed",
        "notifications/cancelled",
      ]);
      const all = [
        ...heard.beats.map(({ frame }) => frame),
        ending.kind === "answer" ? ending.frame : undefined,
      ];
      const text = all.map((frame) => frame?.bytes.toString()).join("\n");
      expect(text.match(/"io.modelcontextprotocol\/subscriptionId":1}/g)).toHaveLength(3);
      expect(text).not.toContain("portcullis-");
    }
    const cut = listening(4);
    await until(() => cut.beats.length === 1);
    await words(ask(leg, toolCall(5, "cut", {}, MODERN_META)));
    expect(await failure(cut.ending)).toMatchObject({ code: "upstream-gone" });
  });
});

describe("one process for several modern clients", () => {
  const modern = async (): Promise<Leg> =>
    open(stdioServer("modern-stdio.ts")).upstream.connect("one", "modern");
  const call = (id: number, name: string, args = {}, more = {}) =>
    toolCall(id, name, args, { ...MODERN_META, ...more });

  it("one that takes nothing holds nobody up: it alone has to go, and the server is told", async () => {
    const leg = await modern();
    const slow = ask(leg, call(1, "burst", { n: 20_000 }, { progressToken: 1 }), () => new Promise(() => {}));
    const other = ask(leg, call(2, "echo", { n: 2 }));
    expect(await words(other)).toBe('{"n":2}');
    expect(await failure(slow.ending)).toMatchObject({
      code: "upstream-failed",
      message: expect.stringContaining("more than this client took"),
    });
    expect(slow.beats).toHaveLength(1);
    expect(await words(ask(leg, call(3, "cancelled")))).toBe("[1]");
  });

  it("one that is only slow hears everything, in order, before its answer", async () => {
    const leg = await modern();
    const order: unknown[] = [];
    // A little more than its box holds: how long it may hold others up is measured by the clock.
    const slow = ask(leg, call(1, "burst", { n: 280 }, { progressToken: 1 }), async ({ frame }) => {
      await new Promise((resolve) => void setImmediate(resolve));
      if (frame !== undefined && "params" in frame.message) order.push(frame.message.params["progress"]);
    });
    const other = ask(leg, call(2, "echo", {}));
    await Promise.all([words(slow), words(other)]);
    expect(order).toEqual(Array.from({ length: 280 }, (_, n) => n + 1));
  });

  it("one that leaves with messages untaken is not waited for", async () => {
    const leg = await modern();
    const slow = ask(leg, call(1, "burst", { n: 3 }, { progressToken: 1 }), () => new Promise(() => {}));
    await words(ask(leg, call(2, "echo", {})));
    slow.stop();
    expect(await failure(slow.ending)).toMatchObject({ code: "cancelled" });
  });

  it("a log line that names no request is nobody's while two are under way", async () => {
    const leg = await modern();
    const waiting = ask(leg, call(1, "hang"));
    const alone = ask(leg, call(2, "log"));
    await words(alone);
    expect([...waiting.beats, ...alone.beats]).toEqual([]);
  });
});

describe("the end of a process", () => {
  it("ends with its grandchildren when the leg is closed", async () => {
    const leg = await unrulyLeg();
    const pid = Number(await words(ask(leg, toolCall(1, "pid"))));
    const grandchild = Number(await words(ask(leg, toolCall(2, "fork"))));
    expect([await runs(pid), await runs(grandchild)]).toEqual([true, true]);
    await leg.close();
    expect(await ended(pid, grandchild)).toBe(true);
  });

  it("ends though it ignores end of input and SIGTERM", async () => {
    const leg = await unrulyLeg({ args: [...stdioServer("unruly-stdio.ts").args, "deaf"] });
    const pid = Number(await words(ask(leg, toolCall(1, "pid"))));
    await leg.close();
    expect(await ended(pid)).toBe(true);
  });

  it("leaves no grandchild behind when it crashes", async () => {
    const leg = await unrulyLeg();
    const grandchild = Number(await words(ask(leg, toolCall(1, "fork"))));
    await failure(ask(leg, toolCall(2, "crash")).ending);
    expect(await ended(grandchild)).toBe(true);
  });

  it("a request under way ends when the leg is closed", async () => {
    const leg = await unrulyLeg();
    const heard = ask(leg, toolCall(1, "hang"));
    await leg.close();
    expect(await failure(heard.ending)).toMatchObject({ code: "upstream-gone" });
  });
});
