import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { Finding } from "../call/verdict.ts";
import { Problems } from "../document/problem.ts";
import { compile } from "./compile.ts";

function policyOf(text: string) {
  return compile([{ file: "p.yaml", text }], { resourceArgs: () => [] });
}
function problemsOf(text: string): string {
  try {
    policyOf(text);
    return "";
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ message }) => message).join("; ");
  }
}
function call(server: string, more: Partial<Call> = {}): Call {
  return {
    id: callId(1),
    at: 1,
    principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "local-account" },
    client: undefined,
    era: "modern",
    server,
    method: "tools/call",
    target: { kind: "tool", name: "get" },
    args: {},
    meta: {},
    inexact: [],
    ...more,
  };
}
const PII: Finding = { guard: "pii", class: "pii", severity: "high", action: "note" };

const POLICY = `
defaults: { verdict: allow }
rules:
  - name: patients
    match: { server: clinic, tool: "get|put" }
    classify: SENSITIVE_PERSONAL
  - name: staff
    match: { server: hr }
    when: args.table == "staff"
    classify: personal
  - name: nobody
    match: { classification: "PERSONAL|sensitive_*" }
    deny: true
    why: Nobody reads what is of people.
tests:
  - name: of people by its server
    call: { server: files, tool: get, classification: personal }
    expect: { verdict: deny, rule: nobody }
  - name: of nobody
    call: { server: files, tool: get }
    expect: { verdict: allow }
`;

describe("a rule that matches by class", () => {
  const policy = policyOf(POLICY);
  const verdict = (of: Call, findings: readonly Finding[] = []) => policy.judge(of, findings).kind;

  test("hears what the call, findings and other rules say, and the highest holds", () => {
    expect(verdict(call("files"))).toBe("allow");
    expect(policy.classOf(call("files"), [])).toBe("internal");
    expect(verdict(call("files", { classification: "restricted" }))).toBe("allow");
    expect(verdict(call("files", { classification: "personal" }))).toBe("deny");
    expect(verdict(call("files"), [PII])).toBe("deny");
    expect(policy.classOf(call("clinic", { classification: "public" }), [PII])).toBe("sensitive_personal");
    expect(verdict(call("clinic"))).toBe("deny");
    expect(policy.classOf(call("files", { classification: "public" }), [])).toBe("public");
  });

  test("takes a rule that cannot be asked to hold", () => {
    expect(verdict(call("hr", { args: { table: "staff" } }))).toBe("deny");
    expect(verdict(call("hr", { args: { table: "rooms" } }))).toBe("allow");
    expect(verdict(call("hr"))).toBe("deny");
  });

  test("hides nothing, and is remembered for nothing: what data is shows with the call", () => {
    const { principal, target } = call("clinic");
    expect(policy.hides(principal, "clinic", target)).toBe(false);
    expect(policy.steady("files", target)).toBe(false);
    expect(policyOf("defaults: { verdict: allow }").steady("files", target)).toBe(true);
  });
});

test("an allow by class opens no more than it says", () => {
  const policy = policyOf(`
rules:
  - name: open
    match: { classification: public|internal }
    allow: true
`);
  expect(policy.judge(call("files"), []).kind).toBe("allow");
  expect(policy.judge(call("files"), [PII]).kind).toBe("deny");
});

test("what can be no class, or is not known yet, is refused when it is read", () => {
  const rule = (text: string): string => problemsOf(`rules:\n  - { name: r, ${text} }`);
  expect(rule("match: { classification: secret }, allow: true")).toContain(
    'no classification is called "secret"',
  );
  expect(rule("match: { server: a }, classify: secret")).toContain("is one of public, internal");
  expect(rule("match: { classification: personal }, classify: restricted")).toContain("is not known yet");
  expect(rule("match: { classification: personal }, mask: { kinds: [email] }")).toContain("is not known yet");
  expect(rule("when: size(findings) > 0, classify: personal")).toContain("`findings` is not known yet");
});
