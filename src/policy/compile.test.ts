import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call, Target } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Finding } from "../call/verdict.ts";
import { compile } from "./compile.ts";

/** The policy language once more, without plan, index or library: what a reader of CONTRACT would write down. */
type Answer = boolean | "unsure";
interface Written {
  readonly name: string;
  readonly match?: Readonly<Record<string, string | readonly string[]>>;
  readonly when?: string;
  readonly allow?: true;
  readonly deny?: true;
  readonly why?: string;
}

const RESOURCE_ARGS = ["path", "name"];
const GRAVE: readonly Finding[] = [{ guard: "g", class: "secret", severity: "critical" }];

function glob(pattern: string, value: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()[\]\\]/g, "\\$&")
    .replaceAll("*", "[^]*")
    .replaceAll("?", "[^]");
  return new RegExp(`^(?:${source})$`).test(value);
}
const oneName = (text: string): string => text.split(/[._/-]/).join("_");

const CONDITIONS: Readonly<Record<string, (call: Call, findings: readonly Finding[]) => Answer>> = {
  "args.n > 3": ({ args, inexact }) =>
    inexact.includes("n") || typeof args["n"] !== "number" ? "unsure" : args["n"] > 3,
  'has(args.path) && args.path == "/srv/a"': ({ args, inexact }) =>
    inexact.includes("path") ? "unsure" : args["path"] === "/srv/a",
  '"dev" in principal.roles': ({ principal }) => principal.roles.includes("dev"),
  'era == "modern" || args.n == 1': ({ era, args, inexact }) => {
    if (inexact.includes("n")) return "unsure";
    if (era === "modern") return true;
    return args["n"] === undefined ? "unsure" : args["n"] === 1;
  },
  "risk >= 75": (_, findings) => findings.length > 0,
  "args.list.exists(x, x == tool)": ({ args, target }) => {
    const list = args["list"];
    return Array.isArray(list) ? list.includes(target.kind === "tool" ? target.name : "") : "unsure";
  },
};

function naiveRule(rule: Written, call: Call, findings: readonly Finding[]): Answer {
  const allows = rule.allow === true;
  const { target, principal } = call;
  const asWritten = (key: string): readonly string[] | undefined => {
    const value = rule.match?.[key];
    return value === undefined
      ? undefined
      : [value].flat().flatMap((each) => each.split("|").map((g) => g.trim()));
  };
  const meant = (key: string, values: readonly string[], names: boolean): boolean => {
    const fold = names && !allows ? oneName : (text: string): string => text;
    const globs = asWritten(key);
    return globs === undefined || values.some((value) => globs.some((each) => glob(fold(each), fold(value))));
  };
  if (!meant("server", [call.server], true)) return false;
  if (!meant("tool", target.kind === "tool" ? [target.name] : [], true)) return false;
  if (!meant("prompt", target.kind === "prompt" ? [target.name] : [], true)) return false;
  if (!meant("method", [call.method], false) || !meant("era", [call.era], false)) return false;
  if (!meant("tenant", [principal.tenant], false) || !meant("principal", [principal.id], false)) return false;
  if (!meant("role", principal.roles, false) || !meant("scope", principal.scopes, false)) return false;
  if (asWritten("resource") !== undefined) {
    const named = RESOURCE_ARGS.filter((name) => call.args[name] !== undefined);
    if (target.kind === "tool" && named.some((name) => call.inexact.includes(name))) return "unsure";
    const values =
      target.kind === "resource"
        ? [target.uri]
        : target.kind === "tool"
          ? named.map((n) => `${call.args[n] as string | number}`)
          : [];
    if (allows) {
      if (values.length === 0 || !values.every((v) => meant("resource", [v], false) && !v.includes("..")))
        return false;
    } else if (!values.some((v) => meant("resource", [v, v.replace("/srv/..", "")], false))) return false;
  }
  return rule.when === undefined ? true : (CONDITIONS[rule.when]?.(call, findings) ?? "unsure");
}

function naive(
  rules: readonly Written[],
  fallback: string,
  call: Call,
  findings: readonly Finding[],
): string {
  const answers = rules.map((rule) => ({ rule, answer: naiveRule(rule, call, findings) }));
  const denies = answers.find(({ rule, answer }) => rule.deny === true && answer === true);
  if (denies !== undefined) return `deny ${denies.rule.name}`;
  const unsure = answers.find(({ answer }) => answer === "unsure");
  if (unsure !== undefined) return `deny built-in because of ${unsure.rule.name}`;
  const allows = answers.find(({ rule, answer }) => rule.allow === true && answer === true);
  if (allows !== undefined) return `allow ${allows.rule.name}`;
  return `${fallback} default`;
}

const tools = fc.constantFrom("read_a", "read.a", "write-a", "x");
const servers = fc.constantFrom("files", "git_hub", "git-hub");
const oneOf = (...patterns: string[]): fc.Arbitrary<string | readonly string[]> =>
  fc.oneof(fc.constantFrom(...patterns), fc.subarray(patterns, { minLength: 1 }));
const part = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(value, { nil: undefined, freq: 2 });

const matches = fc
  .record({
    server: part(oneOf("files", "git*", "git-hub", "*|none")),
    target: part(
      fc.oneof(
        oneOf("read_*", "write_a", "r?ad.a|x", "*").map((tool) => ({ tool })),
        oneOf("p*", "p_1").map((prompt) => ({ prompt })),
        oneOf("/srv/*", "/etc/*", "*a*", "12*").map((resource) => ({ resource })),
        oneOf("/srv/*", "*").map((resource) => ({ resource, tool: "*" })),
        fc.constantFrom("tools/*", "resources/read", "odd/thing").map((method) => ({ method })),
      ),
    ),
    era: part(fc.constantFrom("legacy", "m*")),
    principal: part(oneOf("ana", "b*")),
    role: part(oneOf("dev", "ops*")),
    tenant: part(fc.constantFrom("acme", "*")),
    scope: part(fc.constantFrom("read", "write|admin")),
  })
  .map(({ target, ...rest }) => ({ ...rest, ...target }));

const rulesOf = fc
  .array(
    fc.record({
      match: part(matches),
      when: fc.option(fc.constantFrom(...Object.keys(CONDITIONS)), { nil: undefined, freq: 2 }),
      allows: fc.boolean(),
    }),
    { maxLength: 8 },
  )
  .map((rules) =>
    rules.map(
      ({ match, when, allows }, index): Written => ({
        name: `r${index}`,
        ...(match === undefined
          ? {}
          : {
              match: Object.fromEntries(
                Object.entries(match).filter(([, value]) => value !== undefined),
              ) as Record<string, string>,
            }),
        ...(when === undefined ? {} : { when }),
        ...(allows ? { allow: true } : { deny: true, why: `because r${index}` }),
      }),
    ),
  );

const principals: fc.Arbitrary<Principal> = fc.record({
  id: fc.constantFrom("ana", "bob"),
  tenant: fc.constantFrom("acme", "default"),
  roles: fc.subarray(["dev", "ops-lead"]),
  scopes: fc.subarray(["read", "write"]),
  source: fc.constant("local-account" as const),
});
const targets: fc.Arbitrary<{ method: string; target: Target }> = fc.oneof(
  tools.map((name) => ({ method: "tools/call", target: { kind: "tool", name } as const })),
  tools.map((name) => ({ method: "tools/call", target: { kind: "tool", name } as const })),
  fc
    .constantFrom("p.1", "q")
    .map((name) => ({ method: "prompts/get", target: { kind: "prompt", name } as const })),
  fc
    .constantFrom("/srv/a", "/srv/../etc/x", "/etc/x")
    .map((uri) => ({ method: "resources/read", target: { kind: "resource", uri } as const })),
  fc.constantFrom("odd/thing", "tasks/get").map((method) => ({ method, target: { kind: "none" as const } })),
);
const argsOf: fc.Arbitrary<JsonObject> = fc.record(
  {
    n: fc.constantFrom<number | string>(1, 5, "5"),
    path: fc.constantFrom<string | number>("/srv/a", "/etc/x", "/srv/../etc/x", 12),
    name: fc.constantFrom("/srv/b", "aa"),
    list: fc.subarray(["x", "read_a"]),
  },
  { requiredKeys: [] },
);

const calls: fc.Arbitrary<Call> = fc
  .record({
    principal: principals,
    where: targets,
    server: servers,
    era: fc.constantFrom("legacy" as const, "modern" as const),
    args: argsOf,
    rounded: fc.oneof(
      { weight: 4, arbitrary: fc.constant<string[]>([]) },
      { weight: 1, arbitrary: fc.subarray<string>(["n", "path"]) },
    ),
  })
  .map(({ where, rounded, ...rest }) => ({
    id: firstCallId(0),
    at: 0,
    client: undefined,
    meta: {},
    ...where,
    ...rest,
    inexact: rounded.filter((name) => typeof rest.args[name] === "number"),
  }));

const fallbacks = fc.constantFrom("allow", "deny");
const findings = fc.constantFrom([], GRAVE);
const options = { resourceArgs: () => RESOURCE_ARGS };

function compiled(rules: readonly Written[], verdict: string): ReturnType<typeof compile> {
  return compile([{ file: "p.yaml", text: JSON.stringify({ defaults: { verdict }, rules }) }], options);
}

function said(policy: ReturnType<typeof compile>, call: Call, found: readonly Finding[]): string {
  const result = policy.judge(call, found);
  expect(policy.explain(call, found).verdict).toEqual(result);
  if (result.kind === "hold") throw new Error("this version never holds");
  if (result.rule.source === policy.version) return `${result.kind} ${result.rule.rule}`;
  if (result.rule.rule === "default") return `${result.kind} default`;
  const because = result.kind === "deny" ? /ule `(r\d+)`/.exec(result.why)?.[1] : undefined;
  return `${result.kind} built-in because of ${because}`;
}

describe("a compiled policy", () => {
  test("says what the naive reading says, rule and all, for any policy and call", () => {
    const seen = new Map<string, number>();
    fc.assert(
      fc.property(
        rulesOf,
        fallbacks,
        fc.array(calls, { minLength: 1, maxLength: 12 }),
        findings,
        (rules, fallback, some, found) => {
          const policy = compiled(rules, fallback);
          for (const call of some) {
            const wanted = naive(rules, fallback, call, found);
            expect(said(policy, call, found)).toBe(wanted);
            const kind = wanted.replace(/r\d$/, "rule");
            seen.set(kind, (seen.get(kind) ?? 0) + 1);
          }
        },
      ),
      { numRuns: 1500 },
    );
    const kinds = [
      "deny rule",
      "allow rule",
      "deny built-in because of rule",
      "deny default",
      "allow default",
    ];
    for (const kind of kinds) expect([kind, (seen.get(kind) ?? 0) > 100]).toEqual([kind, true]);
  });

  test("allows or denies a call whatever the order of its rules", () => {
    fc.assert(
      fc.property(rulesOf, fallbacks, calls, (rules, fallback, call) => {
        const forth = compiled(rules, fallback).judge(call, []).kind;
        expect(compiled(rules.toReversed(), fallback).judge(call, []).kind).toBe(forth);
      }),
    );
  });

  test("hides only what it denies whatever the arguments", () => {
    let hidden = 0;
    fc.assert(
      fc.property(
        rulesOf,
        fallbacks,
        fc.array(calls, { minLength: 8, maxLength: 8 }),
        (rules, fallback, some) => {
          const policy = compiled(rules, fallback);
          for (const call of some) {
            if (!policy.hides(call.principal, call.server, call.target)) continue;
            hidden++;
            for (const { args, era } of some) {
              expect(policy.judge({ ...call, args, era, inexact: [] }, GRAVE).kind).toBe("deny");
            }
          }
        },
      ),
      { numRuns: 500 },
    );
    expect(hidden).toBeGreaterThan(100);
  });

  test("withholds where it may hide a resource, whatever that is called", () => {
    const withholds = (text: string, server = "files", roles: readonly string[] = []): boolean =>
      compile([{ file: "a.yaml", text }], options).withholds(
        { id: "ana", tenant: "default", roles, scopes: [], source: "local-account" },
        server,
      );
    const rules = (fallback: string, ...all: readonly string[]): string =>
      `defaults: { verdict: ${fallback} }\nrules: [${all.join(", ")}]`;
    const deny = (match: string): string => `{ name: no, match: ${match}, deny: true, why: No. }`;
    expect(withholds(rules("allow"))).toBe(false);
    expect(withholds(rules("deny"))).toBe(true);
    expect(withholds(rules("deny", "{ name: all, allow: true }"))).toBe(false);
    expect(withholds(rules("deny", '{ name: some, match: { resource: "*" }, allow: true }'))).toBe(true);
    expect(withholds(rules("deny", "{ name: tools, match: { tool: x }, allow: true }"))).toBe(true);
    expect(withholds(rules("allow", deny('{ resource: "file:///a*" }')))).toBe(true);
    expect(withholds(rules("allow", deny("{ server: web }")))).toBe(false);
    expect(withholds(rules("allow", deny("{ server: web }")), "web")).toBe(true);
    expect(withholds(rules("allow", deny("{ tool: x }")))).toBe(false);
    expect(withholds(rules("allow", deny('{ role: guest, resource: "a" }')))).toBe(false);
    expect(withholds(rules("allow", deny('{ role: guest, resource: "a" }')), "files", ["guest"])).toBe(true);
    expect(withholds(rules("allow", `{ name: no, when: 'args.x == 1', deny: true, why: No. }`))).toBe(false);
  });

  test("hides no resource where it says that it withholds none", () => {
    let hidden = 0;
    fc.assert(
      fc.property(
        rulesOf,
        fallbacks,
        calls,
        fc.constantFrom("a", "b", "file:///a"),
        (rules, fallback, call, uri) => {
          const policy = compiled(rules, fallback);
          if (!policy.hides(call.principal, call.server, { kind: "resource", uri })) return;
          hidden++;
          expect(policy.withholds(call.principal, call.server)).toBe(true);
        },
      ),
      { numRuns: 500 },
    );
    expect(hidden).toBeGreaterThan(20);
  });

  test("has the version of its texts, whatever the files are called", () => {
    const text = "rules: [{ name: a, allow: true }]";
    const one = compile([{ file: "a.yaml", text }], options);
    expect(one.version).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(compile([{ file: "b.yaml", text }], options).version).toBe(one.version);
    expect(compile([{ file: "a.yaml", text: `${text} ` }], options).version).not.toBe(one.version);
  });
});
