import type { Call, Target } from "../call/call.ts";
import type { Charge } from "../call/charge.ts";
import type { Principal } from "../call/principal.ts";
import type { Allow, Finding, Hold, Verdict } from "../call/verdict.ts";
import { ask, reach, ready, type ReadyRule } from "./ask.ts";
import { defaultDeny, SOURCE, uncountable, unsureDeny } from "./built-in.ts";
import { type Candidates, indexByTarget } from "./candidates.ts";
import type { Failure } from "./condition.ts";
import { explanationOf } from "./explain.ts";
import { type Facts, factsOf } from "./facts.ts";
import type { Known } from "./impossible.ts";
import { chargesOf } from "./charges.ts";
import { parsePolicy } from "./parse.ts";
import type { Policy } from "./policy.ts";
import type { RuleSet, Source } from "./rule.ts";
import { isSteady } from "./steady.ts";

export interface CompileOptions extends Known {
  /** The names of the arguments that are resources, for a server's tools (`resource_args` of its configuration). */
  readonly resourceArgs: (server: string) => readonly string[];
}

const NAMELESS: Target = Object.freeze({ kind: "resource", uri: "" });

/** How a rule reaches those resources that its `match.resource` means. */
function reachesSome(rule: ReadyRule, principal: Principal): "none" | "some" | "all" {
  return reach({ ...rule, uri: undefined }, principal, NAMELESS);
}

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

/** Remembers an answer for as long as the principal and the rules that it was worked out from are kept. */
function byPrincipal(): (principal: Principal, of: Candidates, find: () => boolean) => boolean {
  const answers = new WeakMap<Principal, WeakMap<Candidates, boolean>>();
  return (principal, of, find) => {
    const mine = answers.get(principal) ?? new WeakMap<Candidates, boolean>();
    answers.set(principal, mine);
    const known = mine.get(of) ?? find();
    mine.set(of, known);
    return known;
  };
}

/** The verdict of a rule that applies. `source` is the version of its policy. */
export function verdictOf({ rule }: ReadyRule, source: string): Verdict {
  const ref = Object.freeze({ source, rule: rule.name });
  const { effect } = rule;
  switch (effect.kind) {
    case "allow":
    case "limit":
      return Object.freeze({ kind: "allow", rule: ref });
    case "ask": {
      const { ask: wanted, instead } = effect;
      const asks = Object.freeze([wanted]);
      const other = instead === undefined ? {} : { instead };
      return Object.freeze({ kind: "hold", rule: ref, why: wanted.why, ...other, asks });
    }
    case "deny": {
      const { why, instead } = effect;
      const cause = Object.freeze({ kind: "policy" } as const);
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

/** The verdict of the rules that can speak of a call. `said` is the verdict of a rule that applies. */
export function decide(
  { denies, asks, allows, limits }: Candidates,
  facts: Facts,
  fallback: RuleSet["default"],
  said: (rule: ReadyRule) => Verdict,
): Verdict {
  const no = hear(denies, facts, false);
  if (no.first !== undefined) return said(no.first);
  const people = asking(asks, facts);
  const yes = hear(allows, facts, true);
  const unsure = earlier(earlier(no.unsure, people.unsure), yes.unsure);
  if (unsure !== undefined) return unsureDeny(unsure.ready.rule.name, unsure.failure);
  const [question] = people.applying;
  const verdict =
    question !== undefined
      ? held(question, people, said)
      : yes.first !== undefined
        ? said(yes.first)
        : fallback === "allow"
          ? DEFAULT_ALLOW
          : defaultDeny(facts.call);
  return verdict.kind !== "deny" && limits.length > 0 ? charged(verdict, limits, facts) : verdict;
}

/**
 * Rules that were read become a policy. Deny over hold over allow over the default; of several rules that deny, the first
 * in the order of the files speaks, and of several that ask all are to be satisfied. A rule that asks needs none that allows
 * beside it. A rule that could not be asked denies too, whatever it would do, so the order of the rules never decides
 * whether a call passes; a rule that denies speaks before it, because it has a reason to give.
 */
export function policyOf(set: RuleSet, resourceArgs: CompileOptions["resourceArgs"]): Policy {
  const rules = set.rules.map(ready);
  const verdicts = rules.map((rule) => verdictOf(rule, set.version));
  const find = indexByTarget(rules);
  const said = (rule: ReadyRule): Verdict => verdicts[rule.order] ?? verdictOf(rule, set.version);

  const judge = (call: Call, findings: readonly Finding[]): Verdict =>
    decide(
      find(call.server, call.target),
      factsOf(call, findings, resourceArgs(call.server)),
      set.default,
      said,
    );

  const hidden = ({ denies, asks, allows }: Candidates, principal: Principal, target: Target): boolean => {
    if (denies.some((rule) => reach(rule, principal, target) === "all")) return true;
    if (set.default === "allow") return false;
    const closed = (rule: ReadyRule): boolean => reach(rule, principal, target) === "none";
    return asks.every(closed) && allows.every(closed);
  };
  const hiddenFrom = byPrincipal();

  return Object.freeze<Policy>({
    version: set.version,
    judge,
    hides: (principal, server, target) => {
      const speak = find(server, target);
      // Of a tool or prompt nothing but the rules that speak of it matters; of a resource, its address does too.
      return target.kind === "tool" || target.kind === "prompt"
        ? hiddenFrom(principal, speak, () => hidden(speak, principal, target))
        : hidden(speak, principal, target);
    },
    withholds: (principal, server) => {
      const { denies, asks, allows } = find(server, NAMELESS);
      if (denies.some((rule) => reachesSome(rule, principal) === "all")) return true;
      const free = (rule: ReadyRule): boolean =>
        rule.uri === undefined && reachesSome(rule, principal) !== "none";
      return set.default === "deny" && !allows.some(free) && !asks.some(free);
    },
    steady: (server, target) => isSteady(find(server, target)),
    explain: (call, findings = [], shown = call.args) =>
      explanationOf(judge(call, findings), rules, factsOf(call, findings, resourceArgs(call.server)), shown),
  });
}

/** Reads and compiles policy files. Throws Problems with everything that is wrong in them. */
export function compile(sources: readonly Source[], options: CompileOptions): Policy {
  return policyOf(parsePolicy(sources, options), options.resourceArgs);
}
