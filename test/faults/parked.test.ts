import { resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { Json, JsonObject } from "../../src/call/json.ts";
import type { Leg, Upstream } from "../../src/upstream/leg.ts";
import { openUpstream } from "../../src/upstream/upstream.ts";
import type { Frame } from "../../src/wire/frame.ts";
import { type Child, start } from "../conformance/child.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { again, calling, envelope, named, type Required, required } from "../servers/modern-words.ts";
import { ask, failure, httpServer, recordingLog, stdioServer, until, words } from "../servers/talk.ts";

const SERVER = resolve("test/servers/session-server.ts");
const REFUSED = {
  kind: "error",
  code: -32602,
  message:
    "`requestState` is not, or no longer, that of a request that waits here. Send the request anew without it.",
};

let child: Child;
let upstreams: Upstream[] = [];
let gates: RunningGate[] = [];
beforeAll(async () => {
  child = await start([SERVER]);
});
afterEach(async () => {
  await Promise.all(upstreams.map((one) => one.close()));
  upstreams = [];
  for (const gate of gates) {
    await gate.stop();
    removeFolder(gate.folder);
  }
  gates = [];
});
afterAll(() => child.stop());

const web = (now = Date.now): Upstream =>
  kept(openUpstream(httpServer(child.url), { log: recordingLog(), now }));
const pipe = (): Upstream => {
  const server = stdioServer("session-server.ts");
  return kept(
    openUpstream({ ...server, args: [...server.args, "stdio"] }, { log: recordingLog(), now: Date.now }),
  );
};
function kept(upstream: Upstream): Upstream {
  upstreams.push(upstream);
  return upstream;
}
const connect = (upstream = web(), key = "ana"): Promise<Leg> => upstream.connect(key, "modern");

/** The message and status that end a request. */
async function end(leg: Leg, frame: Frame): Promise<object> {
  const ending = await ask(leg, frame).ending;
  if (ending.kind !== "answer") return ending;
  return { ...ending.frame.message, status: ending.status };
}
const history = async (): Promise<string> =>
  words(ask(await connect(web(), "historian"), calling(1, "history")));

/** What a call whose client is asked for a name needs to go on. */
async function parked(
  leg: Leg,
  tool = "greet",
  args: JsonObject = {},
): Promise<Required & { readonly call: Frame }> {
  const call = calling(1, tool, args);
  return { ...(await required(leg, call)), call };
}

describe("a call that waits for its client", () => {
  test("goes on with its answer, on a pipe too", async () => {
    for (const leg of [await connect(), await connect(pipe())]) {
      const one = await parked(leg);
      expect(await words(ask(leg, again(one.call, 2, one.state, named(one, "Ana"))))).toBe("Hello Ana");
    }
  });

  test("is declined where its client declines", async () => {
    const leg = await connect();
    const { call, state, keys } = await parked(leg);
    expect(await words(ask(leg, again(call, 2, state, { [keys[0] ?? ""]: { action: "decline" } })))).toBe(
      "decline",
    );
  });

  test("is cancelled when the gate ends", async () => {
    const before = (await history()).split("greet cancelled").length;
    const upstream = web();
    await parked(await connect(upstream));
    await upstream.close();
    await until(async () => (await history()).split("greet cancelled").length > before);
    expect((await history()).split("greet cancelled")).toHaveLength(before + 1);
  });

  test("is cancelled when its client comes back and then leaves", async () => {
    const before = (await history()).split("linger cancelled").length;
    const leg = await connect();
    const one = await parked(leg, "linger");
    const heard = ask(leg, again(one.call, 2, one.state, named(one, "x")));
    heard.stop();
    expect(await failure(heard.ending)).toMatchObject({ code: "cancelled" });
    await until(async () => (await history()).split("linger cancelled").length === before + 1);
    expect(await end(leg, again(one.call, 3, one.state, named(one, "x")))).toMatchObject(REFUSED);
  });

  test("ends with its server, and whoever comes back hears that it may have run", async () => {
    const leg = await connect(pipe());
    const one = await parked(leg);
    await failure(ask(leg, calling(9, "die")).ending);
    const said = await failure(ask(leg, again(one.call, 2, one.state, named(one, "Ana"))).ending);
    expect(said).toMatchObject({
      code: "upstream-gone",
      message: expect.stringContaining("Whether the call ran is not known"),
    });
  });

  test("is not asked without end", async () => {
    const leg = await connect();
    const call = calling(1, "many", { times: 20 });
    let last = await required(leg, call);
    for (let round = 2; round <= 8; round += 1)
      last = await required(leg, again(call, round, last.state, named(last, "x")));
    const said = await failure(ask(leg, again(call, 9, last.state, named(last, "x"))).ending);
    expect(said).toMatchObject({
      code: "upstream-failed",
      message: expect.stringContaining("more than 8 times"),
    });
  });
});

describe("behind a gate", () => {
  /** What a client of 2026-07-28 posts. */
  const post = async (url: string, frame: Frame): Promise<JsonObject> => {
    const { message } = frame;
    if (message.kind !== "request") throw new Error("no request");
    const { method, params } = message;
    const response = await fetch(url, {
      method: "POST",
      headers: {
        accept: "application/json, text/event-stream",
        "content-type": "application/json",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": method,
        "mcp-name": params["name"] as string,
      },
      body: frame.bytes.toString(),
    });
    return ((await response.json()) as { result: JsonObject }).result;
  };
  const behind = async (servers: JsonObject): Promise<RunningGate> => {
    const folder = folderWith({
      "portcullis.yaml": JSON.stringify({ version: 1, policy: ["policy.yaml"], mcpServers: servers }),
      "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
    });
    gates.push(await startGate(folder));
    return gates.at(-1) as RunningGate;
  };

  test("the server is told to stop when the gate is", async () => {
    const before = (await history()).split("greet cancelled").length;
    const gate = await behind({ web: { url: child.url, transport: "streamable-http" } });
    expect(await post(`${gate.url}/web`, calling(1, "greet"))).toMatchObject({
      resultType: "input_required",
    });
    expect(await gate.stop()).toBe(0);
    await until(async () => (await history()).split("greet cancelled").length > before);
  });

  test("a model whose server died meanwhile hears so, and that the call may have run", async () => {
    const gate = await behind({ pipe: { command: process.execPath, args: [SERVER, "stdio"] } });
    const url = `${gate.url}/pipe`;
    const call = calling(1, "greet");
    const asked = await post(url, call);
    await post(url, calling(2, "die"));
    const responses = { [Object.keys(asked["inputRequests"] as JsonObject)[0] ?? ""]: { action: "cancel" } };
    const said = await post(url, again(call, 3, asked["requestState"] as string, responses));
    expect(said).toMatchObject({ isError: true, resultType: "complete" });
    expect(JSON.stringify(said)).toMatch(/UNAVAILABLE[^]*whether the call ran is not known/i);
  });
});

describe("a state", () => {
  test("leads back once, also while its answer is being delivered", async () => {
    const leg = await connect();
    const one = await parked(leg, "step");
    const first = ask(leg, again(one.call, 2, one.state, named(one, "x")));
    expect(await end(leg, again(one.call, 3, one.state, named(one, "x")))).toMatchObject(REFUSED);
    expect(await words(first)).toBe("done");
    expect(await end(leg, again(one.call, 4, one.state, named(one, "x")))).toMatchObject({
      ...REFUSED,
      status: 400,
    });
  });

  test("is refused in one sentence, whatever is wrong with it, and the call waits on", async () => {
    const upstream = web();
    const leg = await connect(upstream);
    const { call, state, ...one } = await parked(leg);
    const answers = named({ ...one, state }, "Eve");
    const altered = `${state.slice(0, 20)}${state[20] === "A" ? "B" : "A"}${state.slice(21)}`;
    const tries: readonly (readonly [string, Leg, Frame])[] = [
      ["altered", leg, again(call, 2, altered, answers)],
      ["cut", leg, again(call, 2, state.slice(0, -4), answers)],
      ["spelled otherwise", leg, again(call, 2, `${state}=`, answers)],
      ["made up", leg, again(call, 2, "x".repeat(100_000), answers)],
      ["no text", leg, again(call, 2, 7 as never, answers)],
      ["of another principal", await connect(upstream, "eve"), again(call, 2, state, answers)],
      ["for other arguments", leg, again(calling(1, "greet", { words: "other" }), 2, state, answers)],
      ["for another tool", leg, again(calling(1, "two"), 2, state, answers)],
      [
        "of a client that can do more",
        leg,
        again(calling(1, "greet", {}, envelope({ elicitation: { url: {} } })), 2, state, answers),
      ],
      ["at another server", await connect(pipe()), again(call, 2, state, answers)],
    ];
    for (const [what, by, frame] of tries) {
      expect({ what, ...(await end(by, frame)) }).toEqual({ what, ...REFUSED, id: 2, status: 400 });
    }
    expect(await words(ask(leg, again(call, 3, state, named({ ...one, state }, "Ana"))))).toBe("Hello Ana");
  });

  test("is refused in the same sentence when its time is over", async () => {
    let now = Date.now();
    const leg = await connect(web(() => now));
    const one = await parked(leg);
    now += 600_000;
    expect(await end(leg, again(one.call, 2, one.state, named(one, "Ana")))).toMatchObject(REFUSED);
  });

  test("is refused in the same sentence by another process, which has another key", async () => {
    const leg = await connect();
    const one = await parked(leg);
    vi.resetModules();
    const other = (await import("../../src/upstream/upstream.ts")).openUpstream(httpServer(child.url), {
      log: recordingLog(),
      now: Date.now,
    });
    const theirs = await connect(kept(other));
    expect(await end(theirs, again(one.call, 2, one.state, named(one, "Ana")))).toMatchObject(REFUSED);
  });
});

describe("answers", () => {
  test("that are missing are asked for again; those that nobody asked for are let be", async () => {
    const leg = await connect();
    const one = await parked(leg, "two");
    expect(one.keys).toHaveLength(2);
    const [first = "", second = ""] = one.keys;
    const half = { [first]: { action: "accept", content: { name: "Ana" } }, other: 7 };
    const left = await required(leg, again(one.call, 2, one.state, half));
    expect(left.keys).toEqual([second]);
    expect(await words(ask(leg, again(one.call, 3, left.state, named(left, "Ben"))))).toBe("Ana,Ben");
  });

  test.each([
    ["a number", 7],
    ["no action", { content: { name: "x" } }],
    ["an action that there is none", { action: "perhaps" }],
    ["content that is no object", { action: "accept", content: "x" }],
  ] satisfies [string, Json][])("of the wrong shape are refused and can be mended: %s", async (_, wrong) => {
    const leg = await connect();
    const one = await parked(leg);
    const said = await end(leg, again(one.call, 2, one.state, { [one.keys[0] ?? ""]: wrong }));
    expect(said).toMatchObject({ kind: "error", code: -32602, status: 400 });
    expect(said).not.toMatchObject(REFUSED);
    expect(await words(ask(leg, again(one.call, 3, one.state, named(one, "Ana"))))).toBe("Hello Ana");
  });

  test("that a person will not visit a page end the request, which is not repeated", async () => {
    const leg = await connect(web(), "homebody");
    const call = calling(1, "page", {}, envelope({ elicitation: { url: {} } }));
    const one = await required(leg, call);
    const declined = { [one.keys[0] ?? ""]: { action: "decline" } };
    expect(await end(leg, again(call, 2, one.state, declined))).toMatchObject({
      id: 2,
      result: { resultType: "complete", isError: true },
    });
  });

  test("without a state belong to nothing: the request is a new one", async () => {
    const leg = await connect();
    const call = calling(1, "greet").edit([
      { kind: "set", path: ["params", "inputResponses"], to: { a: {} } },
    ]);
    expect((await required(leg, call)).keys).toHaveLength(1);
    const odd = calling(1, "greet").edit([{ kind: "set", path: ["params", "inputResponses"], to: 7 }]);
    expect(await end(leg, odd)).toMatchObject({ kind: "error", code: -32602 });
  });
});
