import { afterAll, beforeAll, expect, test } from "vitest";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { mint } from "../../src/identity/key.ts";
import type { HttpDoor } from "../../src/ingress/http.ts";
import { construct, openHttp, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import type { KeyBounds } from "../../src/store/people/credentials.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

let notes: NotesServer;
let folder: string;
let running: Running;
let door: HttpDoor;
let origin: string;
beforeAll(async () => {
  notes = await notesServer();
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      listen: "127.0.0.1:0",
      mode: "observe",
      policy: "policy.yaml",
      auth: { mode: "required", api_keys: true },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "rules: []",
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  const reading = { resourceArgs: () => DEFAULT_RESOURCE_ARGS, root: folder };
  const policy = compile([{ file: "policy", text: "defaults: { verdict: deny }\nrules: []" }], reading);
  running = await construct({ config, policy, log: openLog("fatal"), version: "0.0.0-test" });
  door = await openHttp(running, config);
  const [at] = config.listen;
  if (at === undefined) throw new Error("no listener");
  origin = `http://127.0.0.1:${(await door.listen(at)).port}`;
});
afterAll(async () => {
  await door.drain();
  await running.close();
  removeFolder(folder);
  notes.stop();
});

async function made(bounds: Partial<KeyBounds>): Promise<string> {
  const { text, ...own } = mint("live");
  const nothing = { roles: [], scopes: [], servers: [], tools: [], networks: [] };
  const times = { made_at: 0, expires_at: Date.now() + 60_000, revoked_at: null, used_at: null };
  const of = { tenant: "default", principal: "ci", name: "", made_by: "ana", revoked_by: null };
  await running.store.credentials.add({ ...own, ...of, ...times, ...nothing, ...bounds });
  return text;
}

async function call(key: string, name: string, path = "/mcp"): Promise<string> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const answer = await fetch(`${origin}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
      authorization: `Bearer ${key}`,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: {}, _meta },
    }),
  });
  return `${answer.status} ${await answer.text()}`;
}

test("a gate that only observes lets pass what policy would deny, and nothing that a key does not lead to", async () => {
  expect(await call(await made({}), "write_note")).toContain("did write_note");
  const confined = await made({ tools: ["read_*"] });
  expect(await call(confined, "read_note")).toContain("did read_note");
  expect(await call(confined, "write_note")).toContain("Unknown tool: write_note");
});

test("a server that a key does not lead to is not at its address either", async () => {
  const elsewhere = await made({ servers: ["other"] });
  expect(await call(elsewhere, "read_note", "/mcp/notes")).toMatch(/^404 .*No server here is called notes/);
  expect(await call(elsewhere, "read_note", "/mcp/nothing")).toMatch(
    /^404 .*No server here is called nothing/,
  );
  expect(await call(elsewhere, "read_note")).toContain("Unknown tool: read_note");
});
