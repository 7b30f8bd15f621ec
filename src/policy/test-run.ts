import type { Instant } from "../call/id.ts";
import type { Call } from "../call/call.ts";
import type { Refusal } from "../call/verdict.ts";
import { type CompileOptions, policyOf } from "./compile.ts";
import { chargedTo, countedAs, isWanted, wantedLimits } from "./expectation.ts";
import { sentences } from "./explain.ts";
import { parsePolicy } from "./parse.ts";
import type { Source } from "./rule.ts";
import { testCall } from "./test-call.ts";

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
  /** Tests that say what a voter says, where that voter was not asked: neither passed nor failed. */
  readonly unasked: number;
}

/** What the voters said of the calls of tests. */
export interface Voted {
  /** The names of those that were asked. */
  readonly asked: ReadonlySet<string>;
  /** By the place of the test. */
  readonly refusals: ReadonlyMap<string, Refusal>;
}

const NOBODY: Voted = { asked: new Set(), refusals: new Map() };

function said(verdict: string, rule: string | undefined, limits: readonly string[] | undefined): string {
  const by = rule === undefined ? verdict : `${verdict} by ${rule}`;
  if (limits === undefined) return by;
  return `${by}, charged to ${limits.length === 0 ? "no limit" : limits.join(", ")}`;
}

/** The calls of tests that policy allows, which is when voters are asked. Throws Problems. */
export function allowedCalls(
  sources: readonly Source[],
  options: CompileOptions,
  now: Instant,
): readonly { readonly at: string; readonly call: Call }[] {
  const set = parsePolicy(sources, options);
  const { judge } = policyOf(set, options.resourceArgs);
  return set.tests
    .map((test) => ({ at: test.at, call: testCall(test, now) }))
    .filter(({ call }) => judge(call, []).kind === "allow");
}

/**
 * Runs the tests that stand in policy files. `now` is the instant of calls that name none. Tests that name a voter which
 * was not asked are left out. Throws Problems where the files cannot be read.
 */
export function runTests(
  sources: readonly Source[],
  options: CompileOptions,
  now: Instant,
  { asked, refusals }: Voted = NOBODY,
): TestRun {
  const set = parsePolicy(sources, options);
  const policy = policyOf(set, options.resourceArgs);
  const spoke = new Set<string>();
  const silent = new Set(options.voters?.filter((name) => !asked.has(name)));
  const tests = set.tests.filter(({ expect }) => expect.rule === undefined || !silent.has(expect.rule));
  const results = tests.map((test): TestResult => {
    const own = policy.explain(testCall(test, now));
    const explanation = { ...own, verdict: refusals.get(test.at) ?? own.verdict };
    for (const { name, outcome } of explanation.rules) if (outcome.kind === "applies") spoke.add(name);
    const { kind, rule } = explanation.verdict;
    const { expect } = test;
    const { verdict } = explanation;
    const counted = countedAs(verdict, expect);
    const passed = isWanted(verdict, expect);
    const came = said(kind, rule.rule, counted ? undefined : chargedTo(verdict, expect));
    const diff = passed
      ? []
      : [
          `wanted  ${said(expect.verdict, expect.rule, counted ? undefined : wantedLimits(expect))}`,
          `got     ${came}`,
          ...sentences(explanation),
        ];
    return { name: test.name, at: test.at, passed, diff };
  });
  const untested = set.rules.filter(({ name }) => !spoke.has(name)).map(({ name, at }) => ({ name, at }));
  return { results, untested, rules: set.rules.length, unasked: set.tests.length - tests.length };
}
