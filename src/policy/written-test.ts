import type { Finding } from "../call/verdict.ts";
import type { Reading } from "./effect.ts";
import type { Test } from "./rule.ts";
import type { TestDocument } from "./schema.ts";

function targetOf({ tool, prompt, resource, method }: TestDocument["call"]): {
  method: string;
  target: Test["call"]["target"];
} {
  if (tool !== undefined) return { method: method ?? "tools/call", target: { kind: "tool", name: tool } };
  if (prompt !== undefined)
    return { method: method ?? "prompts/get", target: { kind: "prompt", name: prompt } };
  if (resource !== undefined)
    return { method: method ?? "resources/read", target: { kind: "resource", uri: resource } };
  return { method: method ?? "", target: { kind: "none" } };
}

const isList = (value: readonly string[] | object): value is readonly string[] => Array.isArray(value);

function limitsOf({ limits }: TestDocument["expect"]): Pick<Test["expect"], "limits" | "amounts"> {
  if (limits === undefined || isList(limits)) return { limits, amounts: undefined };
  return { limits: Object.keys(limits), amounts: limits };
}

function asksOf({ asks }: TestDocument["expect"]): Pick<Test["expect"], "asks" | "terms"> {
  if (asks === undefined || isList(asks)) return { asks, terms: undefined };
  return { asks: Object.keys(asks), terms: asks };
}

/** The names of rules in a test that no built-in rule and no voter can have, each with the key under which it stands. */
export function rulesIn({ expect, call }: TestDocument): readonly (readonly [readonly string[], string])[] {
  const { asks = [] } = asksOf(expect);
  return [
    ...(expect.rule === undefined ? [] : [[["expect", "rule"], expect.rule] as const]),
    ...asks.map((name) => [["expect", "asks"], name] as const),
    ...(call.granted ?? []).map((name) => [["call", "granted"], name] as const),
  ];
}

function mistakes({ call, expect }: TestDocument, index: number, { document, problems }: Reading): void {
  const { tool, prompt, resource, method } = call;
  const targets = [tool, prompt, resource].filter((target) => target !== undefined).length;
  if (targets > 1 || (targets === 0 && method === undefined)) {
    const message = "names exactly one of tool, prompt and resource, or else a method";
    problems.push(document.problem(["tests", index, "call"], message, undefined, "key"));
  }
  if (expect.asks !== undefined && expect.verdict !== "hold") {
    const path = ["tests", index, "expect", "asks"];
    const hint = "expect: { verdict: hold, asks: … }";
    problems.push(document.problem(path, "only a call that is held asks people", hint, "key"));
  }
}

function findingsOf({ findings = [] }: TestDocument["call"]): readonly Finding[] {
  return findings.map(({ class: of, guard, severity, kind, path, action }) => ({
    guard: guard ?? "",
    class: of,
    severity: severity ?? "high",
    ...(kind !== undefined && { kind }),
    ...(path !== undefined && { path }),
    action: action ?? "warn",
  }));
}

/** A test as a file has it. What is wrong with it is noted. */
export function testOf(written: TestDocument, index: number, reading: Reading): Test {
  mistakes(written, index, reading);
  const { name, call, expect } = written;
  const { server, args, principal, era, at, granted } = call;
  const place = reading.document.at(["tests", index]);
  return Object.freeze<Test>({
    name,
    at: `${reading.file}:${place.line}:${place.column}`,
    call: {
      server,
      ...targetOf(call),
      args: args ?? {},
      principal: {
        id: principal?.id ?? "test",
        tenant: principal?.tenant ?? "default",
        roles: principal?.roles ?? [],
        scopes: principal?.scopes ?? [],
        source: "local-account",
        amr: principal?.amr ?? [],
        ...(principal?.acr !== undefined && { acr: principal.acr }),
        ...(principal?.address !== undefined && { address: principal.address }),
        ...(principal?.auth_time !== undefined && { auth_at: Date.parse(principal.auth_time) }),
      },
      ...(call.annotations !== undefined && { annotations: call.annotations }),
      ...(call.classification !== undefined && { classification: call.classification }),
      era: era ?? "modern",
      instant: at === undefined ? undefined : Date.parse(at),
    },
    granted: granted ?? [],
    findings: findingsOf(call),
    expect: { verdict: expect.verdict, rule: expect.rule, ...asksOf(expect), ...limitsOf(expect) },
  });
}
