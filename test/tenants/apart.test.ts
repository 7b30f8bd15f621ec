import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type Answer, ask, type Key, keyOf, send, tenantsFolder, textOf } from "./gates.ts";

let folder: string;
let gates: readonly RunningGate[];
let one: RunningGate;
let acme: Key;
let globex: Key;

beforeAll(async () => {
  folder = tenantsFolder();
  gates = await Promise.all([startGate(folder), startGate(folder)]);
  [one] = gates as [RunningGate];
  [acme, globex] = await Promise.all([keyOf(folder, "acme", "ana"), keyOf(folder, "globex", "ana")]);
}, 60_000);
afterAll(async () => {
  await Promise.all(gates.map((gate) => gate.stop()));
  removeFolder(folder);
});

const call = (key: Key, name: string, path?: string): Promise<Answer> =>
  ask(one, key.bearer, "tools/call", { name, arguments: {} }, path);
const names = async (key: Key, path?: string): Promise<readonly string[]> => {
  const { body } = await ask(one, key.bearer, "tools/list", {}, path);
  return (body as { result: { tools: { name: string }[] } }).result.tools.map(({ name }) => name);
};

test("each tenant has the servers that there are for it, under names that no other's server changes", async () => {
  expect((await names(acme)).toSorted()).toEqual([
    "acme-only_environment",
    "acme-only_ping",
    "common_environment",
    "common_ping",
  ]);
  expect(await names(acme, "/mcp/acme-only")).toEqual(["environment", "ping"]);
  expect((await names(globex)).join()).not.toContain("acme");
});

test("a server of another tenant answers as one that is not there", async () => {
  const [theirs, nobodys] = await Promise.all([
    ask(one, acme.bearer, "tools/list", {}, "/mcp/globex-only"),
    ask(one, acme.bearer, "tools/list", {}, "/mcp/nobodys-one"),
  ]);
  expect(theirs.status).toBe(404);
  expect([theirs.status, JSON.stringify(theirs.body).replaceAll("globex-only", "X")]).toEqual([
    nobodys.status,
    JSON.stringify(nobodys.body).replaceAll("nobodys-one", "X"),
  ]);
});

test("a tenant's processes are its own, with its own environment", async () => {
  const [ours, theirs] = [await call(acme, "common_environment"), await call(globex, "common_environment")];
  const [mine, other] = [ours, theirs].map((each) => JSON.parse(textOf(each)) as Record<string, unknown>);
  expect(mine).toMatchObject({ SECRET: "of acme", PLAIN: "for all" });
  expect(other).toMatchObject({ SECRET: "of globex", PLAIN: "for all" });
  expect(mine?.["pid"]).not.toBe(other?.["pid"]);
  expect(JSON.parse(textOf(await call(acme, "environment", "/mcp/acme-only")))).toMatchObject({
    SECRET: null,
  });
});

test("the same tool is allowed for one tenant and denied for another", async () => {
  expect(textOf(await call(acme, "common_ping"))).toContain("pid");
  expect(textOf(await call(globex, "common_ping"))).toMatch(/^BLOCKED[^]*Not at Globex/);
});

test("what one tenant did is not among another's records", async () => {
  const logs = async (tenant: string) =>
    (await portcullis(["logs", "--tenant", tenant, "--json"], folder)).out.trim().split("\n");
  const [ours, theirs] = [await logs("acme"), await logs("globex")];
  expect(ours.every((line) => line.includes('"tenant":"acme"'))).toBe(true);
  expect(theirs.every((line) => line.includes('"tenant":"globex"'))).toBe(true);
});

test("a tenant that is not set up is a stranger", async () => {
  // Made while the configuration set no tenants up: whoever a key names was one then.
  const { tenants: _, ...before } = JSON.parse(
    readFileSync(join(folder, "portcullis.yaml"), "utf8"),
  ) as Record<string, unknown>;
  writeFileSync(join(folder, "before.yaml"), JSON.stringify(before));
  const unknown = await keyOf(folder, "initech", "ana", "--config", "before.yaml");
  const stranger = { ...unknown, bearer: `${unknown.bearer.slice(0, -1)}0` };
  const [set_up, none] = [await names(acme), await ask(one, unknown.bearer, "tools/list")];
  const nobody = await ask(one, stranger.bearer, "tools/list");
  expect(set_up.length).toBeGreaterThan(0);
  expect([none.status, none.body, none.headers.get("www-authenticate")]).toEqual([
    nobody.status,
    nobody.body,
    nobody.headers.get("www-authenticate"),
  ]);
  expect(none.status).toBe(401);
});

test("a tenant that is suspended is shut out of every gate, open streams and sessions included, and let in again", async () => {
  const key = await keyOf(folder, "globex", "bob");
  const streams = gates.map(async ({ url }) => {
    const headers = { accept: "text/event-stream", authorization: key.bearer };
    const response = await fetch(new URL("/sse", url), { headers });
    expect(response.status).toBe(200);
    return response;
  });
  const ends = (await Promise.all(streams)).map((stream) =>
    stream.text().then(
      () => "ended",
      () => "cut off",
    ),
  );
  const clientInfo = { name: "t", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const begun = await send(one, key.bearer, "/mcp/common", "POST", {
    jsonrpc: "2.0",
    id: 1,
    method: "initialize",
    params,
  });
  const session = { "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
  const list = { jsonrpc: "2.0", id: 2, method: "tools/list", params: {} };
  expect((await send(one, key.bearer, "/mcp/common", "POST", list, session)).status).toBe(200);

  expect((await portcullis(["tenants", "suspend", "globex"], folder)).code).toBe(0);
  expect(await Promise.all(ends)).toEqual(["cut off", "cut off"]);
  for (const gate of gates) expect((await ask(gate, key.bearer, "tools/list")).status).toBe(401);
  expect((await send(one, key.bearer, "/mcp/common", "POST", list, session)).status).toBe(401);
  expect((await names(acme)).length).toBe(4);

  expect((await portcullis(["tenants", "resume", "globex"], folder)).code).toBe(0);
  await expect.poll(async () => (await ask(one, key.bearer, "tools/list")).status).toBe(200);
  expect((await send(one, key.bearer, "/mcp/common", "POST", list, session)).status).toBe(404);
}, 60_000);

test("a tenant is made, seen, exported and deleted by its commands, and its key opens nothing any more", async () => {
  const made = await portcullis(
    ["tenants", "create", "wayne", "--kind", "org", "--name", "Wayne Corp."],
    folder,
  );
  expect([made.code, made.out]).toEqual([0, ""]);
  const key = await keyOf(folder, "wayne", "bruce");
  await expect.poll(async () => (await ask(one, key.bearer, "tools/list")).status).toBe(200);
  await ask(one, key.bearer, "tools/call", { name: "common_ping", arguments: {} });
  const { out } = await portcullis(["tenants", "list", "--json"], folder);
  const all = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; declared: boolean });
  expect(all.map(({ id }) => id)).toEqual(["acme", "default", "globex", "wayne"]);

  const to = join(folder, "out");
  expect((await portcullis(["tenants", "export", "wayne", "--to", to], folder)).code).toBe(0);
  expect(readFileSync(join(to, "calls.ndjson"), "utf8")).toContain('"target":"ping"');
  expect(existsSync(join(to, "manifest.ndjson"))).toBe(true);

  expect(readFileSync(join(to, "acts.ndjson"), "utf8")).toContain('"tenant.exported"');
  const unsure = await portcullis(["tenants", "delete", "wayne"], folder);
  expect([unsure.code, unsure.err.includes("--confirm wayne")]).toEqual([2, true]);
  const deleted = await portcullis(["tenants", "delete", "wayne", "--confirm", "wayne"], folder);
  expect(deleted.code).toBe(0);
  expect(deleted.err).toMatch(/opened +stays: it is evidence/);
  expect((await ask(one, key.bearer, "tools/list")).status).toBe(401);
  expect((await portcullis(["tenants", "create", "wayne"], folder)).code).toBe(1);
}, 60_000);

test("how the gate's parts are is told those who look after it; a tenant hears of its own policy, and a caller only that it serves", async () => {
  const parts = async (tenant: string, role: string): Promise<readonly string[]> => {
    const { bearer } = await keyOf(folder, tenant, `${role}-of-${tenant}`, "--role", role);
    const { status, body } = await send(one, bearer, "/health/detailed", "GET");
    expect(status).toBe(200);
    return Object.keys(body as object);
  };
  const all = ["status", "timestamp", "version", "store"];
  expect(await parts("default", "viewer")).toEqual([...all, "policy", "voters", "guards", "limits", "log"]);
  expect(await parts("acme", "operator")).toEqual([...all, "policy"]);
  for (const tenant of ["acme", "default"]) expect(await parts(tenant, "user")).toEqual(all);
});
