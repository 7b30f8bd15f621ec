import { describe, expect, test } from "vitest";
import { z } from "zod";
import { Problems } from "../document/problem.ts";
import { renderProblem } from "../document/render.ts";
import { parsePolicy } from "./parse.ts";
import type { Source } from "./rule.ts";
import { policySchema } from "./schema.ts";

const KNOWN = { servers: ["files", "everything"], roles: ["developer", "operator"] };

function shown(...sources: readonly Source[]): string {
  try {
    parsePolicy(sources, KNOWN);
    return "";
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map((problem) => renderProblem(problem, { color: false })).join("\n");
  }
}
const file = (text: string, name = "policy/main.yaml"): Source => ({ file: name, text });
const rule = (text: string): Source => file(`rules:\n  - { name: a, ${text} }\n`);

describe("a policy file that is wrong", () => {
  test("is told everything at once, with the line, the caret and what was probably meant", () => {
    const text = [
      "rules:",
      "  - name: a",
      "    match: { server: fils, era: legcy }",
      "    allow: true",
      "  - name: a",
      "    deny: true",
      "    when: |",
      "      args.x == 1 &&",
      '        tol == "x"',
      "  - name: c",
      "tests:",
      "  - name: t",
      "    call: { server: files, tool: x }",
      "    expect: { verdict: deny, rule: aa }",
    ].join("\n");
    expect(shown(file(text))).toMatchSnapshot();
  });

  test.each([
    ["match: { classification: secret }, allow: true", "no classification is called"],
    ["match: { tag: x }, allow: true", "`tag` is not enforced by this version"],
    ["mask: { kinds: [shoe_size] }", "is not one of secret, email, phone"],
    ["mask: { kinds: [email] }, allow: true", "the rule has `allow` already, and does one thing"],
    ["guard: { names: [sequel], action: note }", "rules[0].guard.names[0]"],
    ["mask: { kinds: [email] }, when: risk > 50", "`risk` is not known yet"],
    ["guard: { names: [sql], action: note }, when: size(findings) > 0", "`findings` is not known yet"],
    ["mask: { kinds: [email] }, instead: x", "only a rule that denies or asks says what to do instead"],
    ["deny: true", "a rule that denies says why"],
    ["deny: true, why: ' '", "must not be empty"],
    ["match: { tool: x }", "does nothing: it neither allows, denies, asks nor limits"],
    ["allow: true, deny: true, why: x", "the rule has `allow` already, and does one thing"],
    ["allow: false", "should be true, is false"],
    ["allow: true, instead: x", "only a rule that denies or asks says what to do instead"],
    ["allow: true, step_up: { acr: a }", "only a rule that denies says how to sign in instead"],
    ["deny: true, why: x, step_up: { acr: a }", "without `when` nobody passes, however they sign in"],
    [`deny: true, why: x, when: 'principal.acr != "a"', step_up: { acr: "a b" }`, "holds blanks"],
    [`deny: true, why: x, when: 'principal.acr != "a"', step_up: { max_age: soon }`, "no stretch of time"],
    ["match: { toool: x }, allow: true", 'did you mean "tool"?'],
    ["match: { tool: [] }, allow: true", "must have at least 1 entry"],
    ["match: { tool: 'x|' }, allow: true", "an alternative is empty"],
    ["match: { tool: x, prompt: y }, allow: true", "a call with a prompt has no tool"],
    ["match: { prompt: x, resource: y }, allow: true", "a call with a prompt has no resource"],
    ["match: { tool: x, method: prompts/get }, allow: true", "a call with a tool has the method tools/call"],
    ["match: { resource: x, method: prompts/* }, allow: true", "a call with a resource has the method"],
    ["match: { method: 'tools/list|ping' }, allow: true", "never judged"],
    ["match: { server: evrything }, allow: true", 'did you mean "everything"?'],
    ["match: { role: developers }, allow: true", 'did you mean "developer"?'],
    ["match: { era: [modern, anciet] }, allow: true", 'no era is called "anciet"'],
    ["match: { resource: '/srv/../x' }, allow: true", "never allowed by its name"],
    ["when: 'false', deny: true, why: x", "is false whatever the call"],
  ])("%s: %s", (text, message) => {
    expect(shown(rule(text))).toContain(message);
  });

  test("names of built-in rules are taken", () => {
    expect(shown(file("rules: [{ name: default, allow: true }]"))).toContain(
      '"default" is the name of a built-in rule',
    );
  });

  test("two files are one policy: names are unique across them, defaults do not contradict", () => {
    const one = file("defaults: { verdict: deny }\nrules:\n  - { name: a, allow: true }\n", "policy/a.yaml");
    const two = file("defaults: { verdict: allow }\nrules:\n  - { name: a, allow: true }\n", "policy/b.yaml");
    expect(shown(one, two)).toContain("policy/b.yaml:1:22  defaults.verdict: policy/a.yaml:1 says deny");
    expect(shown(one, two)).toContain(
      "policy/b.yaml:3:13  rules[0].name: a rule of this name stands at policy/a.yaml:3",
    );
  });

  test("a file with a wrong shape does not hide what is wrong in another", () => {
    const text = shown(file("rool: 1", "policy/a.yaml"), file("rules: [{ name: a }]", "policy/b.yaml"));
    expect(text).toContain("policy/a.yaml:1:1  rool: unknown key");
    expect(text).toContain(
      "policy/b.yaml:1:9  rules[0]: does nothing: it neither allows, denies, asks nor limits",
    );
  });

  test.each([
    ["{ server: x }", "names exactly one of tool, prompt and resource"],
    ["{ server: x, tool: a, resource: b }", "names exactly one of tool, prompt and resource"],
    ["{ server: x, tool: a, at: yesterday }", "at"],
  ])("a test with the call %s is refused", (call, message) => {
    expect(shown(file(`tests: [{ name: t, call: ${call}, expect: { verdict: deny } }]`))).toContain(message);
  });
});

describe("a policy file that is right", () => {
  test("is rules as plain frozen data", () => {
    const [only] = parsePolicy(
      [rule("match: { server: files, tool: 'a*|b' }, when: 'args.x == 1', allow: true")],
      KNOWN,
    ).rules;
    expect(only).toMatchObject({
      name: "a",
      at: "policy/main.yaml:2",
      match: { server: ["files"], tool: ["a*", "b"] },
      when: { text: "args.x == 1" },
      effect: { kind: "allow" },
    });
    expect(Object.isFrozen(only)).toBe(true);
  });

  test("nothing at all is a policy that denies", () => {
    expect(parsePolicy([])).toMatchObject({ default: "deny", rules: [], tests: [] });
    expect(parsePolicy([file("")])).toMatchObject({ default: "deny", rules: [] });
  });

  test.each(["resources/directory/read", "resources/subscribe", "completion/complete", "tools/call"])(
    "a resource can have the method %s",
    (method) => {
      expect(shown(rule(`match: { resource: x, method: ${method} }, allow: true`))).toBe("");
    },
  );

  test("a deny finds its server under any spelling of the name", () => {
    const known = { servers: ["git-hub"] };
    expect(parsePolicy([rule("match: { server: git_hub }, deny: true, why: x")], known).rules).toHaveLength(
      1,
    );
    expect(() => parsePolicy([rule("match: { server: git_hub }, allow: true")], known)).toThrow(Problems);
  });

  test("its schema is a JSON Schema for editors that describes every key", () => {
    const json = JSON.stringify(z.toJSONSchema(policySchema, { io: "input" }));
    for (const key of ["defaults", "rules", "tests", "match", "when", "why", "instead"])
      expect(json).toContain(`"${key}"`);
    expect(json).toContain(
      '"description":"Not enforced by this version; a file that has it is refused.","not":{}',
    );
  });
});
