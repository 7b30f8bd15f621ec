import type { Instant } from "../call/id.ts";
import type { Call } from "../call/call.ts";
import type { Grant } from "../call/grant.ts";
import { ask, ready, type ReadyRule, standing } from "./ask.ts";
import { indexByTarget } from "./candidates.ts";
import { type CompileOptions, policyOf, raisedBy } from "./compile.ts";
import { decide, verdictOf } from "./decide.ts";
import { isWanted } from "./expectation.ts";
import { type Facts, factsOf } from "./facts.ts";
import { mutantsOf } from "./mutants.ts";
import type { Rule, RuleSet, Test } from "./rule.ts";
import { testCall, testGrants } from "./test-call.ts";

/** A mistake that no test notices. */
export interface Survivor {
  /** The rule's name, or `defaults`. */
  readonly rule: string;
  /** `policy/main.yaml:12`; undefined for `defaults`, which may stand nowhere. */
  readonly at: string | undefined;
  /** Continues "no test notices when ": `it is left out`. */
  readonly change: string;
  readonly mend: string;
  /** The alternative that it leaves out, where it does. */
  readonly glob?: string;
}

export interface MutationRun {
  /** Mistakes that were made; not all that could be, where rules and tests are very many. */
  readonly tried: number;
  readonly possible: number;
  readonly survivors: readonly Survivor[];
}

/** Rules asked about calls: some seconds. */
const ASKED_MAX = 2_000_000;

interface Case {
  readonly test: Test;
  readonly call: Call;
  readonly facts: Facts;
  readonly grants: readonly Grant[];
  /** The rules that can speak of the call, in the order of the files. */
  readonly rules: readonly ReadyRule[];
}

function wordOf(rule: ReadyRule | undefined, { call, facts }: Case): string {
  if (rule === undefined) return "nothing";
  const word = standing(rule, call.server, call.target) ?? ask(rule, facts);
  return word.kind === "applies" || word.kind === "unsure" ? word.kind : "nothing";
}

interface Change {
  readonly rule: Rule | undefined;
  readonly before: ReadyRule | undefined;
  readonly after: ReadyRule | undefined;
  readonly fallback: RuleSet["default"];
  readonly survivor: Survivor;
}

function changesOf(set: RuleSet, readied: readonly ReadyRule[]): readonly (() => Change)[] {
  const flipped = set.default === "allow" ? "deny" : "allow";
  const defaults = (): Change => ({
    rule: undefined,
    before: undefined,
    after: undefined,
    fallback: flipped,
    survivor: {
      rule: "defaults",
      at: undefined,
      change: `\`defaults.verdict\` is ${flipped}`,
      mend: `add a test of a call that no rule speaks of: expect: { verdict: ${set.default}, rule: default }`,
    },
  });
  const ofRules = readied.flatMap((before) =>
    mutantsOf(before.rule).map(({ becomes, ...mutant }) => (): Change => {
      const { name, at } = before.rule;
      const survivor = { rule: name, at, ...mutant };
      const after = becomes && ready(becomes, before.order);
      return { rule: before.rule, before, after, fallback: set.default, survivor };
    }),
  );
  return [defaults, ...ofRules];
}

/** Whether a test goes wrong where the mistake is made. Only what the changed rule says differently is judged again. */
function notices(one: Case, { rule, before, after, fallback }: Change, version: string): boolean {
  const same = wordOf(before, one) === wordOf(after, one);
  const alike = before?.rule.effect === after?.rule.effect || wordOf(after, one) === "nothing";
  if (rule !== undefined && same && alike) return false;
  const others = one.rules.filter((each) => each !== before);
  const speaks = after !== undefined && standing(after, one.call.server, one.call.target) === undefined;
  const rules = (speaks ? [...others, after] : others).toSorted((a, b) => a.order - b.order);
  const of = (kind: Rule["effect"]["kind"]): readonly ReadyRule[] =>
    rules.filter((each) => each.rule.effect.kind === kind);
  const candidates = {
    denies: of("deny"),
    asks: of("ask"),
    offers: of("access"),
    allows: of("allow"),
    limits: of("limit"),
    duties: [],
    classes: [],
  };
  const verdict = decide(candidates, one.facts, fallback, (each) => verdictOf(each, version), one.grants);
  return !isWanted(verdict, one.test.expect);
}

/**
 * Makes small mistakes in the rules, one at a time, and finds those that no test notices. Tests that fail, or that
 * another voter decides, take no part. Bounded: where rules times tests are very many, an even share is tried.
 */
export function mutationsOf(set: RuleSet, options: CompileOptions, now: Instant): MutationRun {
  const readied = set.rules.map(ready);
  const find = indexByTarget(readied);
  const { judge } = policyOf(set, options.resourceArgs);
  const cases = set.tests.flatMap((test): readonly Case[] => {
    const call = testCall(test, now);
    const grants = testGrants(test, set.rules);
    if (!isWanted(judge(call, test.findings, grants), test.expect)) return [];
    const { denies, asks, offers, allows, limits, classes } = find(call.server, call.target);
    const raise = (of: Facts) => raisedBy(classes, of);
    const facts = factsOf(call, test.findings, options.resourceArgs(call.server), raise);
    return [{ test, call, facts, grants, rules: [...denies, ...asks, ...offers, ...allows, ...limits] }];
  });
  const all = changesOf(set, readied);
  const step = Math.max(1, (all.length * Math.max(1, cases.length)) / ASKED_MAX);
  const survivors: Survivor[] = [];
  let tried = 0;
  for (let at = 0; at < all.length; at += step) {
    const change = all[Math.floor(at)]?.();
    if (change === undefined) break;
    tried++;
    if (!cases.some((one) => notices(one, change, set.version))) survivors.push(change.survivor);
  }
  return { tried, possible: all.length, survivors };
}
