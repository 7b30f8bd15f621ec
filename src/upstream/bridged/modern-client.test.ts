import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { type Child, start } from "../../../test/conformance/child.ts";
import { calling, envelope, named, again, required } from "../../../test/servers/modern-words.ts";
import {
  ask,
  failure,
  httpServer,
  methods,
  recordingLog,
  request,
  stdioServer,
  until,
  words,
} from "../../../test/servers/talk.ts";
import { member } from "../../call/json.ts";
import { type Frame, frameOf, type RequestId } from "../../wire/frame.ts";
import type { Leg, Upstream } from "../leg.ts";
import { openUpstream } from "../upstream.ts";

let child: Child;
/** One for many tests: a process takes its time to start. */
let shared: Upstream;
let upstreams: Upstream[] = [];
beforeAll(async () => {
  child = await start([resolve("test/servers/session-server.ts")]);
  shared = piped();
});
afterEach(async () => {
  await Promise.all(upstreams.map((one) => one.close()));
  upstreams = [];
});
afterAll(async () => {
  await shared.close();
  await child.stop();
});

const ports = { log: recordingLog(), now: Date.now };
function kept(upstream: Upstream): Upstream {
  upstreams.push(upstream);
  return upstream;
}
const web = (more: object = {}): Upstream => kept(openUpstream(httpServer(child.url, more), ports));
const piped = (): Upstream => {
  const server = stdioServer("session-server.ts");
  return openUpstream({ ...server, args: [...server.args, "stdio"] }, ports);
};
const pipe = (): Upstream => shared;
const both = [
  ["on HTTP", web],
  ["on a pipe", pipe],
] as const;
const history = (leg: Leg): Promise<string> => words(ask(leg, calling("h", "history")));
const sessionsOf = (said: string, name: string): number => said.split(`session of ${name} `).length - 1;
const by = (name: string, capabilities = {}) =>
  envelope(capabilities, { "io.modelcontextprotocol/clientInfo": { name, version: "1" } });

describe("a modern client before a server that only knows sessions", () => {
  test("is told of the server what a session says of it", async () => {
    const leg = await web().connect("ana", "modern");
    const ending = await ask(leg, request(1, "server/discover", { _meta: envelope() })).ending;
    expect(ending).toMatchObject({
      status: 200,
      frame: {
        message: {
          id: 1,
          result: {
            resultType: "complete",
            supportedVersions: ["2026-07-28"],
            capabilities: { logging: {}, tools: { listChanged: true } },
            instructions: "Ask away.",
            cacheScope: "private",
            _meta: { "io.modelcontextprotocol/serverInfo": { name: "session-server", version: "1" } },
          },
        },
      },
    });
  });

  test("has results that say what kind they are, and that they must not be kept", async () => {
    const leg = await web().connect("ana", "modern");
    const list = await ask(leg, request("l", "tools/list", { _meta: envelope() })).ending;
    expect(list).toMatchObject({
      frame: { message: { id: "l", result: { resultType: "complete", ttlMs: 0, cacheScope: "private" } } },
    });
    const lost = await ask(leg, request(2, "resources/read", { uri: "note://lost", _meta: envelope() }))
      .ending;
    expect(lost).toMatchObject({ frame: { message: { id: 2, kind: "error", code: -32602 } } });
  });

  test.each(["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/get", "no/such"])(
    "may not ask %s, as no modern server knows it",
    async (method) => {
      const leg = await web().connect("ana", "modern");
      const params = { uri: "note://a", level: "info", taskId: "t", _meta: envelope() };
      const ending = await ask(leg, request(1, method, params)).ending;
      expect(ending).toMatchObject({ status: 404, frame: { message: { id: 1, code: -32601 } } });
    },
  );

  test.each(both)(
    "has answers and progress of its own where ids and tokens are another's too, %s",
    async (_, open) => {
      const leg = await open().connect("ana", "modern");
      const many = Array.from({ length: 8 }, (__, at) => {
        const meta = at % 2 === 0 ? envelope({}, { progressToken: "same" }) : envelope({});
        return ask(
          leg,
          calling(at % 2 === 0 ? 1 : "1", at < 4 ? "slow" : "log", { level: "info", say: "x" }, meta),
        );
      });
      for (const heard of many.slice(4)) expect(await words(heard)).toBe("logged");
      const [first, second, third, fourth] = many;
      await until(() => (first?.beats.length ?? 0) > 2 && (third?.beats.length ?? 0) > 2);
      for (const one of [first, third])
        expect(one?.beats[1]?.frame?.message).toMatchObject({
          params: { progressToken: "same", progress: 2 },
        });
      expect([second?.beats, fourth?.beats]).toEqual([[], []]);
      for (const one of many.slice(0, 4)) one.stop();
      for (const one of many.slice(0, 4)) expect((await failure(one.ending)).code).toBe("cancelled");
    },
  );

  test("shares a session with who says the same of themselves in its own conversation, and with nobody else", async () => {
    const upstream = web();
    const ana = await upstream.connect("ana", "modern");
    for (const id of [1, 2]) await words(ask(ana, calling(id, "history", {}, by("shared"))));
    await words(ask(ana, calling(3, "history", {}, by("shared", { elicitation: {} }))));
    await words(ask(await upstream.connect("ben", "modern"), calling(4, "history", {}, by("shared"))));
    const said = await history(ana);
    expect(sessionsOf(said, "shared")).toBe(3);
    expect(said).toContain('session of shared {"elicitation":{"form":{}}}');
  });

  test("does not see that its session had to begin anew", async () => {
    const leg = await web().connect("ana", "modern");
    await words(ask(leg, calling(1, "history", {}, by("again"))));
    await fetch(new URL("/forget", child.url));
    const said = await words(ask(leg, calling(2, "history", {}, by("again"))));
    expect(sessionsOf(said, "again")).toBe(2);
  });

  test("has a new process where the last one died", async () => {
    const leg = await kept(piped()).connect("ana", "modern");
    expect((await failure(ask(leg, calling(1, "die")).ending)).code).toBe("upstream-gone");
    expect(await words(ask(leg, calling(2, "log", { level: "info", say: "x" })))).toBe("logged");
  });

  test("takes the room of a session that nobody uses", async () => {
    const upstream = web({ sessions: 1 });
    const ana = await upstream.connect("ana", "modern");
    await history(ana);
    const ben = await upstream.connect("ben", "modern");
    expect(await words(ask(ben, calling(1, "log", { level: "info", say: "x" })))).toBe("logged");
    const busy = ask(ana, calling(1, "slow", {}, envelope({}, { progressToken: 1 })));
    await until(() => busy.beats.length > 0);
    expect((await failure(ask(ben, calling(2, "history")).ending)).code).toBe("upstream-busy");
    busy.stop();
    await failure(busy.ending);
  });
});

describe("log messages", () => {
  const logging = (level: string) => envelope({}, { "io.modelcontextprotocol/logLevel": level });

  test.each(both)("reach the request that asked for their level, %s", async (_, open) => {
    const leg = await open().connect("logger", "modern");
    const say = (level: string) => ({ level, say: level });
    for (const [asked, level, heard] of [
      ["info", "warning", 1],
      ["warning", "info", 0],
      ["debug", "debug", 1],
      ["nonsense", "emergency", 0],
    ] as const) {
      const one = ask(leg, calling(1, "log", say(level), logging(asked)));
      await words(one);
      expect([asked, level, methods(one.beats)]).toEqual([
        asked,
        level,
        Array(heard).fill("notifications/message"),
      ]);
    }
    const unasked = ask(leg, calling(2, "log", say("emergency"), envelope({})));
    await words(unasked);
    expect(unasked.beats).toEqual([]);
  });

  test("that may be another request's reach nobody on a pipe", async () => {
    const leg = await pipe().connect("quiet", "modern");
    const meta = envelope({}, { progressToken: 1, "io.modelcontextprotocol/logLevel": "debug" });
    const slow = ask(leg, calling(1, "slow", {}, meta));
    await until(() => slow.beats.length > 0);
    const other = ask(leg, calling(2, "log", { level: "error", say: "secret" }, logging("debug")));
    await words(other);
    slow.stop();
    await failure(slow.ending);
    expect([...methods(slow.beats), ...methods(other.beats)]).not.toContain("notifications/message");
  });
});

describe("a subscription", () => {
  const listening = (id: RequestId, notifications: object) =>
    request(id, "subscriptions/listen", { notifications: notifications as never, _meta: envelope({}) });
  const tagOf = (frame: Frame | undefined): unknown => {
    const message = frame?.message;
    const params = message?.kind === "notification" ? message.params : {};
    return member(member(params, "_meta"), "io.modelcontextprotocol/subscriptionId");
  };

  test.each(both)("is acknowledged first, tagged, and of the types asked for, %s", async (_, open) => {
    const upstream = open();
    const leg = await upstream.connect("ana", "modern");
    const one = ask(
      leg,
      listening(7, { resourcesListChanged: true, promptsListChanged: true, taskIds: ["t"] }),
    );
    const other = ask(leg, listening("7", { toolsListChanged: true, resourceSubscriptions: ["note://b"] }));
    await until(() => one.beats.length > 0 && other.beats.length > 0);
    expect(one.beats[0]?.frame?.message).toMatchObject({
      method: "notifications/subscriptions/acknowledged",
      params: { notifications: { resourcesListChanged: true } },
    });
    await words(ask(leg, calling(8, "change", {}, envelope({}))));
    await until(() => one.beats.length > 1 && other.beats.length > 2);
    expect(one.beats.map(({ frame }) => tagOf(frame))).toEqual([7, 7]);
    expect(other.beats.map(({ frame }) => tagOf(frame))).toEqual(["7", "7", "7"]);
    expect(methods(one.beats).slice(1)).toEqual(["notifications/resources/list_changed"]);
    expect(methods(other.beats).slice(1).toSorted()).toEqual([
      "notifications/resources/updated",
      "notifications/tools/list_changed",
    ]);
    await leg.close();
    for (const { ending } of [one, other])
      expect(await ending).toMatchObject({ frame: { message: { result: { resultType: "complete" } } } });
  });

  test("ends at the server when the last who follows leaves", async () => {
    const leg = await web().connect("ana", "modern");
    const filter = { resourceSubscriptions: ["note://last"] };
    const [one, other] = [ask(leg, listening(1, filter)), ask(leg, listening(2, filter))];
    await until(() => one.beats.length > 0 && other.beats.length > 0);
    one.stop();
    await failure(one.ending);
    const after = await history(leg);
    expect(after.split("note://last")).toHaveLength(2);
    expect(after).toContain("subscribe note://last");
    other.stop();
    await until(async () => (await history(leg)).includes("unsubscribe note://last"));
  });
});

test("a request is taken back by its id on a pipe of the client", async () => {
  const leg = await web().connect("ana", "modern");
  const slow = ask(leg, calling(5, "slow", {}, envelope({}, { progressToken: 1 })));
  await until(() => slow.beats.length > 0);
  const params = { requestId: 5 };
  await leg.tell(frameOf({ kind: "notification", method: "notifications/cancelled", params }), {});
  expect((await failure(slow.ending)).code).toBe("cancelled");
});

test("two questions at once on one pipe reach whom they are for by their answers", async () => {
  const leg = await pipe().connect("ana", "modern");
  const calls = [calling(1, "greet"), calling(2, "greet", { words: "other" })];
  const asked = await Promise.all(calls.map((call) => required(leg, call)));
  const said = await Promise.all(
    asked.map((one, at) =>
      words(ask(leg, again(calls[at] ?? calling(0, ""), 10 + at, one.state, named(one, `N${at}`)))),
    ),
  );
  expect(said.toSorted()).toEqual(["Hello N0", "Hello N1"]);
});
