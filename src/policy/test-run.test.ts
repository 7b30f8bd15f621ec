import { expect, test } from "vitest";
import { runTests } from "./test-run.ts";

const TEXT = `rules:
  - name: reads
    match: { tool: "read_*" }
    allow: true
  - name: nights
    match: { tool: "read_*" }
    when: now.getHours() < 6
    deny: true
    why: Nobody reads at night.
  - name: prompts
    match: { prompt: "*" }
    allow: true
tests:
  - name: reads are allowed by day
    call: { server: files, tool: read_file, at: "2026-11-20T10:00:00Z" }
    expect: { verdict: allow, rule: reads }
  - name: reads are allowed at the time of the run
    call: { server: files, tool: read_file }
    expect: { verdict: allow }
  - name: writes are allowed
    call: { server: files, tool: write_file }
    expect: { verdict: allow, rule: reads }
  - name: writes are denied by a rule
    call: { server: files, tool: write_file }
    expect: { verdict: deny, rule: nights }
`;
const SOURCES = [{ file: "policy/main.yaml", text: TEXT }];
const OPTIONS = { resourceArgs: () => [] };

test("tests of a policy say what was wanted, what came and why, and which rules none of them reached", () => {
  const run = runTests(SOURCES, OPTIONS, Date.parse("2026-11-20T03:00:00Z"));
  expect(run.results.map(({ at, passed }) => [at, passed])).toEqual([
    ["policy/main.yaml:14:5", true],
    ["policy/main.yaml:17:5", false],
    ["policy/main.yaml:20:5", false],
    ["policy/main.yaml:23:5", false],
  ]);
  expect(run.results[1]?.diff).toMatchInlineSnapshot(`
    [
      "wanted  allow",
      "got     deny by nights",
      "Denied by nights: Nobody reads at night.",
      "reads (policy/main.yaml:2) allows it.",
      "nights (policy/main.yaml:5) denies it: now.getHours() < 6 is true (now.getHours() = 3).",
      "prompts (policy/main.yaml:10) does not speak of it: prompt differs.",
    ]
  `);
  expect(run.results[2]?.diff).toMatchInlineSnapshot(`
    [
      "wanted  allow by reads",
      "got     deny by default",
      "Denied by default: No rule allows the tool \`write_file\` of the server \`files\`.",
      "reads (policy/main.yaml:2) does not speak of it: tool differs.",
      "nights (policy/main.yaml:5) does not speak of it: tool differs.",
      "prompts (policy/main.yaml:10) does not speak of it: prompt differs.",
    ]
  `);
  expect(run).toMatchObject({ rules: 3, untested: [{ name: "prompts", at: "policy/main.yaml:10" }] });
});

test("a test without a time is judged at the time of the run", () => {
  const passed = (now: string): boolean | undefined =>
    runTests(SOURCES, OPTIONS, Date.parse(now)).results[1]?.passed;
  expect([passed("2026-11-20T03:00:00Z"), passed("2026-11-20T12:00:00Z")]).toEqual([false, true]);
});
