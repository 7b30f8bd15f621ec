import { afterAll, beforeAll, expect, test } from "vitest";
import type { Principal } from "../../src/call/principal.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { NOBODY_ASKED } from "../../src/identity/identity.ts";
import type { HttpDoor } from "../../src/ingress/http.ts";
import { construct, openHttp, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

const TOKEN_MS = 1_500;
const ANA: Principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "token" };

let notes: NotesServer;
let folder: string;
let running: Running;
let door: HttpDoor;
let url: string;
/** When the token ends that comes with requests. */
let expires = Infinity;
beforeAll(async () => {
  notes = await notesServer();
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      listen: "127.0.0.1:0",
      policy: "policy.yaml",
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "rules: []",
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  const reading = { resourceArgs: () => DEFAULT_RESOURCE_ARGS, root: folder };
  const policy = compile([{ file: "policy", text: "defaults: { verdict: allow }\nrules: []" }], reading);
  running = await construct({ config, policy, log: openLog("fatal"), version: "0.0.0-test" });
  const identity = { ...NOBODY_ASKED, identify: (): Principal => ({ ...ANA, expires }) };
  door = await openHttp({ ...running, identity }, config);
  const [at] = config.listen;
  if (at === undefined) throw new Error("no listener");
  url = `http://127.0.0.1:${(await door.listen(at)).port}/mcp`;
});
afterAll(async () => {
  await door.drain();
  await running.close();
  removeFolder(folder);
  notes.stop();
});

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "c", version: "1" } },
};

async function session(): Promise<Record<string, string>> {
  const begun = await fetch(url, { method: "POST", headers: HEADERS, body: JSON.stringify(INITIALIZE) });
  await begun.text();
  return { ...HEADERS, "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
}

/** Opens a stream, and tells how long it lasts, ms. */
async function stream(): Promise<() => Promise<number>> {
  const from = performance.now();
  const opened = await fetch(new URL("/sse", url), { headers: { accept: "text/event-stream" } });
  expect(opened.status).toBe(200);
  const ended = opened.text().catch(() => undefined);
  return () => ended.then(() => performance.now() - from);
}

const ping = async (headers: Record<string, string>): Promise<number> => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 2, method: "ping" });
  return (await fetch(url, { method: "POST", headers, body })).status;
};

test("a stream ends with the token that opened it, and a session with the last that came", async () => {
  expires = Date.now() + TOKEN_MS;
  const [ended, renewed] = [await session(), await session()];
  const lasts = await stream();
  expires = Infinity;
  expect(await ping(renewed)).toBe(200);
  expect(await lasts()).toBeLessThan(TOKEN_MS + 1_000);
  expect([await ping(ended), await ping(renewed)]).toEqual([404, 200]);
});
