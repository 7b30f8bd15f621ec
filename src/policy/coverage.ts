import type { Instant } from "../call/id.ts";
import { ask, ready, standing } from "./ask.ts";
import type { CompileOptions } from "./compile.ts";
import { factsOf } from "./facts.ts";
import { MATCH_KEYS, type MatchKey, type Rule, type RuleSet } from "./rule.ts";
import { testCall } from "./test-call.ts";

/** A part of a rule that the call of no test reaches. */
export interface Unreached {
  readonly rule: string;
  /** `policy/main.yaml:12`. */
  readonly at: string;
  /** The rule as a whole, one alternative under a key of its `match`, a condition that is never false, hours never open. */
  readonly part: "rule" | "alternative" | "condition" | "hours";
  /** Of an alternative. */
  readonly key?: MatchKey;
  readonly glob?: string;
}

type Part = Pick<Unreached, "part" | "key" | "glob">;

type Words = ReadonlySet<string>;

/** What a rule says of the calls of all tests. */
function wordsOf(rule: Rule, facts: readonly ReturnType<typeof factsOf>[]): Words {
  const asked = ready(rule, 0);
  return new Set(
    facts.map((each) => (standing(asked, each.call.server, each.call.target) ?? ask(asked, each)).kind),
  );
}

function partsOf(rule: Rule, words: Words, facts: readonly ReturnType<typeof factsOf>[]): readonly Part[] {
  const parts: Part[] = [];
  for (const key of MATCH_KEYS) {
    const globs = rule.match[key] ?? [];
    if (globs.length < 2) continue;
    for (const glob of globs) {
      const alone = wordsOf({ ...rule, match: { ...rule.match, [key]: [glob] } }, facts);
      if (!alone.has("applies")) parts.push({ part: "alternative", key, glob });
    }
  }
  if (rule.when !== undefined && !words.has("condition false")) parts.push({ part: "condition" });
  if (rule.effect.kind === "deny" && rule.effect.except !== undefined && !words.has("within hours"))
    parts.push({ part: "hours" });
  return parts;
}

/** Rules and alternatives asked about calls: some seconds. */
const ASKED_MAX = 2_000_000;

/**
 * What of each rule the tests reach: a rule that applies to the call of no test as a whole; of the others each
 * alternative of `match` that applies to none by itself, a condition that is never false, hours that are never open.
 * Undefined where rules and tests are too many to be asked about.
 */
export function unreachedBy(
  set: RuleSet,
  options: CompileOptions,
  now: Instant,
): readonly Unreached[] | undefined {
  const alternatives = set.rules.flatMap(({ match }) => MATCH_KEYS.flatMap((key) => match[key] ?? []));
  if ((set.rules.length + alternatives.length) * set.tests.length > ASKED_MAX) return undefined;
  const facts = set.tests.map((test) => {
    const call = testCall(test, now);
    return factsOf(call, test.findings, options.resourceArgs(call.server));
  });
  return set.rules.flatMap((rule) => {
    const { name, at } = rule;
    const words = wordsOf(rule, facts);
    const parts: readonly Part[] = words.has("applies") ? partsOf(rule, words, facts) : [{ part: "rule" }];
    return parts.map((part) => ({ rule: name, at, ...part }));
  });
}
