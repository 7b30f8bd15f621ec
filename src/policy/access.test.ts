import { describe, expect, test } from "vitest";
import type { Call, Target } from "../call/call.ts";
import type { Grant } from "../call/grant.ts";
import { firstCallId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { accessText } from "./access.ts";
import { policyOf } from "./compile.ts";
import { differenceOf } from "./difference.ts";
import { sentences } from "./explain.ts";
import { mutationsOf } from "./mutation.ts";
import { parsePolicy } from "./parse.ts";
import { runTests } from "./test-run.ts";

const AT = Date.UTC(2026, 10, 20, 10);
const KNOWN = { resourceArgs: (): readonly string[] => ["path", "name"] };
const TEXT = `rules:
  - name: production
    match: { server: prod, tool: "shell.*|files.*", role: sre }
    access: { approvers: ["role:lead"], within: 30m, for: 4h, break_glass: true }
    why: Production is entered for a reason.
  - name: salaries
    match: { method: "resources/*", resource: "hr://salaries/*" }
    when: tenant == "acme"
    access: { approvers: [ana, ben], quorum: 2 }
    why: Salaries are personal.
  - name: restarts
    match: { server: prod, tool: shell.restart }
    ask: { approvers: 2 }
    why: Two look at a restart.
  - name: no-wipe
    match: { tool: shell.wipe }
    deny: true
    why: Nothing is wiped.
  - name: odd
    match: { server: prod, tool: files.odd }
    when: args.n > 1
    access: { approvers: 1 }
    why: Odd ones are looked at.
  - name: often
    match: { server: prod }
    limit: { rate: 10/hour, per: user }
tests:
  - name: nobody enters production
    call: { server: prod, tool: shell.run, principal: { roles: [sre] } }
    expect: { verdict: deny, rule: default }
  - name: unless it was granted
    call: { server: prod, tool: shell.run, principal: { roles: [sre] }, granted: [production] }
    expect: { verdict: allow, rule: production, limits: [often] }
  - name: which is for people of production
    call: { server: prod, tool: shell.run, granted: [production] }
    expect: { verdict: deny, rule: default }
`;
const SET = parsePolicy([{ file: "p.yaml", text: TEXT }]);
const POLICY = policyOf(SET, KNOWN.resourceArgs);
const accessIn = (name: string) => {
  const effect = SET.rules.find((rule) => rule.name === name)?.effect;
  if (effect?.kind !== "access") throw new Error(`${name} offers nothing`);
  return effect.access;
};

function grant(rule: string, more: Partial<Grant> = {}): Grant {
  return { id: "g1", kind: "access", rule, version: accessIn(rule).version, until: AT + 1, ...more };
}

interface Made {
  readonly server?: string;
  readonly target?: Target;
  readonly method?: string;
  readonly args?: JsonObject;
  readonly roles?: readonly string[];
  readonly tenant?: string;
  readonly inexact?: readonly string[];
}
const tool = (name: string): Target => ({ kind: "tool", name });

function callOf({ server = "prod", target = tool("shell.run"), method, args = {}, ...more }: Made): Call {
  const { roles = ["sre"], tenant = "acme", inexact = [] } = more;
  return {
    id: firstCallId(AT),
    at: AT,
    principal: { id: "cleo", tenant, roles, scopes: [], source: "local-account" },
    client: undefined,
    era: "modern",
    server,
    method: method ?? (target.kind === "resource" ? "resources/read" : "tools/call"),
    target,
    args,
    meta: {},
    inexact,
  };
}

function said(made: Made, ...grants: readonly Grant[]): string {
  const verdict = POLICY.judge(callOf(made), [], grants);
  const by = verdict.kind === "allow" && verdict.grant !== undefined ? ` with ${verdict.grant}` : "";
  return `${verdict.kind} by ${verdict.rule.rule}${by}`;
}
const OPEN = "allow by production with g1";
const SHUT = "deny by default";

describe("a rule that offers access", () => {
  test("lets nothing pass and refuses nothing by itself, and hides nothing that can be asked for", () => {
    expect(said({})).toBe(SHUT);
    expect(POLICY.judge(callOf({}), [])).toMatchObject({
      instead: "Tell the user to ask for access for a time: `portcullis access request --rule production`.",
    });
    expect(POLICY.judge(callOf({ roles: [] }), [])).toMatchObject({
      instead: "Tell the user that no rule allows this; whoever keeps the policy can add one.",
    });
    expect(POLICY.hides(callOf({}).principal, "prod", tool("shell.run"))).toBe(false);
    expect(POLICY.hides(callOf({}).principal, "prod", tool("other"))).toBe(true);
    expect(POLICY.hides(callOf({ roles: [] }).principal, "prod", tool("shell.run"))).toBe(true);
    expect(POLICY.hides(callOf({}).principal, "prod", tool("shell.wipe"))).toBe(true);
    expect(POLICY.hides(callOf({}).principal, "hr", { kind: "resource", uri: "hr://salaries/a" })).toBe(
      false,
    );
    expect(POLICY.hides(callOf({}).principal, "hr", { kind: "resource", uri: "hr://people/a" })).toBe(true);
  });

  test("is offered to whom its rule means", () => {
    const offered = (made: Made): readonly string[] =>
      POLICY.offers(callOf(made).principal).map(({ rule }) => rule);
    expect(offered({})).toEqual(["production", "salaries", "odd"]);
    expect(offered({ roles: [] })).toEqual(["salaries", "odd"]);
  });

  test.each<[string, Made, Partial<Grant>, string]>([
    ["all that the rule matches", {}, {}, OPEN],
    ["until its end, and not at it", {}, { until: AT }, SHUT],
    ["under other words of the rule", {}, { version: "sha256:other" }, SHUT],
    ["under another rule", {}, { rule: "salaries" }, SHUT],
    ["somebody whom the rule does not mean", { roles: [] }, {}, SHUT],
    ["a tool that the rule does not mean", { target: tool("mail.send") }, {}, SHUT],
    ["another spelling of a tool", { target: tool("shell_run") }, {}, SHUT],
    ["a narrower tool", {}, { tools: ["shell.ps", "shell.r?n"] }, OPEN],
    ["none of its tools", {}, { tools: ["shell.ps"] }, SHUT],
    ["no tool at all", {}, { tools: [] }, SHUT],
    ["its server", {}, { servers: ["prod"] }, OPEN],
    ["another server", {}, { servers: ["staging"] }, SHUT],
    ["its operation", {}, { operations: ["tools/*"] }, OPEN],
    ["another operation", {}, { operations: ["resources/read"] }, SHUT],
    ["its resource", { args: { path: "/srv/a" } }, { resources: ["/srv/*"] }, OPEN],
    ["no resource, where it is for one", {}, { resources: ["*"] }, SHUT],
    ["one resource of two", { args: { path: "/srv/a", name: "/etc" } }, { resources: ["/srv/*"] }, SHUT],
    ["a resource that climbs", { args: { path: "/srv/../etc" } }, { resources: ["/srv/*"] }, SHUT],
    ["a resource inside an object", { args: { path: "/srv/a", name: {} } }, { resources: ["*"] }, SHUT],
    ["a number that was rounded", { args: { path: 5 }, inexact: ["path"] }, { resources: ["*"] }, SHUT],
    ["broken glass, where the rule allows it", {}, { kind: "break_glass" }, OPEN],
  ])("a grant that is for %s", (_, made, more, wanted) => {
    expect(said(made, { ...grant("production"), ...more })).toBe(wanted);
  });

  test("broken glass opens only what the rule lets be broken", () => {
    const made: Made = { server: "hr", target: { kind: "resource", uri: "hr://salaries/a" } };
    expect(said(made, grant("salaries"))).toBe("allow by salaries with g1");
    expect(said(made, grant("salaries", { kind: "break_glass" }))).toBe(SHUT);
    expect(said(made, grant("salaries", { tools: ["*"] }))).toBe(SHUT);
    expect(said({ ...made, tenant: "other" }, grant("salaries"))).toBe(SHUT);
  });

  test("with a grant answers who would ask, never who denies; limits count", () => {
    const restart = { target: tool("shell.restart") };
    expect(said(restart)).toBe("hold by restarts");
    expect(said(restart, grant("production"))).toBe("allow by production with g1");
    expect(said(restart, grant("production", { tools: ["shell.run"] }))).toBe("hold by restarts");
    expect(said({ target: tool("shell.wipe") }, grant("production"))).toBe("deny by no-wipe");
    expect(POLICY.judge(callOf({}), [], [grant("production")])).toMatchObject({
      charges: [{ rule: "often" }],
    });
  });

  test("whose condition fails offers nothing, and denies nothing that another opens", () => {
    const odd = { target: tool("files.odd") };
    expect(said(odd, grant("odd"))).toBe(SHUT);
    expect(said({ ...odd, args: { n: 2 } }, grant("odd"))).toBe("allow by odd with g1");
    expect(said(odd, grant("odd"), grant("production", { id: "g2" }))).toBe("allow by production with g2");
  });

  test("is not named where a rule allows the call anyway", () => {
    const text = `${TEXT.slice(0, TEXT.indexOf("tests:"))}  - { name: free, match: { tool: "shell.*" }, allow: true }\n`;
    const open = policyOf(parsePolicy([{ file: "p.yaml", text }]), KNOWN.resourceArgs);
    const verdict = open.judge(callOf({}), [], [grant("production")]);
    expect([verdict.rule.rule, "grant" in verdict]).toEqual(["free", false]);
  });
});

test("what is offered is told in words, by explain and by what differs", () => {
  expect(accessText(accessIn("production"))).toBe(
    "1 of role:lead within 30m, for 4h, or at once by breaking the glass",
  );
  expect(accessText(accessIn("salaries"))).toBe("2 of ana, ben within 1h, for 1d");
  expect(sentences(POLICY.explain(callOf({})))).toContain("production (p.yaml:2) offers access to it.");
  const after = parsePolicy([{ file: "p.yaml", text: TEXT.replace("for: 4h", "for: 8h") }]);
  expect(differenceOf(SET, after).rules.flatMap(({ parts }) => parts)).toEqual([
    {
      part: "access",
      before: "1 of role:lead within 30m, for 4h, or at once by breaking the glass",
      after: "1 of role:lead within 30m, for 8h, or at once by breaking the glass",
    },
  ]);
  const [rule] = after.rules;
  expect(rule?.effect.kind === "access" && rule.effect.access.version).not.toBe(
    accessIn("production").version,
  );
});

test("a test says under which rules access was granted, and tests notice a rule that is gone or opens by itself", () => {
  const run = runTests([{ file: "p.yaml", text: TEXT }], KNOWN, AT);
  expect(run.results.flatMap(({ diff }) => diff)).toEqual([]);
  const changes = mutationsOf(SET, KNOWN, AT).survivors.map(({ rule, change }) => `${rule}: ${change}`);
  expect(changes).not.toContain("production: it is left out");
  expect(changes).not.toContain("production: it allows instead of offering access");
  expect(changes).toContain("salaries: it is left out");
});

test.each([
  ["access: { approvers: 1 }", "a rule that offers access says why it has to be asked for"],
  ["access: { approvers: 1, for: 31d }, why: x", "rules[0].access.for: must be from 1m to 30d"],
  ["access: { approvers: 1, for: ever }, why: x", 'rules[0].access.for: "ever" is no stretch of time'],
  ["access: { approvers: [a], quorum: 2 }, why: x", "2 must approve, and only one person is named"],
  ["access: { approvers: 1 }, why: x, instead: y", "only a rule that denies or asks says what to do instead"],
  ["access: { approvers: 1, on_timeout: deny }, why: x", "rules[0].access.on_timeout: unknown key"],
])("%s: %s", (rule, message) => {
  const text = `rules: [{ name: r, ${rule} }]`;
  expect(() => parsePolicy([{ file: "p.yaml", text }])).toThrow(message);
});
