import type { Charge } from "../call/charge.ts";
import type { Grant } from "../call/grant.ts";
import type { Allow, Hold, Verdict } from "../call/verdict.ts";
import { granted } from "./access.ts";
import { ask, type ReadyRule } from "./ask.ts";
import { defaultDeny, SOURCE, uncountable, unsureDeny } from "./built-in.ts";
import type { Candidates } from "./candidates.ts";
import { chargesOf } from "./charges.ts";
import type { Failure } from "./condition.ts";
import type { Facts } from "./facts.ts";
import type { RuleSet } from "./rule.ts";

interface Unsure {
  readonly ready: ReadyRule;
  readonly failure: Failure;
}

/** The first rule that applies, and the first that could not be asked. `every`: do not stop at the one that applies. */
function hear(
  rules: readonly ReadyRule[],
  facts: Facts,
  every: boolean,
): { readonly first: ReadyRule | undefined; readonly unsure: Unsure | undefined } {
  let first: ReadyRule | undefined;
  let unsure: Unsure | undefined;
  for (const each of rules) {
    const word = ask(each, facts);
    if (word.kind === "applies") {
      first ??= each;
      if (!every) break;
    } else if (word.kind === "unsure") unsure ??= { ready: each, failure: word.failure };
  }
  return { first, unsure };
}

/** The verdict of a rule that applies. `source` is the version of its policy. */
export function verdictOf({ rule }: ReadyRule, source: string): Verdict {
  const ref = Object.freeze({ source, rule: rule.name });
  const { effect } = rule;
  switch (effect.kind) {
    case "allow":
    case "access":
    case "limit":
    case "mask":
    case "guard":
    case "classify":
      return Object.freeze({ kind: "allow", rule: ref });
    case "ask": {
      const { ask: wanted, instead } = effect;
      const asks = Object.freeze([wanted]);
      const other = instead === undefined ? {} : { instead };
      return Object.freeze({ kind: "hold", rule: ref, why: wanted.why, ...other, asks });
    }
    case "deny": {
      const { why, instead, sign_in } = effect;
      const cause = Object.freeze({ kind: "policy", ...(sign_in && { sign_in }) } as const);
      const other = instead === undefined ? {} : { instead };
      return Object.freeze({ kind: "deny", rule: ref, cause, why, ...other });
    }
  }
}

/** Everything that the call would take of what is limited. A limit that cannot be asked, or cannot count the call, denies. */
function charged(passing: Allow | Hold, limits: readonly ReadyRule[], facts: Facts): Verdict {
  const charges: Charge[] = [];
  for (const ready of limits) {
    const { name, effect } = ready.rule;
    const word = ask(ready, facts);
    if (word.kind === "unsure") return unsureDeny(name, word.failure);
    if (word.kind !== "applies" || effect.kind !== "limit") continue;
    const own = chargesOf(name, effect.limit, effect.why, facts.call);
    if (own === undefined) return uncountable(name, effect.limit.argument.join("."));
    charges.push(...own);
  }
  return charges.length === 0 ? passing : Object.freeze({ ...passing, charges });
}

function earlier(one: Unsure | undefined, other: Unsure | undefined): Unsure | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return one.ready.order < other.ready.order ? one : other;
}

const DEFAULT_ALLOW: Allow = Object.freeze({
  kind: "allow",
  rule: Object.freeze({ source: SOURCE, rule: "default" }),
});

interface Asking {
  /** In the order of the files. */
  readonly applying: readonly ReadyRule[];
  readonly unsure: Unsure | undefined;
}
const NOBODY: Asking = Object.freeze({ applying: [], unsure: undefined });

/** Every rule that asks people about a call, because each of them must be satisfied. */
function asking(rules: readonly ReadyRule[], facts: Facts): Asking {
  if (rules.length === 0) return NOBODY;
  const applying: ReadyRule[] = [];
  let unsure: Unsure | undefined;
  for (const each of rules) {
    const word = ask(each, facts);
    if (word.kind === "applies") applying.push(each);
    else if (word.kind === "unsure") unsure ??= { ready: each, failure: word.failure };
  }
  return { applying, unsure };
}

/** What all of them ask, in the name of the first. */
function held(first: ReadyRule, { applying }: Asking, said: (rule: ReadyRule) => Verdict): Verdict {
  const verdict = said(first);
  if (verdict.kind !== "hold" || applying.length === 1) return verdict;
  const asks = applying.flatMap(({ rule: { effect } }) => (effect.kind === "ask" ? [effect.ask] : []));
  return Object.freeze({ ...verdict, asks: Object.freeze(asks) });
}

/** A grant that covers a call opens what no rule allows, and answers whoever would ask. */
function opened(
  shut: Verdict,
  offers: readonly ReadyRule[],
  grants: readonly Grant[],
  facts: Facts,
  said: (rule: ReadyRule) => Verdict,
): Verdict {
  const found = shut.kind === "allow" ? undefined : granted(offers, grants, facts);
  if (found === undefined) return shut;
  const verdict = said(found.rule);
  return verdict.kind === "allow" ? Object.freeze({ ...verdict, grant: found.grant.id }) : shut;
}

/** The first rule under which access to a call can be asked for. */
function offering(offers: readonly ReadyRule[], facts: Facts): string | undefined {
  return offers.find((each) => ask(each, facts).kind === "applies")?.rule.name;
}

const NO_GRANTS: readonly Grant[] = Object.freeze([]);

/** The verdict of the rules that can speak of a call. `said` is the verdict of a rule that applies. */
export function decide(
  { denies, asks, offers, allows, limits }: Candidates,
  facts: Facts,
  fallback: RuleSet["default"],
  said: (rule: ReadyRule) => Verdict,
  grants: readonly Grant[] = NO_GRANTS,
): Verdict {
  const no = hear(denies, facts, false);
  if (no.first !== undefined) return said(no.first);
  const people = asking(asks, facts);
  const yes = hear(allows, facts, true);
  const unsure = earlier(earlier(no.unsure, people.unsure), yes.unsure);
  if (unsure !== undefined) return unsureDeny(unsure.ready.rule.name, unsure.failure);
  const [question] = people.applying;
  const ruled =
    question !== undefined
      ? held(question, people, said)
      : yes.first !== undefined
        ? said(yes.first)
        : fallback === "allow"
          ? DEFAULT_ALLOW
          : defaultDeny(facts.call, offering(offers, facts));
  const verdict = opened(ruled, offers, grants, facts, said);
  return verdict.kind !== "deny" && limits.length > 0 ? charged(verdict, limits, facts) : verdict;
}
