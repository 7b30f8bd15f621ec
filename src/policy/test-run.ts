import type { Instant } from "../call/id.ts";
import type { Call } from "../call/call.ts";
import type { Refusal } from "../call/verdict.ts";
import { type CompileOptions, policyOf } from "./compile.ts";
import { askedBy, asksAs, chargedTo, countedAs, isWanted, wantedAsks, wantedLimits } from "./expectation.ts";
import { sentences } from "./explain.ts";
import { parsePolicy } from "./parse.ts";
import type { Explanation } from "./policy.ts";
import type { Source, Test } from "./rule.ts";
import { testCall, testGrants } from "./test-call.ts";

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

/** A verdict in words, with what it asks and charges where that is told. */
function said(
  verdict: string,
  rule: string | undefined,
  asks: readonly string[] | undefined,
  limits: readonly string[] | undefined,
): string {
  const by = rule === undefined ? verdict : `${verdict} by ${rule}`;
  const asking = asks === undefined ? "" : `, asking ${asks.length === 0 ? "nobody" : asks.join(", ")}`;
  if (limits === undefined) return `${by}${asking}`;
  return `${by}${asking}, charged to ${limits.length === 0 ? "no limit" : limits.join(", ")}`;
}

/** What was wanted, what came, and what each rule had to say. */
function difference(explanation: Explanation, expect: Test["expect"]): readonly string[] {
  const { verdict } = explanation;
  const [asked, counted] = [asksAs(verdict, expect), countedAs(verdict, expect)];
  const wanted = said(
    expect.verdict,
    expect.rule,
    asked ? undefined : wantedAsks(expect),
    counted ? undefined : wantedLimits(expect),
  );
  const came = said(
    verdict.kind,
    verdict.rule.rule,
    asked ? undefined : askedBy(verdict, expect),
    counted ? undefined : chargedTo(verdict, expect),
  );
  return [`wanted  ${wanted}`, `got     ${came}`, ...sentences(explanation)];
}

/** The calls of tests that policy does not refuse, which is when voters are asked. Throws Problems. */
export function passingCalls(
  sources: readonly Source[],
  options: CompileOptions,
  now: Instant,
): readonly { readonly at: string; readonly call: Call }[] {
  const set = parsePolicy(sources, options);
  const { judge } = policyOf(set, options.resourceArgs);
  return set.tests
    .map((test) => ({ at: test.at, call: testCall(test, now), test }))
    .filter(({ call, test }) => judge(call, test.findings, testGrants(test, set.rules)).kind !== "deny")
    .map(({ at, call }) => ({ at, call }));
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
    const call = testCall(test, now);
    const own = policy.explain(call, test.findings, call.args, testGrants(test, set.rules));
    const explanation = { ...own, verdict: refusals.get(test.at) ?? own.verdict };
    for (const { name, outcome } of explanation.rules) if (outcome.kind === "applies") spoke.add(name);
    const { expect } = test;
    const { verdict } = explanation;
    const passed = isWanted(verdict, expect);
    return { name: test.name, at: test.at, passed, diff: passed ? [] : difference(explanation, expect) };
  });
  const untested = set.rules.filter(({ name }) => !spoke.has(name)).map(({ name, at }) => ({ name, at }));
  return { results, untested, rules: set.rules.length, unasked: set.tests.length - tests.length };
}
