import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { unreachedBy } from "./coverage.ts";
import { policyOf } from "./compile.ts";
import { isWanted } from "./expectation.ts";
import { mutantsOf } from "./mutants.ts";
import { mutationsOf } from "./mutation.ts";
import { parsePolicy } from "./parse.ts";
import type { RuleSet } from "./rule.ts";
import { testCall } from "./test-call.ts";

const NOW = Date.parse("2026-11-20T10:00:00Z");
const OPTIONS = { resourceArgs: (): readonly string[] => ["name", "path"] };
const setOf = (text: string): RuleSet => parsePolicy([{ file: "policy.yaml", text }]);

const RULES = `rules:
  - name: reads
    match: { server: files, tool: "read_*|list_*" }
    allow: true
  - name: large
    match: { tool: "read_*" }
    when: args.size > 10
    deny: true
    why: Too large.
  - name: open
    match: { server: files }
    hours: { allow: "09:00-16:59" }
    why: Only by day.
  - name: rate
    limit: { rate: 10/hour }
`;

function changes(tests: string): readonly string[] {
  const { survivors } = mutationsOf(setOf(`${RULES}tests:\n${tests}`), OPTIONS, NOW);
  return survivors.map(({ rule, change }) => `${rule}: ${change}`);
}

test("without tests every mistake goes unnoticed", () => {
  const run = mutationsOf(setOf(RULES), OPTIONS, NOW);
  expect(run.survivors).toHaveLength(run.tried);
  expect(run.tried).toBe(run.possible);
  expect(run.survivors.map(({ rule, at, change }) => [rule, at, change])).toEqual([
    ["defaults", undefined, "`defaults.verdict` is allow"],
    ["reads", "policy.yaml:2", "it is left out"],
    ["reads", "policy.yaml:2", "it denies instead of allowing"],
    ["reads", "policy.yaml:2", "`server` is anything"],
    ["reads", "policy.yaml:2", "`tool` is anything"],
    ["reads", "policy.yaml:2", '"read_*" is left out of `tool`'],
    ["reads", "policy.yaml:2", '"list_*" is left out of `tool`'],
    ["large", "policy.yaml:5", "it is left out"],
    ["large", "policy.yaml:5", "it allows instead of denying"],
    ["large", "policy.yaml:5", "its condition is turned round"],
    ["large", "policy.yaml:5", "`tool` is anything"],
    ["open", "policy.yaml:10", "it is left out"],
    ["open", "policy.yaml:10", "its hours begin and end an hour later"],
    ["open", "policy.yaml:10", "`server` is anything"],
    ["rate", "policy.yaml:14", "it is left out"],
    ["rate", "policy.yaml:14", "its limit is twice as much"],
  ]);
});

test("each test notices the mistakes that would change what it wants", () => {
  const read = (size: number, at: string, want: string): string =>
    `  - name: ${size} at ${at}\n    call: { server: files, tool: read_a, args: { size: ${size} }, at: "2026-11-20T${at}:00Z" }\n    expect: ${want}\n`;
  const small = read(1, "10:00", "{ verdict: allow, rule: reads }");
  expect(changes(small)).toEqual([
    "defaults: `defaults.verdict` is allow",
    "reads: `server` is anything",
    "reads: `tool` is anything",
    'reads: "list_*" is left out of `tool`',
    "large: it is left out",
    "large: it allows instead of denying",
    "large: `tool` is anything",
    "open: it is left out",
    "open: its hours begin and end an hour later",
    "open: `server` is anything",
    "rate: it is left out",
    "rate: its limit is twice as much",
  ]);
  const all = [
    read(1, "09:00", "{ verdict: allow, rule: reads, limits: { rate: 10/hour } }"),
    read(1, "17:00", "{ verdict: deny, rule: open }"),
    read(11, "10:00", "{ verdict: deny, rule: large }"),
    '  - name: lists\n    call: { server: files, tool: list_a, at: "2026-11-20T10:00:00Z" }\n    expect: { verdict: allow }\n',
    '  - name: elsewhere\n    call: { server: web, tool: read_a, args: { size: 1 }, at: "2026-11-20T20:00:00Z" }\n    expect: { verdict: deny, rule: default }\n',
    '  - name: writes\n    call: { server: files, tool: write_a, at: "2026-11-20T10:00:00Z" }\n    expect: { verdict: deny, rule: default }\n',
  ].join("");
  expect(changes(all)).toEqual([]);
});

test("of what a rule asks, the mistakes that let more through are made; a test that says what is asked notices them", () => {
  const pay = `rules:
  - name: two
    ask: { approvers: [ana, ben], quorum: 2, within: 1h }
    why: Two people pay.
tests:
  - name: a payment waits
    call: { server: bank, tool: pay }
    expect: { verdict: hold, rule: two }
`;
  const unnoticed = (text: string): readonly string[] =>
    mutationsOf(setOf(text), OPTIONS, NOW).survivors.map(({ rule, change }) => `${rule}: ${change}`);
  const slips = [
    "two: one approval less is enough",
    "two: somebody else may approve too",
    "two: there is twice as long to approve",
    "two: who asks may approve it",
  ];
  const defaults = "defaults: `defaults.verdict` is allow";
  expect(unnoticed(pay)).toEqual([defaults, ...slips]);
  expect(unnoticed(pay.replace("rule: two }", "asks: [two] }"))).toEqual([defaults, ...slips]);
  const said = (terms: string): string => pay.replace("rule: two }", `asks: { two: "${terms}" } }`);
  expect(unnoticed(said("2 of ana, ben within 1h"))).toEqual([defaults]);
  expect(unnoticed(said("2 of ana, ben"))).toEqual([defaults, slips[2], slips[3]]);
  expect(unnoticed(said("2"))).toEqual([defaults, ...slips.slice(1)]);
});

test("a test that fails takes no part", () => {
  expect(
    changes("  - name: wrong\n    call: { server: files, tool: read_a }\n    expect: { verdict: deny }\n"),
  ).toContain("reads: it is left out");
});

test.each(["examples/policies/governance-bridge.yaml", "examples/policies/atom-gov.yaml"])(
  "what goes unnoticed in %s is what judging everything again does not notice",
  (file) => {
    const whole = parsePolicy([{ file, text: readFileSync(file, "utf8") }]);
    // All tests would notice everything.
    const set: RuleSet = { ...whole, tests: whole.tests.filter((_, at) => at % 3 === 0) };
    const passes = (one: RuleSet): boolean =>
      one.tests.every((each) =>
        isWanted(policyOf(one, OPTIONS.resourceArgs).judge(testCall(each, NOW), []), each.expect),
      );
    expect(passes(set)).toBe(true);
    const unnoticed = set.rules.flatMap((rule, index) =>
      mutantsOf(rule).flatMap(({ becomes, change }) => {
        const rules = set.rules.toSpliced(index, 1, ...(becomes === undefined ? [] : [becomes]));
        return passes({ ...set, rules }) ? [`${rule.name}: ${change}`] : [];
      }),
    );
    const flipped: RuleSet = { ...set, default: set.default === "allow" ? "deny" : "allow" };
    const { survivors } = mutationsOf(set, OPTIONS, NOW);
    expect(survivors.length).toBeGreaterThan(3);
    expect(survivors.map(({ rule, change }) => `${rule}: ${change}`)).toEqual(
      passes(flipped) ? [`defaults: \`defaults.verdict\` is ${flipped.default}`, ...unnoticed] : unnoticed,
    );
  },
);

test("where rules and tests are very many an even share of the mistakes is made, and nothing is asked without end", () => {
  const rules = Array.from({ length: 2000 }, (_, at) => ({
    name: `r${at}`,
    match: { tool: `t${at}` },
    allow: true,
  }));
  const tests = Array.from({ length: 2000 }, (_, at) => ({
    name: `t${at}`,
    call: { server: "s", tool: `t${at}` },
    expect: { verdict: "allow", rule: `r${at}` },
  }));
  const set = setOf(JSON.stringify({ rules, tests }));
  const run = mutationsOf(set, OPTIONS, NOW);
  expect(run.possible).toBe(6001);
  expect(run.tried).toBeGreaterThan(900);
  expect(run.tried).toBeLessThan(1100);
  expect(unreachedBy(set, OPTIONS, NOW)).toBeUndefined();
});

test("what tests do not reach is a rule, an alternative, a condition that is never false, hours that are never open", () => {
  const at_night =
    '  - name: night\n    call: { server: files, tool: read_a, args: { size: 11 }, at: "2026-11-20T20:00:00Z" }\n    expect: { verdict: deny }\n';
  expect(unreachedBy(setOf(`${RULES}tests:\n${at_night}`), OPTIONS, NOW)).toEqual([
    { rule: "reads", at: "policy.yaml:2", part: "alternative", key: "tool", glob: "list_*" },
    { rule: "large", at: "policy.yaml:5", part: "condition" },
    { rule: "open", at: "policy.yaml:10", part: "hours" },
  ]);
  const [first] = unreachedBy(setOf(RULES), OPTIONS, NOW) ?? [];
  expect(first).toEqual({ rule: "reads", at: "policy.yaml:2", part: "rule" });
});
