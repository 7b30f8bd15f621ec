import { expect, test } from "vitest";
import { differenceOf } from "./difference.ts";
import { parsePolicy } from "./parse.ts";

const parsed = (text: string) => parsePolicy([{ file: "p.yaml", text }]);
const BASE = `rules:
  - name: reads
    match: { server: files, tool: "read_*|list_*" }
    allow: true
  - name: nights
    match: { tool: "read_*" }
    hours: { allow: "09:00-17:59" }
  - name: few
    limit: { rate: 100/hour, per: [user] }
tests:
  - name: reads are allowed
    call: { server: files, tool: read_file }
    expect: { verdict: allow }
`;
const change = (...pairs: readonly (readonly [string, string])[]) =>
  differenceOf(parsed(BASE), parsed(pairs.reduce((text, [from, to]) => text.replace(from, to), BASE)));

test("order, comments and the way of writing make no difference", () => {
  const other = `# another file
tests:
  - { name: reads are allowed, call: { tool: read_file, server: files }, expect: { verdict: allow } }
defaults: { verdict: deny }
rules:
  - { name: few, limit: { per: user, rate: 100/hour } }
  - { name: nights, hours: { allow: "09:00-17:59" }, match: { tool: "read_*" } }
  - { name: reads, match: { server: files, tool: ["list_*", "read_*"] }, allow: true }
`;
  expect(differenceOf(parsed(BASE), parsed(other))).toEqual({ default: undefined, rules: [], tests: [] });
});

test("each part that a rule says differently is told, by the rule's name", () => {
  const { rules } = change(
    ["read_*|list_*", "read_*"],
    ['allow: "09:00-17:59"', 'allow: "08:00-17:59"'],
    ["100/hour", "50/hour"],
  );
  expect(rules.map(({ kind, name, parts }) => [kind, name, ...parts.map(({ part }) => part)])).toEqual([
    ["changed", "reads", "match.tool"],
    ["changed", "nights", "hours", "why"],
    ["changed", "few", "limit"],
  ]);
  expect(rules[0]?.parts).toEqual([{ part: "match.tool", before: "list_* | read_*", after: "read_*" }]);
});

test("rules that come, go and change their name; defaults and tests", () => {
  const found = change(
    ["rules:", "defaults: { verdict: allow }\nrules:"],
    ["name: reads\n", "name: reading\n"],
    ["name: few", "name: fewer"],
    ["100/hour", "5/hour"],
    ["    expect: { verdict: allow }", "    expect: { verdict: allow, rule: reading }"],
  );
  expect(found.default).toEqual({ part: "defaults.verdict", before: "deny", after: "allow" });
  expect(found.rules.map(({ kind, name, was }) => [kind, name, was])).toEqual([
    ["renamed", "reading", "reads"],
    ["added", "fewer", undefined],
    ["removed", "few", undefined],
  ]);
  const gone = change(["name: reads are allowed", "name: read"]);
  expect(gone.tests.map(({ kind, name }) => [kind, name])).toEqual([
    ["added", "read"],
    ["removed", "reads are allowed"],
  ]);
});

test("what is asked of whom is told in words, and its order makes no difference", () => {
  const asks = (ask: string): string => `rules: [{ name: pay, ask: ${ask}, why: Two people pay. }]`;
  const one = parsed(asks("{ approvers: [ana, ben], quorum: 2 }"));
  expect(differenceOf(one, parsed(asks("{ quorum: 2, approvers: [ben, ana], within: 60m }"))).rules).toEqual(
    [],
  );
  const other = parsed(asks("{ approvers: [ana, ben, cleo], within: 2h, notify: ['log:'] }"));
  expect(differenceOf(one, other).rules.flatMap(({ parts }) => parts)).toEqual([
    { part: "ask", before: "2 of ana, ben within 1h", after: "1 of ana, ben, cleo within 2h" },
    { part: "notify", before: undefined, after: "log:" },
  ]);
  const allows = parsed("rules: [{ name: pay, allow: true }]");
  expect(differenceOf(one, allows).rules[0]?.parts[0]).toEqual({
    part: "does",
    before: "ask",
    after: "allow",
  });
});
