import { isDeepStrictEqual } from "node:util";
import { firstCallId, type Instant } from "../call/id.ts";
import type { Call } from "../call/call.ts";
import { type CompileOptions, policyOf } from "./compile.ts";
import { sentences } from "./explain.ts";
import { parsePolicy } from "./parse.ts";
import type { Source, Test } from "./rule.ts";

/** How one test went. */
interface TestResult {
  readonly name: string;
  /** `policy/main.yaml:40:5`. */
  readonly at: string;
  readonly passed: boolean;
  /** What was wanted, what came and why; empty where the test passed. */
  readonly diff: readonly string[];
}

export interface TestRun {
  /** In the order of the files. */
  readonly results: readonly TestResult[];
  /** Rules that apply to the call of no test. */
  readonly untested: readonly { readonly name: string; readonly at: string }[];
  readonly rules: number;
}

function callOf({ call }: Test, now: Instant): Call {
  const { instant, ...rest } = call;
  const at = instant ?? now;
  return { ...rest, id: firstCallId(at), at, client: undefined, meta: {}, inexact: [] };
}

function said(verdict: string, rule: string | undefined, limits: readonly string[] | undefined): string {
  const by = rule === undefined ? verdict : `${verdict} by ${rule}`;
  if (limits === undefined) return by;
  return `${by}, charged to ${limits.length === 0 ? "no limit" : limits.join(", ")}`;
}

/**
 * Runs the tests that stand in policy files. `now` is the instant of calls that name none.
 * Throws Problems where the files cannot be read.
 */
export function runTests(sources: readonly Source[], options: CompileOptions, now: Instant): TestRun {
  const set = parsePolicy(sources, options);
  const policy = policyOf(set, options.resourceArgs);
  const spoke = new Set<string>();
  const results = set.tests.map((test): TestResult => {
    const explanation = policy.explain(callOf(test, now));
    for (const { name, outcome } of explanation.rules) if (outcome.kind === "applies") spoke.add(name);
    const { kind, rule } = explanation.verdict;
    const { expect } = test;
    const { verdict } = explanation;
    const charged = [
      ...new Set((verdict.kind === "allow" ? (verdict.charges ?? []) : []).map((charge) => charge.rule)),
    ].sort();
    const counted = expect.limits === undefined || isDeepStrictEqual(charged, [...expect.limits].sort());
    const passed =
      kind === expect.verdict && (expect.rule === undefined || expect.rule === rule.rule) && counted;
    const came = said(kind, rule.rule, counted ? undefined : charged);
    const diff = passed
      ? []
      : [
          `wanted  ${said(expect.verdict, expect.rule, counted ? undefined : expect.limits)}`,
          `got     ${came}`,
          ...sentences(explanation),
        ];
    return { name: test.name, at: test.at, passed, diff };
  });
  const untested = set.rules.filter(({ name }) => !spoke.has(name)).map(({ name, at }) => ({ name, at }));
  return { results, untested, rules: set.rules.length };
}
