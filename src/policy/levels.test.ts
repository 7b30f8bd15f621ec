import fc from "fast-check";
import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import type { CallId } from "../call/id.ts";
import type { Verdict } from "../call/verdict.ts";
import { compile } from "./compile.ts";
import { levelled } from "./levels.ts";
import type { Policy } from "./policy.ts";

const policyOf = (...rules: readonly object[]): Policy => policyWith("deny", ...rules);
function policyWith(verdict: "allow" | "deny", ...rules: readonly object[]): Policy {
  const text = JSON.stringify({ defaults: { verdict }, rules });
  return compile([{ file: "policy", text }], { resourceArgs: () => [] });
}
const call = (tool: string, args: Call["args"] = {}): Call => ({
  id: "call_1" as CallId,
  at: 1_700_000_000_000,
  principal: { id: "ana", tenant: "acme", roles: [], scopes: [], source: "token" },
  client: undefined,
  era: "modern",
  server: "files",
  method: "tools/call",
  target: { kind: "tool", name: tool },
  args,
  meta: {},
  inexact: [],
});
const ALLOW = { name: "allow", match: { tool: "*" }, allow: true };
const denies = (tool: string, why = "No.") => ({ name: `no-${tool}`, match: { tool }, deny: true, why });
const asks = (name: string, who: string) => ({
  name,
  match: { tool: "deploy" },
  ask: { approvers: [who], within: "1h" },
  why: "People decide.",
});
const limits = (rate: string) => ({ name: "rate", match: { tool: "*" }, limit: { rate, per: ["user"] } });

test("without another level it is what it was", () => {
  const one = policyOf(ALLOW);
  expect(levelled(one, [])).toBe(one);
});

test("what any level denies is denied, and the widest that does speaks", () => {
  const wide = policyOf(ALLOW, denies("rm", "Nobody."));
  const narrow = policyWith("allow", denies("rm", "Not here."), denies("write"));
  const both = levelled(wide, [{ name: "acme", policy: narrow }]);
  expect(both.judge(call("read"), [])).toMatchObject({ kind: "allow", rule: { source: wide.version } });
  expect(both.judge(call("rm"), [])).toMatchObject({ kind: "deny", why: "Nobody." });
  expect(both.judge(call("write"), [])).toMatchObject({
    kind: "deny",
    rule: { source: narrow.version, rule: "no-write" },
  });
  expect(both.version).toBe(wide.version);
});

test("a level allows nothing that a wider one does not", () => {
  const both = levelled(policyOf({ ...ALLOW, match: { tool: "read" } }), [
    { name: "acme", policy: policyOf(ALLOW) },
  ]);
  expect(both.judge(call("read"), []).kind).toBe("allow");
  expect(both.judge(call("write"), []).kind).toBe("deny");
  const { id, tenant } = call("x").principal;
  const principal = { ...call("x").principal, id, tenant };
  expect(both.hides(principal, "files", { kind: "tool", name: "write" })).toBe(true);
});

test("whoever is asked by several levels must be satisfied at each", () => {
  const both = levelled(policyOf(asks("wide", "ceo@a.com")), [
    { name: "acme", policy: policyOf(asks("narrow", "ops@a.com")) },
    { name: "project", policy: policyOf(ALLOW) },
  ]);
  const verdict = both.judge(call("deploy"), []);
  expect(verdict).toMatchObject({ kind: "hold", rule: { rule: "wide" } });
  expect(verdict.kind === "hold" && verdict.asks.map(({ rule }) => rule)).toEqual(["wide", "narrow"]);
  expect(both.asks).toBe(true);
});

test("limits of the same name are counted apart, and both are taken", () => {
  const both = levelled(policyOf(ALLOW, limits("100/hour")), [
    { name: "acme", policy: policyOf(ALLOW, limits("10/hour")) },
  ]);
  const verdict = both.judge(call("read"), []);
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  expect(charges.map(({ most }) => most)).toEqual([100, 10]);
  expect(new Set(charges.map(({ counter }) => counter)).size).toBe(2);
});

test("masks of all levels apply, and only the widest takes findings more lightly", () => {
  const mask = (kind: string) => ({
    name: `mask-${kind}`,
    match: {},
    mask: { kinds: [kind], direction: "both" },
  });
  const guard = (name: string, action: string) => ({
    name: `${name}-${action}`,
    match: {},
    guard: { names: [name], action },
  });
  const duties = levelled(policyOf(ALLOW, mask("email"), guard("sql", "note")), [
    { name: "acme", policy: policyOf(mask("phone"), guard("sql", "warn"), guard("url", "note")) },
    { name: "project", policy: policyOf(guard("path", "block")) },
  ]).duties(call("read"));
  if (duties === undefined || "kind" in duties) throw new Error("no duties");
  expect([...duties.masks.results]).toEqual(["email", "phone"]);
  expect([...duties.guards]).toEqual([
    ["sql", "warn"],
    ["path", "block"],
  ]);
});

const RANK = { allow: 0, hold: 1, deny: 2 } as const;
const rank = ({ kind }: Verdict): number => RANK[kind];

test("however they are put together, the verdict is that of the strictest", () => {
  const tool = fc.constantFrom("read", "write", "deploy");
  const rule = fc.oneof(
    tool.map((name) => ({ allow: true, match: { tool: name } })),
    tool.map((name) => ({ deny: true, why: "No.", match: { tool: name } })),
    tool.map((name) => ({ ask: { approvers: ["a@b.c"], within: "1h" }, why: "Ask.", match: { tool: name } })),
  );
  const policy = fc
    .tuple(fc.constantFrom("allow" as const, "deny" as const), fc.array(rule, { maxLength: 4 }))
    .map(([verdict, rules]) =>
      policyWith(verdict, ...rules.map((each, at) => ({ name: `r${at}`, ...each }))),
    );
  fc.assert(
    fc.property(fc.array(policy, { minLength: 1, maxLength: 4 }), tool, (policies, name) => {
      const [widest, ...rest] = policies;
      if (widest === undefined) return;
      const all = levelled(
        widest,
        rest.map((each, at) => ({ name: `level${at}`, policy: each })),
      );
      const alone = policies.map((each) => rank(each.judge(call(name), [])));
      expect(rank(all.judge(call(name), []))).toBe(Math.max(...alone));
    }),
  );
});
