import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import type { HttpDoor } from "../../src/ingress/http.ts";
import { construct, openHttp, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

const CERTIFICATES = resolve("test/identity/certificates");
const pem = (name: string): string => readFileSync(`${CERTIFICATES}/${name}`, "utf8");
const POLICY = {
  rules: [{ name: "agents", match: { principal: "spiffe://acme.example/agent/one" }, allow: true }],
};

let notes: NotesServer;
let folder: string;
let running: Running;
let door: HttpDoor;
let url: string;
beforeAll(async () => {
  notes = await notesServer();
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      listen: "127.0.0.1:0",
      policy: "policy.yaml",
      tls: {
        cert: `${CERTIFICATES}/gate.pem`,
        key: `${CERTIFICATES}/gate.key`,
        client_ca: `${CERTIFICATES}/ca.pem`,
      },
      auth: {
        mode: "required",
        mtls: { subjects: [{ match: ["spiffe://acme.example/agent/*", "x509:*"] }] },
      },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "rules: []",
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  running = await construct({
    config,
    policy: compile([{ file: "policy", text: JSON.stringify(POLICY) }], {
      resourceArgs: () => DEFAULT_RESOURCE_ARGS,
      root: folder,
    }),
    log: openLog("fatal"),
    version: "0.0.0-test",
  });
  door = await openHttp(running, config);
  const [at] = config.listen;
  if (at === undefined) throw new Error("no listener");
  url = `https://127.0.0.1:${(await door.listen(at)).port}/mcp`;
});
afterAll(async () => {
  await door.drain();
  await running.close();
  removeFolder(folder);
  notes.stop();
});

async function call(name?: string): Promise<string> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const own = name === undefined ? {} : { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
  const headers = {
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "tools/call",
    "mcp-name": "read_note",
  };
  const asking = request(url, { method: "POST", ca: pem("ca.pem"), agent: false, headers, ...own });
  const params = { name: "read_note", arguments: {}, _meta };
  asking.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }));
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  let said = "";
  for await (const piece of answer) said += String(piece);
  return said;
}

describe("a gate that knows people by their certificates alone", () => {
  test("gives whoever has one what policy gives that subject", async () => {
    expect(await call("spiffe")).toContain("did read_note");
    expect(await call("robot")).toContain("Unknown tool: read_note");
  });

  test.each([undefined, "stranger"])("gives %s no connection", async (name) => {
    await expect(call(name)).rejects.toThrow(/certificate|socket hang up|ECONNRESET|EPIPE/);
  });
});
