import { expect, onTestFinished, test } from "vitest";
import type { Call } from "../../src/call/call.ts";
import { callId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import type { Server } from "../../src/config/config.ts";
import { loadConfig } from "../../src/config/load.ts";
import { readingOf } from "../../src/config/policy-reading.ts";
import { asOf } from "../../src/gateway/as-of.ts";
import { construct, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { openUpstream } from "../../src/upstream/upstream.ts";
import { folderWith, removeFolder } from "../gate/running.ts";

/** A gate of this process whose servers are never reached, and every way to a server that it opens. */
async function gateWith(tenants: object | undefined): Promise<{ running: Running; ways: Server[] }> {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      policy: "policy.yaml",
      auth: { mode: "required", api_keys: true },
      mcpServers: { files: { command: "false" }, crm: { command: "false", env: { A: "all" } } },
      ...(tenants !== undefined && { tenants }),
    }),
    "policy.yaml": "rules: []",
    "org.yaml": JSON.stringify({
      defaults: { verdict: "allow" },
      rules: [{ name: "no-rm", match: { tool: "rm" }, deny: true, why: "Not in this org." }],
    }),
    "project.yaml": JSON.stringify({
      defaults: { verdict: "allow" },
      rules: [{ name: "no-mv", match: { tool: "mv" }, deny: true, why: "Not in this project." }],
    }),
  });
  const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
  const ways: Server[] = [];
  const log = openLog("fatal");
  const running = await construct({
    config,
    policy: compile([{ file: "p", text: '{"defaults":{"verdict":"allow"},"rules":[]}' }], readingOf(config)),
    log,
    version: "0.0.0-test",
    reach(server) {
      ways.push(server);
      return openUpstream(server, { log, now: Date.now });
    },
  });
  onTestFinished(async () => {
    await running.close();
    removeFolder(folder);
  });
  return { running, ways };
}
const of = (tenant: string): Principal => ({ id: "ana", tenant, roles: [], scopes: [], source: "token" });
const call = (principal: Principal, tool: string): Call => ({
  id: callId(1),
  at: 1,
  principal,
  client: undefined,
  era: "modern",
  server: "files",
  method: "tools/call",
  target: { kind: "tool", name: tool },
  args: {},
  meta: {},
  inexact: [],
});
const LEVELS = {
  org: { kind: "org", policy: "org.yaml", servers: ["files", "crm"], env: { crm: { A: "org", B: "org" } } },
  sales: { parent: "org", servers: ["crm", "files"] },
  web: { kind: "project", parent: "sales", policy: "project.yaml", env: { crm: { B: "web" } } },
  other: { servers: ["files"] },
};

test("where tenants are not set up all have the same gate", async () => {
  const { running, ways } = await gateWith(undefined);
  const { gate } = running;
  expect(asOf(gate, of("acme"))).toBe(asOf(gate, of("globex")));
  expect(asOf(gate, of("acme")).servers).toBe(gate.servers);
  expect(ways).toHaveLength(2);
});

test("what holds for an org holds for all below it, and what is nearer says more", async () => {
  const { running, ways } = await gateWith(LEVELS);
  const said = (tenant: string, tool: string): string => {
    const { policy } = asOf(running.gate, of(tenant));
    const verdict = policy.judge(call(of(tenant), tool), []);
    return verdict.kind === "deny" ? verdict.rule.rule : verdict.kind;
  };
  expect(["org", "sales", "web", "other", "default"].map((tenant) => said(tenant, "rm"))).toEqual([
    "no-rm",
    "no-rm",
    "no-rm",
    "allow",
    "allow",
  ]);
  expect(["sales", "web"].map((tenant) => said(tenant, "mv"))).toEqual(["allow", "no-mv"]);
  const own = ways.filter(({ name }) => name === "crm").map((way) => way.transport === "stdio" && way.env);
  expect(own).toEqual([{ A: "all" }, { A: "org", B: "org" }, { A: "org", B: "org" }, { A: "org", B: "web" }]);
  expect([...asOf(running.gate, of("other")).servers.keys()]).toEqual(["files"]);
});

test("a tenant that is not there has nothing", async () => {
  const { running } = await gateWith(LEVELS);
  expect(asOf(running.gate, of("nobody")).servers.size).toBe(0);
  expect(running.addressOf("files", "nobody")).toBeUndefined();
  expect(running.addressOf("files", "other")).toBeDefined();
  expect(running.addressOf("crm", "other")).toBeUndefined();
});

test("ways to servers are shared unless isolation is strict", async () => {
  const way = ({ gate }: Running, tenant: string) => asOf(gate, of(tenant)).servers.get("files")?.upstream;
  const { running: standard } = await gateWith({ a: {}, b: {} });
  expect(way(standard, "a")).toBe(way(standard, "b"));
  const { running: strict } = await gateWith({ isolation: "strict", a: {}, b: {} });
  expect(way(strict, "a")).not.toBe(way(strict, "b"));
  expect(way(strict, "a")).toBe(way(strict, "a"));
  expect(asOf(strict.gate, of("default")).servers.size).toBe(0);
});
