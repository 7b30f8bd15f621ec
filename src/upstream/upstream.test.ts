import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import {
  ask,
  failure,
  httpServer,
  recordingLog,
  stdioServer,
  toolCall,
  until,
  words,
} from "../../test/servers/talk.ts";
import { startUnrulyHttp } from "../../test/servers/unruly-http.ts";
import type { Server } from "../config/config.ts";
import type { Upstream } from "./leg.ts";
import { openUpstream } from "./upstream.ts";

let endings: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of endings.reverse()) await end();
  endings = [];
});

function open(server: Server): Upstream {
  const upstream = openUpstream(server, { log: recordingLog(), now: Date.now });
  endings.push(() => upstream.close());
  return upstream;
}
const process_of = (wrong: string, more: object = {}) => {
  const plain = stdioServer("unruly-stdio.ts");
  return stdioServer("", { ...plain, args: [...plain.args, wrong], ...more });
};
async function http(modern = false) {
  const unruly = await startUnrulyHttp({ modern });
  endings.push(() => unruly.close());
  return unruly;
}

describe("which era a server speaks", () => {
  it.each([
    ["an old server", process_of(""), "legacy"],
    ["one that exits on a question before the handshake", process_of("leaver"), "legacy"],
    ["one that never answers", process_of("mute", { timeout_ms: 500 }), "legacy"],
    ["a new one", stdioServer("modern-stdio.ts"), "modern"],
  ])("a process: %s", async (_what, server, era) => {
    const upstream = open(server);
    expect(upstream.status().era).toBeUndefined();
    expect(await upstream.era()).toBe(era);
    expect(upstream.status()).toMatchObject({ era: { era, since: expect.any(Date) }, legs: 0 });
  });

  it("a process that cannot be started is no evidence", async () => {
    const upstream = open(stdioServer("", { command: "no-such-command-anywhere" }));
    expect(await failure(upstream.era())).toMatchObject({ code: "upstream-unreachable" });
    expect(upstream.status().era).toBeUndefined();
  });

  it.each([
    ["with an error", 200, { error: { code: -32601, message: "no" } }, "legacy"],
    [
      "with HTTP 400 and the code that many old servers use",
      400,
      { error: { code: -32000, message: "no" } },
      "legacy",
    ],
    ["with a page", 404, "<html>", "legacy"],
    ["with the versions it supports", 200, { result: { supportedVersions: ["2026-07-28"] } }, "modern"],
    [
      "that it supports another new version",
      400,
      { error: { code: -32022, message: "no", data: { supported: ["2027-01-01"] } } },
      "modern",
    ],
    [
      "that it supports old versions",
      400,
      { error: { code: -32022, message: "no", data: { supported: ["2025-11-25"] } } },
      "legacy",
    ],
  ])("HTTP: an answer %s", async (_what, status, answer, era) => {
    const { createServer } = await import("node:http");
    const server = createServer((_req, res) => {
      const isPage = typeof answer === "string";
      res.writeHead(status, { "content-type": isPage ? "text/html" : "application/json" });
      res.end(isPage ? answer : JSON.stringify({ jsonrpc: "2.0", id: "portcullis-probe", ...answer }));
    }).listen(0, "127.0.0.1");
    endings.push(async () => void server.close());
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    expect(await open(httpServer(`http://127.0.0.1:${port}/`)).era()).toBe(era);
  });

  it.each([401, 403, 500, 503])("HTTP %s is no evidence", async (status) => {
    const { createServer } = await import("node:http");
    const server = createServer((_req, res) => void res.writeHead(status).end()).listen(0, "127.0.0.1");
    endings.push(async () => void server.close());
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const upstream = open(httpServer(`http://127.0.0.1:${port}/`));
    const code = status === 500 ? "upstream-failed" : "upstream-refused";
    expect(await failure(upstream.era())).toMatchObject({ code });
    expect(upstream.status().era).toBeUndefined();
  });

  it("HTTP: silence is no evidence", async () => {
    const server = createServer(() => undefined).listen(0, "127.0.0.1");
    endings.push(async () => void server.close());
    await until(() => server.listening);
    const address = server.address();
    const port = typeof address === "object" ? address?.port : 0;
    const upstream = open(httpServer(`http://127.0.0.1:${port}/`, { timeout_ms: 200 }));
    expect(await failure(upstream.era())).toMatchObject({ code: "upstream-timeout" });
  });
});

describe("conversations with one server", () => {
  it("one key has one leg; two keys never share a process", async () => {
    const upstream = open(process_of(""));
    const [one, again, other] = await Promise.all([
      upstream.connect("one", "legacy"),
      upstream.connect("one", "legacy"),
      upstream.connect("other", "legacy"),
    ]);
    const pids: string[] = [];
    for (const leg of [one, again, other]) pids.push(await words(ask(leg, toolCall(1, "pid"))));
    expect([pids[1] === pids[0], pids[2] === pids[0]]).toEqual([true, false]);
    expect(upstream.status()).toMatchObject({ state: "up", legs: 2 });
  });

  it("are bounded, and there is room again when one ends", async () => {
    const unruly = await http();
    const upstream = open(httpServer(unruly.url, { sessions: 2 }));
    const one = await upstream.connect("one", "legacy");
    await upstream.connect("two", "legacy");
    expect(await failure(upstream.connect("three", "legacy"))).toMatchObject({
      code: "upstream-busy",
      message: expect.stringContaining("did not run"),
    });
    await one.close();
    expect((await upstream.connect("three", "legacy")).alive).toBe(true);
  });

  it("a modern one with nothing under way makes room for the next", async () => {
    const unruly = await http(true);
    const upstream = open(httpServer(unruly.url, { sessions: 2 }));
    const busy = await upstream.connect("busy", "modern");
    const heard = ask(busy, toolCall(1, "hang"));
    const idle = await upstream.connect("idle", "modern");
    await upstream.connect("next", "modern");
    expect([busy.alive, idle.alive]).toEqual([true, false]);
    heard.stop();
    await failure(heard.ending);
  });

  it("all end with their server, and no new one begins", async () => {
    const upstream = open(process_of(""));
    const leg = await upstream.connect("one", "legacy");
    await upstream.close();
    expect(leg.alive).toBe(false);
    expect(await failure(upstream.connect("one", "legacy"))).toMatchObject({ code: "upstream-over" });
    expect(upstream.status().legs).toBe(0);
  });

  it("a server that dies at once takes no other down", async () => {
    const dying = open(process_of("dying"));
    const well = open(process_of(""));
    const leg = await dying.connect("one", "legacy");
    await until(() => !leg.alive);
    expect(dying.status()).toMatchObject({
      state: "down",
      last_error: expect.stringContaining("exited with code 1"),
    });
    expect(await words(ask(await well.connect("one", "legacy"), toolCall(1, "echo", {})))).toBe("{}");
    expect(well.status().state).toBe("up");
  });
});
