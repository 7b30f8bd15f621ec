import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { compile } from "./compile.ts";

function callOf(args: JsonObject, tool = "take", server = "web"): Call {
  return {
    id: firstCallId(0),
    at: 0,
    principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "local-account" },
    client: undefined,
    era: "legacy",
    server,
    method: "tools/call",
    target: { kind: "tool", name: tool },
    args,
    meta: {},
    inexact: [],
  };
}

const policyOf = (rules: string) =>
  compile([{ file: "policy.yaml", text: `defaults: { verdict: allow }\nrules:\n${rules}` }], {
    resourceArgs: () => [],
  });

const POLICY = policyOf(`
  - { name: mail, match: { server: web }, mask: { kinds: [email], direction: results } }
  - { name: money, match: { tool: pay.now }, mask: { kinds: [iban, credit_card] } }
  - { name: far, match: { server: web }, when: 'args.to == "far"', mask: { kinds: [phone], direction: arguments } }
  - { name: lenient, match: { server: web }, guard: { names: [sql, command], action: note } }
  - { name: strict, match: { tool: take }, guard: { names: [sql], action: block } }
`);

test("kinds unite each way, and of several actions for a guard the strictest holds", () => {
  expect(POLICY.duties(callOf({ to: "far" }))).toEqual({
    masks: { arguments: new Set(["phone"]), results: new Set(["email"]) },
    guards: new Map([
      ["sql", "block"],
      ["command", "note"],
    ]),
  });
});

test("a rule that masks means a tool however its name is spelled; one that says what guards do, as it is written", () => {
  expect(POLICY.duties(callOf({}, "pay_now", "bank"))).toMatchObject({
    masks: { arguments: new Set(["iban", "credit_card"]) },
  });
  const spelled = policyOf("  - { name: a, match: { tool: run.it }, guard: { names: [sql], action: note } }");
  expect(spelled.duties(callOf({}, "run_it"))).toBeUndefined();
  expect(spelled.duties(callOf({}, "run.it"))).toMatchObject({ guards: new Map([["sql", "note"]]) });
});

test("a rule that cannot be asked denies, and what no rule speaks of owes nothing", () => {
  expect(POLICY.duties(callOf({}))).toMatchObject({ kind: "deny", rule: { rule: "condition-failed" } });
  expect(POLICY.duties(callOf({}, "look", "other"))).toBeUndefined();
});

test("a policy names the guards that its rules need, and such rules decide over no call", () => {
  expect(POLICY.guards).toEqual(new Set(["pii", "sql", "command"]));
  expect(policyOf("  - { name: a, mask: { kinds: [secret] } }").guards).toEqual(new Set(["secrets"]));
  expect(POLICY.judge(callOf({ to: "far" }), [])).toMatchObject({ kind: "allow", rule: { rule: "default" } });
  expect(POLICY.steady("web", { kind: "tool", name: "take" })).toBe(true);
});
