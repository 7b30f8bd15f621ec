import { afterEach, describe, expect, test, vi } from "vitest";
import { again, calling, envelope, named, required } from "../../../../test/servers/modern-words.ts";
import { ask, failure, methods, recordingLog, request, until, words } from "../../../../test/servers/talk.ts";
import type { JsonObject } from "../../../call/json.ts";
import { decode, DEFAULT_BOUNDS, type Frame, frameOf } from "../../../wire/frame.ts";
import type { Ending, Leg, Listener, WireHeaders } from "../../leg.ts";
import { ModernClient } from "../modern-client.ts";

/** A request that the session of the test got. */
interface Got {
  readonly frame: Frame;
  readonly headers: WireHeaders;
  readonly listener: Listener;
  readonly signal: AbortSignal;
  readonly end: (ending: Ending) => void;
}

const GREETING: JsonObject = {
  protocolVersion: "2025-11-25",
  capabilities: { tools: { listChanged: true }, logging: {} },
  serverInfo: { name: "scripted", version: "1" },
};
const result = (id: unknown, said: JsonObject): Ending => ({
  kind: "answer",
  frame: frameOf({ kind: "result", id: id as number, result: said }),
  status: 200,
  streamed: false,
});
const text = (said: string): JsonObject => ({ content: [{ type: "text", text: said }] });
const question = (id: number | string, message = "name?"): Frame =>
  request(id, "elicitation/create", { message, requestedSchema: { type: "object", properties: {} } });

/** A leg between the eras whose server is the test itself. */
function scripted({
  separate = true,
  greeting = GREETING,
  streams: has = true,
}: {
  separate?: boolean;
  greeting?: JsonObject;
  streams?: boolean;
} = {}) {
  const got: Got[] = [];
  const told: Frame[] = [];
  const streams: { readonly headers: WireHeaders; readonly listener: Listener; readonly end: () => void }[] =
    [];
  let mistaken = 0;
  const own: Leg = {
    server: "it",
    era: "legacy",
    alive: true,
    ...(separate && { separate: true }),
    ask: (frame, headers, listener, signal) =>
      new Promise((end, fail) => {
        const { message } = frame;
        if (message.kind === "request" && message.method === "initialize")
          return end(result(message.id, greeting));
        signal.addEventListener("abort", () => fail(new Error("aborted")));
        got.push({ frame, headers, listener, signal, end });
      }),
    tell: (frame) => {
      told.push(frame);
      return Promise.resolve();
    },
    listen: (headers, listener, signal) =>
      new Promise((end) => {
        if (!has) return end("unsupported");
        const done = (): void => end("ended");
        signal.addEventListener("abort", done);
        streams.push({ headers, listener, end: done });
        void listener({});
      }),
    close: () => Promise.resolve(),
  };
  const leg = new ModernClient(
    {
      server: "it",
      key: "ana",
      open: () => Promise.resolve(own),
      mistaken: () => void (mistaken += 1),
      timeout_ms: 1000,
      log: recordingLog(),
      now: Date.now,
    },
    { parked: 0 },
  );
  legs.push(leg);
  /** The newest request that the server got, once it has it. */
  const next = async (count = 1): Promise<Got> => {
    await until(() => got.length >= count);
    return got.at(-1) as Got;
  };
  return { leg, got, told, streams, next, mistaken: () => mistaken };
}

let legs: Leg[] = [];
afterEach(async () => {
  vi.useRealTimers();
  await Promise.all(legs.map((leg) => leg.close()));
  legs = [];
});

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const spoken = (frames: readonly Frame[]): readonly object[] =>
  frames.map(({ message }) => message).filter((message) => !("method" in message));

describe("what a session is asked", () => {
  test("is the client's bytes without the envelope, under an id of the session", async () => {
    const { leg, next } = scripted();
    const bytes = Buffer.from(
      '{"jsonrpc":"2.0","id":"mine","method":"tools/call","params":{"name":"t","arguments":{"n":1.50,"big":12345678901234567890},"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","traceparent":"00-a","io.modelcontextprotocol/clientCapabilities":{},"progressToken":"p","x.example/y":1}}}',
    );
    const fields = {
      traceparent: "00-a",
      "mcp-name": "t",
      "mcp-param-n": "1",
      "mcp-protocol-version": "2026-07-28",
    };
    const ending = leg.ask(
      decode(bytes, DEFAULT_BOUNDS),
      fields,
      () => undefined,
      new AbortController().signal,
    );
    const { frame, headers, end } = await next();
    expect(frame.bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","arguments":{"n":1.50,"big":12345678901234567890},"_meta":{"traceparent":"00-a","progressToken":2,"x.example/y":1}}}',
    );
    expect(headers).toEqual({ traceparent: "00-a" });
    end(result(2, text("done")));
    expect(await ending).toMatchObject({ frame: { message: { id: "mine" } } });
  });

  test("is nothing where its client left before the session had begun", async () => {
    const { leg, got, told } = scripted();
    const heard = ask(leg, calling(1, "t", {}, envelope({}, { "io.modelcontextprotocol/logLevel": "info" })));
    heard.stop();
    expect((await failure(heard.ending)).code).toBe("cancelled");
    expect([
      got,
      told.filter(({ message }) => "method" in message && message.method !== "notifications/initialized"),
    ]).toEqual([[], []]);
  });

  test("goes on where its stream ended before the answer", async () => {
    const { leg, next, streams } = scripted();
    const heard = ask(leg, calling(1, "t", {}, envelope({}, { progressToken: "p" })));
    const { listener, end } = await next();
    await listener({ id: "e1", retry_ms: 1 });
    end({ kind: "detached" });
    await until(() => streams.length === 2);
    expect(streams[1]?.headers).toEqual({ "last-event-id": "e1" });
    const progress = frameOf({
      kind: "notification",
      method: "notifications/progress",
      params: { progressToken: 2, progress: 1 },
    });
    await streams[1]?.listener({ id: "e2", frame: progress });
    await streams[1]?.listener({ id: "e3", frame: frameOf({ kind: "result", id: 2, result: text("late") }) });
    streams[1]?.end();
    expect(await words(heard)).toBe("late");
    expect(heard.beats[0]?.frame?.message).toMatchObject({ params: { progressToken: "p" } });
  });

  test("is a ping where the gate asks only to take as long as the server does", async () => {
    const { leg, got, next } = scripted();
    const params = { _meta: envelope() };
    expect(await ask(leg, request(1, "server/discover", params)).ending).toMatchObject({ status: 200 });
    expect(got).toEqual([]);
    const heard = ask(leg, request("portcullis:1", "server/discover", params));
    const { frame, end } = await next();
    expect(frame.message).toMatchObject({ method: "ping" });
    end(result(2, {}));
    expect(await heard.ending).toMatchObject({ frame: { message: { id: "portcullis:1" } } });
  });

  test("is not resumed again and again without a pause", async () => {
    const { leg, next, streams } = scripted();
    const heard = ask(leg, calling(1, "t"));
    const { listener, end } = await next();
    await listener({ id: "e1", retry_ms: 0 });
    const began = performance.now();
    end({ kind: "detached" });
    await until(() => streams.length === 2);
    expect(performance.now() - began).toBeGreaterThan(90);
    heard.stop();
  });

  test("is nothing where it will not begin a session: then it is asked which era it speaks", async () => {
    const { leg, mistaken } = scripted({ greeting: { protocolVersion: "2099-01-01" } });
    expect((await failure(ask(leg, calling(1, "t")).ending)).code).toBe("upstream-garbled");
    expect([mistaken(), leg.alive]).toEqual([1, false]);
  });
});

describe("what a server asks", () => {
  test("is answered at once where no client can be asked", async () => {
    const { leg, told, streams, next } = scripted();
    const list = ask(leg, request(1, "tools/list", { _meta: envelope() }));
    const { listener, end } = await next();
    await listener({ frame: request("p", "ping") });
    await listener({ frame: request("u", "no/such") });
    await listener({ frame: request("s", "sampling/createMessage", { messages: [], tools: [] }) });
    await listener({ frame: request("w", "elicitation/create", { mode: "url", url: "https://a.example" }) });
    await listener({ frame: question("l") });
    await streams[0]?.listener({ frame: question("g") });
    expect(spoken(told)).toMatchObject([
      { id: "p", result: {} },
      { id: "u", code: -32601 },
      { id: "s", code: -32601 },
      { id: "w", code: -32601 },
      { id: "l", code: -32600 },
      { id: "g", code: -32600 },
    ]);
    end(result(2, { tools: [] }));
    await list.ending;
    expect(list.beats).toEqual([]);
  });

  test("on the session's own stream is asked with the request under way", async () => {
    const { leg, told, streams, next } = scripted();
    const call = calling(1, "t");
    const asked = required(leg, call);
    await next();
    await streams[0]?.listener({ frame: question(0, "who?") });
    const one = await asked;
    expect(Object.values(one.inputs)).toMatchObject([
      { method: "elicitation/create", params: { message: "who?" } },
    ]);
    const heard = ask(leg, again(call, 2, one.state, named(one, "Ana")));
    await until(() => spoken(told).length === 1);
    expect(spoken(told)).toEqual([
      { kind: "result", id: 0, result: { action: "accept", content: { name: "Ana" } } },
    ]);
    (await next()).end(result(2, text("done")));
    expect(await words(heard)).toBe("done");
  });

  test("and takes back is not asked, nor waited for", async () => {
    const { leg, told, next } = scripted();
    const call = calling(1, "t");
    const asked = required(leg, call);
    const { listener, end } = await next();
    const takenBack = (id: string): Frame =>
      frameOf({ kind: "notification", method: "notifications/cancelled", params: { requestId: id } });
    await listener({ frame: question("a") });
    await listener({ frame: takenBack("a") });
    await listener({ frame: question("b") });
    const one = await asked;
    expect(one.keys).toHaveLength(1);
    await listener({ frame: takenBack("b") });
    const heard = ask(leg, again(call, 2, one.state, named(one, "late")));
    end(result(2, text("went on")));
    expect(await words(heard)).toBe("went on");
    expect(spoken(told)).toEqual([]);
  });

  test("is refused beyond what a client can be asked at once", async () => {
    const { leg, told, next } = scripted();
    const asked = required(leg, calling(1, "t"));
    const { listener } = await next();
    await listener({ frame: question("large", "x".repeat(300_000)) });
    for (let at = 0; at < 33; at += 1) await listener({ frame: question(at) });
    expect((await asked).keys).toHaveLength(32);
    expect(spoken(told)).toMatchObject([
      { id: "large", code: -32600 },
      { id: 32, code: -32600 },
    ]);
  });

  test("on one channel for all goes to a request that waits for no answer already", async () => {
    const { leg, next, streams } = scripted({ separate: false });
    const [first, second] = [calling(1, "t"), calling(2, "t", { n: 2 })];
    const asked = required(leg, first);
    await next();
    await streams[0]?.listener({ frame: question("a") });
    await asked;
    const other = required(leg, second);
    await next(2);
    await streams[0]?.listener({ frame: question("b", "second") });
    expect(Object.values((await other).inputs)).toMatchObject([{ params: { message: "second" } }]);
  });
});

describe("while its client is away", () => {
  test("nothing a server says is kept but its answer", async () => {
    const { leg, next } = scripted();
    const call = calling(1, "t", {}, envelope(undefined, { progressToken: "p" }));
    const asked = required(leg, call);
    const { listener, end } = await next();
    await listener({ frame: question("a") });
    const one = await asked;
    const progress = { progressToken: 2, progress: 1 };
    await listener({
      frame: frameOf({ kind: "notification", method: "notifications/progress", params: progress }),
    });
    end(result(2, text("without you")));
    await new Promise((resolve) => void setImmediate(resolve));
    const heard = ask(leg, again(call, 2, one.state, named(one, "late")));
    expect(await words(heard)).toBe("without you");
    expect(methods(heard.beats)).toEqual([]);
  });

  test("an answer that is too large to keep is given up", async () => {
    const { leg, next } = scripted();
    const call = calling(1, "t");
    const asked = required(leg, call);
    const { listener, end } = await next();
    await listener({ frame: question("a") });
    const one = await asked;
    end(result(2, text("x".repeat(2 * 1024 * 1024))));
    await new Promise((resolve) => void setImmediate(resolve));
    const heard = ask(leg, again(call, 2, one.state, named(one, "late")));
    expect(await failure(heard.ending)).toMatchObject({ code: "upstream-failed" });
  });

  test("pages that would be too much to keep are not asked about", async () => {
    const { leg, next } = scripted();
    const heard = ask(leg, calling(1, "t", {}, envelope({ elicitation: { url: {} } })));
    const { end } = await next();
    const elicitations = [{ url: "https://example.com/", message: "x".repeat(2 * 1024 * 1024) }];
    const error = { kind: "error", id: 2, code: -32042, message: "Go", data: { elicitations } } as const;
    end({ kind: "answer", frame: frameOf(error), status: 200, streamed: false });
    expect(await failure(heard.ending)).toMatchObject({ message: expect.stringContaining("in more words") });
  });

  test("what it brought is not used where it left while that was judged, and it may bring it again", async () => {
    const { leg, next, told } = scripted();
    const call = calling(1, "t");
    const asked = required(leg, call);
    const { listener, end } = await next();
    await listener({ frame: question("a") });
    const one = await asked;
    const back = again(call, 2, one.state, named(one, "late"));
    await expect(leg.ask(back, {}, () => undefined, AbortSignal.abort())).rejects.toMatchObject({
      code: "cancelled",
    });
    expect(spoken(told)).toEqual([]);
    const heard = ask(leg, back);
    await until(() => spoken(told).length > 0);
    end(result(2, text("done")));
    expect(await words(heard)).toBe("done");
  });

  test("a call waits for ten minutes: then its server is told to stop, and that nobody answers", async () => {
    const { leg, told, next } = scripted();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
    const call = calling(1, "t");
    const heard = ask(leg, call);
    while (
      !(await Promise.race([next().then(() => true), vi.advanceTimersByTimeAsync(10).then(() => false)]))
    );
    const { listener, signal } = await next();
    await listener({ frame: question("e") });
    await listener({ frame: request("r", "roots/list") });
    await vi.advanceTimersByTimeAsync(10);
    const ending = await heard.ending;
    await vi.advanceTimersByTimeAsync(599_000);
    expect([signal.aborted, spoken(told)]).toEqual([false, []]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(signal.aborted).toBe(true);
    expect(spoken(told)).toMatchObject([
      { id: "e", result: { action: "cancel" } },
      { id: "r", code: 499 },
    ]);
    const message = ending.kind === "answer" ? ending.frame.message : undefined;
    const said = message?.kind === "result" ? message.result : {};
    const late = await ask(leg, again(call, 2, textOf(said["requestState"]), {})).ending;
    expect(late).toMatchObject({ status: 400, frame: { message: { code: -32602 } } });
  });

  test("its server hears that the gate closes", async () => {
    const { leg, told, next } = scripted();
    const asked = required(leg, calling(1, "t"));
    await (await next()).listener({ frame: question("a") });
    await asked;
    await leg.close();
    expect(told.at(-1)?.message).toMatchObject({
      method: "notifications/cancelled",
      params: { requestId: 2 },
    });
  });

  test("no more than so many calls of one conversation wait", async () => {
    const { leg, got, next } = scripted();
    for (let at = 1; at <= 64; at += 1) {
      const asked = required(leg, calling(at, "t", { at }));
      await (await next(at)).listener({ frame: question(at) });
      await asked;
    }
    const one = ask(leg, calling(65, "t"));
    await (await next(65)).listener({ frame: question(65) });
    expect(await failure(one.ending)).toMatchObject({
      message: expect.stringContaining("too many of its calls"),
    });
    expect(got.map(({ signal }) => signal.aborted).indexOf(true)).toBe(64);
  });
});

describe("a subscription", () => {
  const listen = (filter: JsonObject): Frame =>
    request("s", "subscriptions/listen", { notifications: filter, _meta: envelope({}) });
  const filter = {
    toolsListChanged: true,
    promptsListChanged: true,
    resourceSubscriptions: ["note://a", "note://b"],
  };
  const capabilities = { tools: { listChanged: true }, prompts: {}, resources: { subscribe: true } };
  const honoured = ({ frame }: { readonly frame?: Frame } = {}): unknown =>
    frame?.message.kind === "notification" ? frame.message.params["notifications"] : undefined;

  test("is honoured as far as the server declares it and takes it, and hears of parts", async () => {
    const { leg, next, streams } = scripted({ greeting: { ...GREETING, capabilities } });
    const heard = ask(leg, listen(filter));
    const first = await next(1);
    expect(first.frame.message).toMatchObject({ method: "resources/subscribe", params: { uri: "note://a" } });
    first.end(result(2, {}));
    (await next(2)).end({
      kind: "answer",
      frame: frameOf({ kind: "error", id: 3, code: -32002, message: "no" }),
      status: 200,
      streamed: false,
    });
    await until(() => heard.beats.length === 1);
    expect(honoured(heard.beats[0])).toEqual({ toolsListChanged: true, resourceSubscriptions: ["note://a"] });
    for (const uri of ["note://ab", "note://b", "note://a/part"]) {
      const params = { uri };
      await streams[0]?.listener({
        frame: frameOf({ kind: "notification", method: "notifications/resources/updated", params }),
      });
    }
    const odd = frameOf({
      kind: "notification",
      method: "notifications/tools/list_changed",
      params: { _meta: 7 },
    });
    await streams[0]?.listener({ frame: odd });
    expect(heard.beats).toHaveLength(3);
    expect(heard.beats[2]?.frame?.message).toMatchObject({
      params: { _meta: { "io.modelcontextprotocol/subscriptionId": "s" } },
    });
    expect(heard.beats[1]?.frame?.message).toMatchObject({
      params: { uri: "note://a/part", _meta: { "io.modelcontextprotocol/subscriptionId": "s" } },
    });
  });

  test("is honoured in nothing where the server has no stream to tell it on", async () => {
    const { leg, got } = scripted({ greeting: { ...GREETING, capabilities }, streams: false });
    const heard = ask(leg, listen(filter));
    await until(() => heard.beats.length === 1);
    expect([honoured(heard.beats[0]), got]).toEqual([{}, []]);
    await leg.close();
    expect(await heard.ending).toMatchObject({
      frame: {
        message: {
          id: "s",
          result: { resultType: "complete", _meta: { "io.modelcontextprotocol/subscriptionId": "s" } },
        },
      },
    });
  });
});
