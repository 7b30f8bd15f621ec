import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ask, httpServer, INITIALIZE, recordingLog } from "../../../test/servers/talk.ts";
import type { Era } from "../../call/call.ts";
import { openUpstream } from "../upstream.ts";
import type { Upstream } from "../leg.ts";

const LEGACY = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: { name: "old", version: "1" } };
const META = { "io.modelcontextprotocol/serverInfo": { name: "new", version: "2" } };
const MODERN = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {}, _meta: META };
const NO_VERSION = {
  code: -32022,
  message: "no",
  data: { supported: ["2026-07-28"], requested: "2025-11-25" },
};

let server: Server;
let upstream: Upstream;
let era: Era;
const asked: string[] = [];
beforeEach(async () => {
  asked.length = 0;
  const answer = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { id, method } = JSON.parse((await text(req)) || "{}") as { id?: unknown; method?: string };
    if (method !== undefined) asked.push(method);
    const knows = era === "legacy" ? "initialize" : "server/discover";
    const result = era === "legacy" ? LEGACY : MODERN;
    const no = era === "legacy" ? { code: -32000, message: "no" } : NO_VERSION;
    res.writeHead(method === knows ? 200 : 400, { "content-type": "application/json" });
    res.end(JSON.stringify({ jsonrpc: "2.0", id, ...(method === knows ? { result } : { error: no }) }));
  };
  server = createServer((req, res) => void answer(req, res));
  await new Promise((listening) => server.listen(0, "127.0.0.1", () => listening(undefined)));
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  upstream = openUpstream(httpServer(`http://127.0.0.1:${port}/`), { log: recordingLog(), now: Date.now });
});
afterEach(async () => {
  await upstream.close();
  server.close();
});

async function begun(key: string): Promise<unknown> {
  const ending = await ask(await upstream.connect(key, "legacy"), INITIALIZE).ending;
  const message = ending.kind === "answer" ? ending.frame.message : undefined;
  return message?.kind === "result" ? message.result["serverInfo"] : message;
}

describe("a client with a session", () => {
  test("meets a server that refuses to begin one, and the next such client does not ask it to", async () => {
    era = "modern";
    expect(await begun("one")).toMatchObject({ name: "new" });
    expect(asked).toEqual(["initialize", "server/discover", "server/discover"]);
    expect(await begun("two")).toMatchObject({ name: "new" });
    expect(asked.slice(3)).toEqual(["server/discover"]);
  });

  test("begins one at once where another server has taken its place", async () => {
    era = "modern";
    await begun("one");
    era = "legacy";
    expect(await begun("two")).toMatchObject({ name: "old" });
    expect(await begun("three")).toMatchObject({ name: "old" });
    expect(asked.slice(3)).toEqual(["server/discover", "initialize", "initialize"]);
  });
});
