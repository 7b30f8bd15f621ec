import fc from "fast-check";
import { expect, test } from "vitest";
import { opening } from "../audit/opening.ts";
import type { Call, Target } from "../call/call.ts";
import type { Grant } from "../call/grant.ts";
import { callId } from "../call/id.ts";
import type { Json, JsonObject } from "../call/json.ts";
import type { Deny, Finding, Verdict } from "../call/verdict.ts";
import { policyOf } from "../policy/compile.ts";
import { parsePolicy } from "../policy/parse.ts";
import { rejudging } from "../policy/rejudge.ts";
import type { RuleSet } from "../policy/rule.ts";
import type { CallRecord, Opened } from "../store/store.ts";
import { recordedCalls } from "./recorded.ts";

const RESOURCE_ARGS = ["path", "uri"];
const AT = Date.UTC(2026, 10, 20, 10);

/** A record as a store gives it back. */
function recordOf(call: Call, verdict: Verdict, detail: "full" | "summary", more: object = {}): CallRecord {
  const decision = { call, edits: [], verdict, findings: [], trail: [], ...more };
  const facts = { size_bytes: 9_000, policy_version: "v", resource_args: RESOURCE_ARGS, ...more };
  const opened = JSON.parse(JSON.stringify(opening(decision, facts, { detail, mode: "enforce" }))) as Opened;
  return { tenant: call.principal.tenant, position: 1, opened, closed: undefined, status: "open" };
}

const CONDITIONS = [
  'has(args.note) && args.note.startsWith("a")',
  'args.token == "x"',
  'args.n > 3 || args.note == "b"',
  'path.within(args.path, "/srv")',
  'args.list.exists(x, x == "--token")',
  "args.list.size() > 2",
  'text.found(args, "b")',
  'resource == "/srv/a"',
  '"dev" in principal.roles && "w" in principal.scopes',
  '!("mfa" in principal.amr)',
  'client.name == "@org/app" || client.version == "1"',
  "risk >= 75",
  "findings.size() > 55",
  "args.list.exists(x, args.list.exists(y, x != y))",
  'has(args.deep.token) && args.deep.kept == "a"',
  "size(args) > 1",
  "now.getHours() < 12",
  'args.all(k, k != "token")',
];

const condition = fc.constantFrom(...CONDITIONS);
const match = fc.record(
  {
    tool: fc.constantFrom("read", "write", "*"),
    role: fc.constantFrom("dev", "ops"),
    scope: fc.constantFrom("w", "*"),
    resource: fc.constantFrom("/srv/*", "*"),
    principal: fc.constantFrom("ana", "*"),
  },
  { requiredKeys: [] },
);
const rule = fc.record(
  {
    match,
    when: condition,
    does: fc.constantFrom(
      "allow",
      "allow",
      "deny",
      "deny",
      "ask",
      "access",
      "access",
      "limit",
      "sum",
      "hours",
    ),
  },
  { requiredKeys: ["does"] },
);
const DOES: Readonly<Record<string, object>> = {
  allow: { allow: true },
  deny: { deny: true, why: "no" },
  access: { access: { approvers: ["ben"] }, why: "ask for it" },
  ask: { ask: { approvers: ["ben"] }, why: "ask" },
  limit: { limit: { rate: "5/hour", per: ["user", "client"] } },
  sum: { limit: { quota: "5/day", meter: "args.n" } },
  hours: { hours: { allow: "09:00-11:00" } },
};
const policy = fc
  .record({ default: fc.constantFrom("allow", "deny"), rules: fc.array(rule, { maxLength: 5 }) })
  .map(({ default: verdict, rules }) =>
    parsePolicy(
      [
        {
          file: "p",
          text: JSON.stringify({
            defaults: { verdict },
            rules: rules.map(({ does, ...rest }, at) => ({ name: `r${at}`, ...rest, ...DOES[does] })),
          }),
        },
      ],
      { root: "/srv" },
    ),
  );

const long = fc.constantFrom(`a${"b".repeat(1_500)}`, `b${"c".repeat(1_500)}`);
const text = fc.oneof({ weight: 4, arbitrary: fc.constantFrom("a", "b", "/srv/a", "/etc/x") }, long);
const odd = fc.constant(JSON.parse('{"__proto__":1}') as JsonObject);
const args: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.record(
  {
    note: text,
    token: fc.oneof(fc.constantFrom("x", "y"), odd),
    n: fc.constantFrom(1, 5, -0, 9_007_199_254_740_992, Number.POSITIVE_INFINITY, "5"),
    path: fc.oneof(text, fc.array(text, { maxLength: 2 })),
    uri: text,
    list: fc.oneof(
      fc.array(fc.oneof(fc.constantFrom("--token", "x", "-v"), text), { maxLength: 4 }),
      fc.constant(Array.from({ length: 3_000 }, (_, at) => `item ${at}`)),
    ),
    deep: fc.record({ token: text, kept: text }, { requiredKeys: [] }),
    big: fc.constantFrom<Json>(
      Object.fromEntries(Array.from({ length: 900 }, (_, at) => [`member ${at}`, at])),
    ),
  },
  { requiredKeys: [] },
);
const target = fc.constantFrom<Target>(
  { kind: "tool", name: "read" },
  { kind: "tool", name: "write" },
  { kind: "resource", uri: "/srv/a" },
  { kind: "prompt", name: "p" },
  { kind: "none" },
);
const call = fc
  .record({
    target,
    args,
    roles: fc.subarray(["dev", "ops"]),
    scopes: fc.subarray(["w", "r"]),
    amr: fc.constantFrom(undefined, ["pwd"], ["pwd", "mfa"]),
    client: fc.constantFrom({ name: "@org/app", version: "1" }, { name: "app", version: "1/2" }, undefined),
    huge: fc.boolean(),
  })
  .map(
    ({ target, args, roles, scopes, amr, client }): Call => ({
      id: callId(AT),
      at: AT,
      principal: { id: "ana", tenant: "acme", roles, scopes, source: "host", ...(amr && { amr }) },
      client,
      era: "modern",
      server: "files",
      method: {
        tool: "tools/call",
        prompt: "prompts/get",
        resource: "resources/read",
        task: "",
        none: "x/y",
      }[target.kind],
      target,
      args: args as JsonObject,
      meta: {},
      inexact: typeof args["n"] === "number" && !Number.isSafeInteger(args["n"]) ? ["n"] : [],
    }),
  );
const FINDING: Finding = { guard: "g", class: "secret", severity: "critical" };
const findings = fc.constantFrom<readonly Finding[]>(
  [],
  [FINDING],
  Array.from({ length: 60 }, () => FINDING),
);

/** What the gate decides of the whole call: visibility first, then the rules. */
function live(set: RuleSet, call: Call, found: readonly Finding[]): Verdict {
  const policy = policyOf(set, () => RESOURCE_ARGS);
  const grants = set.rules.flatMap(({ name, effect }): readonly Grant[] =>
    effect.kind === "access"
      ? [{ id: "g", kind: "access", rule: name, version: effect.access.version, until: AT + 1 }]
      : [],
  );
  return policy.hides(call.principal, call.server, call.target) ? HIDDEN : policy.judge(call, found, grants);
}
const HIDDEN: Deny = {
  kind: "deny",
  rule: { source: "stage", rule: "visibility" },
  cause: { kind: "hidden" },
  why: "hidden",
};

test("whatever is decided of what was kept is what was decided of the whole call", () => {
  const seen = { decided: 0, held: 0, granted: 0, undecidable: 0 };
  fc.assert(
    fc.property(
      policy,
      call,
      findings,
      fc.constantFrom("full", "full", "full", "summary", "old", "before-amr"),
      (set, made, found, kept) => {
        const verdict = live(set, made, found);
        const hidden = verdict.kind === "deny" && verdict.cause.kind === "hidden";
        const detail = kept === "summary" ? "summary" : "full";
        const record = recordOf(made, verdict, detail, { findings: found, hidden });
        // As records were written before what policy looked at was kept beside them.
        if (kept === "old") Object.assign(record.opened.detail, { judged_on: undefined });
        if (kept === "before-amr")
          Object.assign(record.opened.detail["judged_on"] as object, { amr: undefined });
        const { asked } = recordedCalls()(record);
        const again = rejudging(set)(asked?.[0] ?? (undefined as never));
        if (again.kind === "undecidable") {
          seen.undecidable += 1;
          return;
        }
        seen.decided += 1;
        expect(again.kind).toBe(verdict.kind);
        if (verdict.kind !== "deny" && again.kind !== "deny") {
          if (verdict.kind === "hold") seen.held += 1;
          if (verdict.kind === "allow" && verdict.grant !== undefined) seen.granted += 1;
          expect(again.rule).toBe(verdict.rule.rule);
          expect(again.charges).toEqual(verdict.charges ?? []);
        }
      },
    ),
    { numRuns: 1_500 },
  );
  // Neither all of it nor nothing: the generators reach both.
  expect(seen.decided).toBeGreaterThan(600);
  expect(seen.held).toBeGreaterThan(5);
  expect(seen.granted).toBeGreaterThan(5);
  expect(seen.undecidable).toBeGreaterThan(60);
});
