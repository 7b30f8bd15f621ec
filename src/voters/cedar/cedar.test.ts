import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { callOf, said, wordOf } from "../../../test/voters/asked.ts";
import type { Call } from "../../call/call.ts";
import type { Json } from "../../call/json.ts";
import type { CedarVoter } from "../../config/voters.ts";
import { openVoters } from "../open.ts";

const root = mkdtempSync(join(tmpdir(), "portcullis-cedar-"));
afterAll(() => rmSync(root, { recursive: true }));
let made = 0;

/** A voter over these files; the policies are all those that end in .cedar. */
function voter(files: Readonly<Record<string, string>>): CedarVoter {
  made += 1;
  const folder = join(root, String(made));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const optional = (name: string): string | undefined =>
    files[name] === undefined ? undefined : join(folder, name);
  const schema = optional("s.cedarschema") ?? optional("schema.json");
  return {
    kind: "cedar",
    name: "cedar",
    match: {},
    policies: folder,
    schema,
    entities: optional("entities.json"),
  };
}

async function words(policies: string, ...calls: readonly Call[]): Promise<readonly string[]> {
  return (await said(voter({ "a.cedar": policies }), ...calls)).map(wordOf);
}

const args = (value: Record<string, Json>): Call => callOf({ args: value });
const PERMIT = "permit(principal, action, resource);";

describe("what a call is in Cedar's words", () => {
  test.each<[string, string, Call]>([
    [
      "who asks",
      'principal == User::"acme/ana" && principal.id == "ana" && principal.tenant == "acme"',
      callOf(),
    ],
    ["the roles", 'principal in Role::"developer" && !(principal in Role::"admin")', callOf()],
    ["the tenant", 'principal in Tenant::"acme" && !(principal in Tenant::"other")', callOf()],
    ["scopes and source", 'principal.scopes.contains("read") && principal.source == "host"', callOf()],
    ["the method", 'action == Action::"tools/call"', callOf()],
    ["the tool", 'resource == Tool::"files/read_file" && resource.name == "read_file"', callOf()],
    ["its server", 'resource in Server::"files" && resource.server == "files"', callOf()],
    [
      "the prompt",
      'resource == Prompt::"files/p" && resource is Prompt',
      callOf({ target: { kind: "prompt", name: "p" } }),
    ],
    [
      "the resource",
      'resource is Resource && resource.uri == "x://y/z"',
      callOf({ target: { kind: "resource", uri: "x://y/z" } }),
    ],
    ["the task", 'resource == Task::"files/t"', callOf({ target: { kind: "task", id: "t" } })],
    ["a method without a target", 'resource == Server::"files"', callOf({ target: { kind: "none" } })],
    ["arguments", 'context.args.path like "/srv/*"', callOf()],
    ["the era", 'context.era == "modern"', callOf()],
    ["the time", 'context.at.toTime() == duration("10h")', callOf()],
    ["the client", 'context.client.name == "agent"', callOf()],
    ["no client", "!(context has client)", callOf({ client: undefined })],
    [
      "a slash in a tenant's name",
      'principal == User::"a%2Fb/c" && principal in Tenant::"a/b"',
      callOf({ principal: { ...callOf().principal, tenant: "a/b", id: "c" } }),
    ],
    ["nested arguments", 'context.args.a.b.containsAll(["x", "y"])', args({ a: { b: ["x", "y"] } })],
    ["a whole number", "context.args.n == 9007199254740991", args({ n: 9007199254740991 })],
    ["a negative zero", "context.args.n == 0", args({ n: -0 })],
    [
      "a fraction",
      'context.args.n.lessThan(decimal("0.2")) && context.args.n == decimal("0.1235")',
      args({ n: 0.1235 }),
    ],
    ["null", 'context.args has n && context.args.n == Json::"null"', args({ n: null })],
    [
      "odd names",
      'context.args["__proto__"] == 1 && context.args["a b"] == 2',
      args(JSON.parse('{"__proto__":1,"a b":2}') as Record<string, Json>),
    ],
  ])("%s", async (_, condition, call) => {
    expect(await words(`permit(principal, action, resource) when { ${condition} };`, call)).toEqual([
      "allow",
    ]);
  });
});

describe("what has no value in Cedar denies, whatever the policies say", () => {
  test.each<[string, Record<string, Json>, string]>([
    ["a fraction of five digits", { n: 0.12345 }, "it has no value for a number with so many digits"],
    [
      "a number beyond a double's whole numbers",
      { n: 1e20 },
      "it has no value for a number with so many digits",
    ],
    ["a tiny one", { n: 1e-9 }, "it has no value for a number with so many digits"],
    [
      "one that says it is an entity",
      { u: { __entity: { type: "User", id: "root" } } },
      "it cannot look at an argument that is called __entity",
    ],
    [
      "one that says it is an extension",
      { u: [{ __extn: { fn: "ip", arg: "::1" } }] },
      "it cannot look at an argument that is called __extn",
    ],
    [
      "one that says it is an expression",
      { __expr: "1" },
      "it cannot look at an argument that is called __expr",
    ],
    [
      "what is nested too deep",
      { n: Array.from({ length: 40 }).reduce<Json>((inner) => [inner], 1) },
      "it cannot look at arguments that are nested so deep",
    ],
    [
      "more values than can be looked at while others wait",
      Object.fromEntries(Array.from({ length: 2000 }, (_, at) => [`k${at}`, at])),
      "it cannot look at so many arguments",
    ],
  ])("%s", async (_, value, why) => {
    expect(await words(PERMIT, args(value))).toEqual([`deny, ${why}`]);
  });
});

test("whatever a client sends, the engine stays whole, and what it cannot read is not allowed", async () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("__proto__", "type", "id", "", "\0", "\uD800"),
  );
  const some = fc.jsonValue({ stringUnit: "binary" }) as fc.Arbitrary<Json>;
  const sent = fc.record({ args: fc.dictionary(text, some), id: text, tool: text, role: text });
  const voters = await openVoters([voter({ "a.cedar": PERMIT })], []);
  const broken = new Set<string>();
  await fc.assert(
    fc.asyncProperty(sent, async ({ args: value, id, tool, role }) => {
      const principal = { id, tenant: tool, roles: [role], scopes: [id], source: "host" } as const;
      const call = callOf({ args: value, principal, target: { kind: "tool", name: tool } });
      const { steps, refusal } = await voters.tighten(call);
      if (steps[0]?.said === "broken") broken.add(steps[0].why ?? "");
      expect(refusal === undefined).toBe(steps[0]?.said === "allow");
    }),
    { numRuns: 200 },
  );
  expect([...broken].filter((why) => why.startsWith("it failed"))).toEqual([]);
  expect(wordOf(await voters.tighten(callOf()))).toBe("allow");
  await voters.close();
});

describe("decisions", () => {
  test("how somebody signed in decides: amr, acr, and when", async () => {
    const policies = `permit(principal, action, resource) when {
      principal.amr.contains("mfa") && principal has acr && principal.acr == "gold"
      && principal has auth_time && context.at.durationSince(principal.auth_time) <= duration("5m") };`;
    const { principal, at } = callOf();
    const signed = { ...principal, amr: ["pwd", "mfa"], acr: "gold", auth_at: at - 60_000 };
    const all = await said(
      voter({ "a.cedar": policies }),
      callOf(),
      callOf({ principal: signed }),
      callOf({ principal: { ...signed, auth_at: at - 600_000 } }),
      callOf({ principal: { ...signed, amr: ["pwd"] } }),
    );
    expect(all.map((each) => wordOf(each).split(",")[0])).toEqual(["deny", "allow", "deny", "deny"]);
  });

  test("what no policy permits is denied, and a forbid speaks with its own reason", async () => {
    const policies = `permit(principal in Role::"developer", action, resource);
@id("no-etc") @why("Nothing below /etc.")
forbid(principal, action, resource in Server::"files") when { context.args.path like "/etc/*" };
@id("no-web")
forbid(principal, action, resource in Server::"web");
forbid(principal, action, resource in Server::"db");`;
    const nobody = callOf({ principal: { ...callOf().principal, roles: [] } });
    const calls = [
      callOf(),
      nobody,
      args({ path: "/etc/passwd" }),
      callOf({ server: "web" }),
      callOf({ server: "db" }),
    ];
    const all = await said(voter({ "sub/a.cedar": policies }), ...calls);
    expect(all.map(({ refusal }) => refusal?.why)).toEqual([
      undefined,
      "No Cedar policy permits it.",
      "Nothing below /etc.",
      "Forbidden by the Cedar policy no-web.",
      "Forbidden by the Cedar policy a.cedar:6.",
    ]);
  });

  test("a policy that cannot be evaluated denies, because it may have been the one that forbids", async () => {
    const policies = `${PERMIT}\nforbid(principal, action, resource) when { context.args.amount > 10 };`;
    const [absent, text, ok, much] = await words(
      policies,
      callOf(),
      args({ amount: "12" }),
      args({ amount: 5 }),
      args({ amount: 11 }),
    );
    expect(absent).toMatch(/^deny, it has a policy that could not be evaluated: a\.cedar:2: .*amount/);
    expect(text).toMatch(/^deny, it has a policy that could not be evaluated/);
    expect([ok, much]).toEqual(["allow", "deny"]);
  });

  test("what an argument holds is not in what is written down of a failure", async () => {
    const conditions = [
      "context.args.n + 9223372036854775807 > 0",
      "ip(context.args.secret).isIpv4()",
      'decimal(context.args.secret) > decimal("1.0")',
    ];
    for (const condition of conditions) {
      const [word] = await words(
        `${PERMIT} forbid(principal, action, resource) when { ${condition} };`,
        args({ n: 5555, secret: "hunter2" }),
      );
      expect(word).toMatch(
        /^deny, it has a policy that could not be evaluated: a\.cedar:1: a (?:number is too large|function was given)/,
      );
    }
  });

  test("entities of a file are put together with what the call says, whatever is looked at and from where", async () => {
    const entities = [
      {
        uid: { type: "User", id: "acme/ana" },
        attrs: { boss: { __entity: { type: "User", id: "acme/bob" } } },
      },
      {
        uid: { type: "User", id: "acme/bob" },
        attrs: { level: 3 },
        parents: [{ type: "Group", id: "inner" }],
      },
      { uid: { type: "Group", id: "inner" }, parents: [{ type: "Group", id: "outer" }] },
      { uid: { type: "Role", id: "developer" }, parents: [{ type: "Role", id: "staff" }] },
      {
        uid: { type: "Tool", id: "files/read_file" },
        attrs: { risk: 1 },
        parents: [{ type: "Group", id: "safe" }],
      },
      { uid: { type: "Config", id: "now" }, attrs: { open: true } },
      { uid: { type: "Action", id: "tools/call" }, parents: [{ type: "Action", id: "doing" }] },
    ];
    const conditions = [
      "principal.boss.level == 3",
      'principal.boss in Group::"outer"',
      'principal in Role::"staff"',
      'resource in Group::"safe" && resource in Server::"files" && resource.risk == 1',
      'Config::"now".open',
      'action in Action::"doing"',
    ];
    for (const condition of conditions) {
      const policies = `permit(principal, action, resource) when { ${condition} };`;
      const [one] = await said(
        voter({ "a.cedar": policies, "entities.json": JSON.stringify(entities) }),
        callOf(),
      );
      expect([condition, one === undefined ? "" : wordOf(one)]).toEqual([condition, "allow"]);
    }
    const heads = 'permit(principal in Role::"staff", action in Action::"doing", resource in Group::"safe");';
    const [one] = await said(
      voter({ "a.cedar": heads, "entities.json": JSON.stringify(entities) }),
      callOf(),
    );
    expect(one?.refusal).toBeUndefined();
  });

  test("groups of actions that the schema makes are there when a call is judged", async () => {
    const schema = `entity Role; entity Tenant; entity Server; entity User in [Role, Tenant] { id: String };
entity Tool in [Server] { name: String };
action "doing";
action "tools/call" in [Action::"doing"] appliesTo { principal: User, resource: Tool, context: { args: { path?: String } } };`;
    const files = {
      "a.cedar": `${PERMIT} forbid(principal, action in Action::"doing", resource);`,
      "s.cedarschema": schema,
    };
    const [one] = await said(voter(files), callOf());
    expect(one?.refusal?.cause).toEqual({ kind: "policy" });
  });

  test("voters with the same file names do not mix", async () => {
    const voters = await openVoters(
      [
        voter({ "a.cedar": PERMIT }),
        { ...voter({ "a.cedar": "forbid(principal, action, resource);" }), name: "other" },
      ],
      [],
    );
    const { steps, refusal } = await voters.tighten(callOf());
    expect(steps.map(({ stage, said: word }) => `${stage} ${word}`)).toEqual([
      "voter:cedar allow",
      "voter:other deny",
    ]);
    expect(refusal?.rule.rule).toBe("other");
    await voters.close();
  });
});

describe("mistakes are told at the start, with file and line", () => {
  const schema = `entity User; entity Tool;
action "tools/call" appliesTo { principal: User, resource: Tool, context: { args: { path?: String } } };`;
  test.each<[string, Record<string, string>, RegExp]>([
    [
      "a policy that is none",
      { "a.cedar": "// é\n\npermit(principal, action, resource)\nwhen { context. };" },
      /a\.cedar:4:17 .*unexpected token `}`/,
    ],
    [
      "two files with a mistake each",
      { "a.cedar": "permit(", "b.cedar": "\nforbid(" },
      /a\.cedar:1:\d+ [^]*b\.cedar:2:\d+ /,
    ],
    [
      "a template",
      { "a.cedar": `${PERMIT}\npermit(principal == ?principal, action, resource);` },
      /a\.cedar:2:1 .*template/,
    ],
    ["no policy at all", { "a.txt": "" }, /holds no policy/],
    [
      "one that does not fit the schema",
      {
        "a.cedar": `// é\n${PERMIT}\n// é\npermit(principal, action == Action::"tools/call", resource)\nwhen { context.args.pat == "é" };`,
        "s.cedarschema": schema,
      },
      /a\.cedar:5:8 .*`args\.pat` in context .*not found/,
    ],
    [
      "a schema that is none",
      { "a.cedar": PERMIT, "s.cedarschema": "entity User;\nentity %;" },
      /s\.cedarschema:2:8 /,
    ],
    ["a schema that is no JSON", { "a.cedar": PERMIT, "schema.json": "{" }, /schema\.json .*is no JSON/],
    ["entities that are no JSON", { "a.cedar": PERMIT, "entities.json": "[" }, /entities\.json .*is no JSON/],
    [
      "entities that are no list",
      { "a.cedar": PERMIT, "entities.json": "{}" },
      /entities\.json .*is no list of entities/,
    ],
    [
      "an entity with null",
      { "a.cedar": PERMIT, "entities.json": '[{"uid":{"type":"A","id":"x"},"attrs":{"n":null}}]' },
      /entities\.json .*null/,
    ],
    [
      "a reference that only a schema could tell from a record",
      {
        "a.cedar": PERMIT,
        "entities.json": '[{"uid":{"type":"A","id":"x"},"attrs":{"b":{"type":"A","id":"y"}}}]',
      },
      /entities\.json .*A::"x" has an entity or extension value in the short form/,
    ],
  ])("%s", async (_, files, message) => {
    await expect(openVoters([voter(files)], [])).rejects.toThrow(message);
  });
});
