// What others got wrong, each shown not to happen here: the lessons about policy.
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../../src/call/call.ts";
import { firstCallId } from "../../src/call/id.ts";
import type { JsonObject } from "../../src/call/json.ts";
import { chain, decide } from "../../src/pipeline/decide.ts";
import { compile } from "../../src/policy/compile.ts";
import type { Policy } from "../../src/policy/policy.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { rejudging } from "../../src/policy/rejudge.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

const OPTIONS = { resourceArgs: (): readonly string[] => ["path"] };
const policyOf = (...texts: readonly string[]): Policy =>
  compile(
    texts.map((text, at) => ({ file: `${at}.yaml`, text })),
    OPTIONS,
  );
const callOf = (tool: string, args: JsonObject = {}, roles: readonly string[] = []): Call => ({
  id: firstCallId(0),
  at: 0,
  principal: { id: "ana", tenant: "acme", roles, scopes: [], source: "local-account" },
  client: undefined,
  era: "modern",
  server: "files",
  method: "tools/call",
  target: { kind: "tool", name: tool },
  args,
  meta: {},
  inexact: [],
});
const said = (policy: Policy, call: Call): string => {
  const { kind, rule } = policy.judge(call, []);
  return `${kind} by ${rule.rule}`;
};

const ALLOWS = "rules: [{ name: all, allow: true }]";
const DENIES = 'rules: [{ name: no-deletes, match: { tool: "delete_*" }, deny: true, why: No. }]';

describe("several permission stores merged by union (LiteLLM #33397, ContextForge #6015)", () => {
  test("a deny in one file stands whatever other files allow, in any order", () => {
    expect(said(policyOf(ALLOWS, DENIES), callOf("delete_a"))).toBe("deny by no-deletes");
    expect(said(policyOf(DENIES, ALLOWS), callOf("delete_a"))).toBe("deny by no-deletes");
  });
  test("two files with two defaults are refused, not merged", () => {
    const allow = "defaults: { verdict: allow }";
    expect(() => policyOf(allow, "defaults: { verdict: deny }")).toThrow("0.yaml:1 says allow");
  });
});

test("an exception swaps in global defaults (LiteLLM #30476): a rule that fails denies, also where the default allows", () => {
  const policy = policyOf(
    "defaults: { verdict: allow }\nrules: [{ name: staff, match: { tool: pay }, when: args.amount < 10, allow: true }]",
  );
  expect(said(policy, callOf("pay", { amount: "5" }))).toBe("deny by condition-failed");
  expect(said(policy, callOf("pay"))).toBe("deny by condition-failed");
});

describe("fail-open deny on a condition that errs (agentgateway)", () => {
  const policy = policyOf(
    ALLOWS,
    "rules: [{ name: large, match: { tool: pay }, when: args.amount > 10, deny: true, why: No. }]",
  );
  test.each([[{}], [{ amount: "much" }], [{ amount: null }], [{ amount: [11] }], [{ amount: {} }]])(
    "%j",
    (args) => {
      expect(said(policy, callOf("pay", args))).toBe("deny by condition-failed");
    },
  );
});

test("fail-open limiter (ToolHive): a limit that cannot be asked, or cannot count, denies", () => {
  const rule = (limit: string): Policy => policyOf(ALLOWS, `rules: [{ name: some, ${limit} }]`);
  const asked = rule('when: "args.n > 1", limit: { rate: 5/hour }');
  expect(said(asked, callOf("x"))).toBe("deny by condition-failed");
  const summed = rule("limit: { quota: 5/day, meter: args.n }");
  for (const n of ["1", -1, 1e16, null, [1]])
    expect(said(summed, callOf("x", { n }))).toBe("deny by uncountable");
});

test("a policy check that errs lets pass (docker PR #363): a policy with a mistake does not start", async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { toy: { command: process.execPath, args: [resolve("test/servers/toy.ts")] } },
    }),
    "policy.yaml": "rules: [{ name: broken, when: tol == 1, deny: true, why: No. }]",
  });
  try {
    const start = await portcullis(["start", "--port", "0"], folder);
    expect(start.code).toBe(2);
    expect(start.err).toContain("unknown variable: tol");
  } finally {
    removeFolder(folder);
  }
});

describe("security shipped off (ContextForge, Archestra)", () => {
  test("without rules everything is denied, also what nobody has heard of", () => {
    expect(said(policyOf("rules: []"), callOf("x"))).toBe("deny by default");
    const odd = { ...callOf("x"), method: "new/thing", target: { kind: "none" } as const };
    expect(said(policyOf(""), odd)).toBe("deny by default");
  });
  test("what this version cannot enforce is refused, not read and left out", () => {
    expect(() => policyOf("rules: [{ name: a, match: { tag: x }, allow: true }]")).toThrow("not enforced");
  });
});

test("a tool is labelled a read whatever it does (ContextForge): nothing but the rules says what a tool is", () => {
  const policy = policyOf('rules: [{ name: reads, match: { tool: "read_*" }, allow: true }]');
  const dressed = { ...callOf("write_a"), meta: { annotations: { readOnlyHint: true } } };
  expect(said(policy, dressed)).toBe("deny by default");
});

test("a rewrite is not judged again (ToolHive, ExtMcp): the judge sees the call as it will be sent", async () => {
  const renamed = await decide(
    callOf("read_a"),
    chain([{ name: "renames", broken: "stop", before: () => ({ kind: "rewrite", edits: [] }) }]),
    policyOf(ALLOWS, DENIES).judge,
    (call) => ({ ...call, target: { kind: "tool", name: "delete_a" } }),
    () => 0,
  );
  expect([renamed.verdict.kind, renamed.verdict.rule.rule]).toEqual(["deny", "no-deletes"]);
  expect(renamed.trail.map(({ stage }) => stage)).toEqual(["renames", "policy"]);
});

test("a list of one's own drops the defaults (Kong): no rule switches another off", () => {
  const policy = policyOf(
    DENIES,
    'rules: [{ name: admins, match: { role: admin, tool: "*" }, allow: true }]',
  );
  expect(said(policy, callOf("delete_a", {}, ["admin"]))).toBe("deny by no-deletes");
  expect(said(policy, callOf("read_a", {}, ["admin"]))).toBe("allow by admins");
});

test("two ways to one call judge it differently (LiteLLM #26565): live, explained and replayed are one verdict", () => {
  const sources = [ALLOWS, DENIES].map((text, at) => ({ file: `${at}.yaml`, text }));
  const policy = compile(sources, OPTIONS);
  const again = rejudging(parsePolicy(sources));
  for (const tool of ["read_a", "delete_a", "delete-a"]) {
    const call = callOf(tool);
    const { kind, rule } = policy.judge(call, []);
    expect(policy.explain(call).verdict).toEqual(policy.judge(call, []));
    const kept = { findings: [], granted: undefined, resource_args: ["path"], lost: [], missing: [] };
    const remains = { call, ...kept, size_bytes: 10 };
    // A tool that is denied whatever its arguments is hidden: the gate says so before it judges.
    const hidden = policy.hides(call.principal, call.server, call.target);
    expect(again(remains)).toMatchObject(hidden ? { kind: "deny", hidden } : { kind, rule: rule.rule });
  }
});

describe("at a gate with two servers that offer the same tool", () => {
  let gate: RunningGate;
  beforeAll(async () => {
    const toy = { command: process.execPath, args: [resolve("test/servers/toy.ts"), "toy"] };
    gate = await startGate(
      folderWith({
        "portcullis.yaml": JSON.stringify({
          version: 1,
          policy: ["policy.yaml"],
          mcpServers: { one: toy, two: toy },
        }),
        "policy.yaml": `defaults: { verdict: allow }
rules:
  - { name: three, match: { server: one }, limit: { rate: 3/hour } }
  - { name: no-toys, match: { server: two, tool: toy }, when: "true || has(args.a)", deny: true, why: No toys. }
`,
      }),
    );
  });
  afterAll(async () => {
    await gate.stop();
    removeFolder(gate.folder);
  });

  const connected = async (path: string): Promise<Client> => {
    const client = new Client({ name: "lessons", version: "1" });
    await client.connect(new StreamableHTTPClientTransport(new URL(path, gate.url)));
    return client;
  };
  const text = async (client: Client, name: string): Promise<string> => {
    const { content } = (await client.callTool({ name })) as { content: readonly { text: string }[] };
    return content[0]?.text ?? "";
  };

  test("names that a gateway makes up hide the real ones from policy (ToolHive #4373); two paths differ (ContextForge #4922)", async () => {
    const merged = await connected("/mcp");
    const { tools } = await merged.listTools();
    const renamed = tools.map(({ name }) => name).filter((name) => name.includes("two"));
    expect(renamed).toHaveLength(1);
    expect(await text(merged, renamed[0] ?? "")).toContain("No toys.");
    const single = await connected("/mcp/two");
    expect(await text(single, "toy")).toContain("No toys.");
    await merged.close();
    await single.close();
  });

  test("messages are counted instead of calls (agentgateway): handshake, ping and lists take nothing", async () => {
    const client = await connected("/mcp/one");
    for (let round = 0; round < 5; round++) {
      await client.listTools();
      await client.ping();
    }
    const heard = [];
    for (let call = 0; call < 4; call++) heard.push(await text(client, "toy"));
    expect(heard.slice(0, 3)).toEqual(["toy", "toy", "toy"]);
    expect(heard[3]).toMatch(/^LIMIT/);
    await client.close();
  });
});
