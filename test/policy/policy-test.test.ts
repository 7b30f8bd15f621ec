import { expect, test } from "vitest";
import { folderWith, portcullis, removeFolder } from "../gate/running.ts";

const POLICY = `rules:
  - name: reads
    match: { tool: "read_*|list_*" }
    allow: true
  - name: rate
    limit: { rate: 10/hour }
tests:
  - name: a read
    call: { server: files, tool: read_a }
    expect: { verdict: allow, rule: reads, limits: [rate] }
`;

test("policy test says what the tests leave open, and ends with 1 where the score is below what is wanted", async () => {
  const folder = folderWith({ "policy.yaml": POLICY });
  try {
    const run = await portcullis(["policy", "test", "policy.yaml"], folder);
    expect(run.err).toMatchInlineSnapshot(`
      "warn policy.yaml:2  no test of the rule reads reaches "list_*" (tool)
      warn no test notices when, in defaults, \`defaults.verdict\` is allow: add a test of a call that no rule speaks of: expect: { verdict: deny, rule: default }
      warn policy.yaml:2  no test notices when, in reads, \`tool\` is anything: add a test of a call that differs in its tool only, and what becomes of that
      warn policy.yaml:5  no test notices when, in rate, its limit is twice as much: say the amount in a test: limits: { rate: 10/hour }
      ok   the tests notice 4 of 8 mistakes made in the rules: score 50
      ok   1 test passed, 2 of 2 rules tested
      "
    `);
    expect([run.code, run.out]).toEqual([0, ""]);
    const strict = await portcullis(["policy", "test", "policy.yaml", "--min-score", "90"], folder);
    expect(strict.err).toContain("the score is 50, at least 90 is wanted");
    expect(strict.code).toBe(1);
    const lines = await portcullis(["policy", "test", "policy.yaml", "--json"], folder);
    const kinds = lines.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { kind: string }).kind);
    expect(kinds).toEqual(["test", "unreached", ...Array.from({ length: 4 }, () => "survivor"), "score"]);
  } finally {
    removeFolder(folder);
  }
});

test("a test that names how much a limit is fails where the limit is another", async () => {
  const folder = folderWith({ "policy.yaml": POLICY.replace("[rate]", "{ rate: 5/hour }") });
  try {
    const run = await portcullis(["policy", "test", "policy.yaml"], folder);
    expect(run.err).toContain("wanted  allow by reads, charged to rate (5/hour)");
    expect(run.err).toContain("got     allow by reads, charged to rate (10/hour per tenant)");
    expect(run.code).toBe(1);
  } finally {
    removeFolder(folder);
  }
});

test("a test of a rule that demands a second factor says how somebody signed in", async () => {
  const policy = `defaults: { verdict: allow }
rules:
  - { name: second-factor, match: { tool: pay }, when: '!("mfa" in principal.amr)', deny: true, why: Sign in with a second factor. }
tests:
  - { name: one, call: { server: bank, tool: pay, principal: { amr: [pwd] } }, expect: { verdict: deny, rule: second-factor } }
  - { name: two, call: { server: bank, tool: pay, principal: { amr: [pwd, mfa] } }, expect: { verdict: allow } }
`;
  const folder = folderWith({ "policy.yaml": policy });
  try {
    const run = await portcullis(["policy", "test", "policy.yaml"], folder);
    expect(run.err).toContain("2 tests passed");
    expect(run.code).toBe(0);
  } finally {
    removeFolder(folder);
  }
});
