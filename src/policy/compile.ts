import type { Call, Target } from "../call/call.ts";
import { type DataClass, higher } from "../call/classification.ts";
import type { Principal } from "../call/principal.ts";
import type { Finding, Verdict } from "../call/verdict.ts";
import { ask, reach, ready, type ReadyRule } from "./ask.ts";
import { type Candidates, indexByTarget } from "./candidates.ts";
import { decide, verdictOf } from "./decide.ts";
import { owedBy } from "./duties.ts";
import { explanationOf } from "./explain.ts";
import { type Facts, factsOf } from "./facts.ts";
import type { Known } from "./impossible.ts";
import { parsePolicy } from "./parse.ts";
import type { Policy } from "./policy.ts";
import { rangeOf } from "./range.ts";
import type { Effect, RuleSet, Source } from "./rule.ts";
import { isSteady } from "./steady.ts";

export interface CompileOptions extends Known {
  /** The names of the arguments that are resources, for a server's tools (`resource_args` of its configuration). */
  readonly resourceArgs: (server: string) => readonly string[];
}

/** The guards that find what a rule is about. */
function guardsFor(effect: Effect): readonly string[] {
  if (effect.kind === "guard") return effect.names;
  if (effect.kind !== "mask") return [];
  return effect.kinds.map((kind) => (kind === "secret" ? "secrets" : "pii"));
}

const NAMELESS: Target = Object.freeze({ kind: "resource", uri: "" });

/** What rules say the data is. One that cannot be asked is taken to hold: nothing is lower because a condition fails. */
export function raisedBy(rules: readonly ReadyRule[], facts: Facts): DataClass | undefined {
  return rules.reduce<DataClass | undefined>((all, rule) => {
    const { effect } = rule.rule;
    const { kind } = ask(rule, facts);
    return effect.kind === "classify" && (kind === "applies" || kind === "unsure")
      ? higher(all, effect.class)
      : all;
  }, undefined);
}

/** How a rule reaches those resources that its `match.resource` means. */
function reachesSome(rule: ReadyRule, principal: Principal): "none" | "some" | "all" {
  return reach({ ...rule, uri: undefined }, principal, NAMELESS);
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

/**
 * Rules that were read become a policy. Deny over hold over allow over the default; of several rules that deny, the first
 * in the order of the files speaks, and of several that ask all are to be satisfied. A rule that asks needs none that allows
 * beside it. A grant opens what no rule allows and answers who would ask, never who denies. A rule that could not be asked denies too, whatever it would do, so the order of the rules never decides
 * whether a call passes; a rule that denies speaks before it, because it has a reason to give.
 */
export function policyOf(set: RuleSet, resourceArgs: CompileOptions["resourceArgs"]): Policy {
  const rules = set.rules.map(ready);
  const verdicts = rules.map((rule) => verdictOf(rule, set.version));
  const find = indexByTarget(rules);
  const said = (rule: ReadyRule): Verdict => verdicts[rule.order] ?? verdictOf(rule, set.version);

  const facts = (call: Call, findings: readonly Finding[]): Facts => {
    const { classes } = find(call.server, call.target);
    const raise = classes.length === 0 ? undefined : (of: Facts) => raisedBy(classes, of);
    return factsOf(call, findings, resourceArgs(call.server), raise);
  };

  const judge: Policy["judge"] = (call, findings, grants) =>
    decide(find(call.server, call.target), facts(call, findings), set.default, said, grants);

  const hidden = (
    { denies, asks, offers, allows }: Candidates,
    principal: Principal,
    target: Target,
  ): boolean => {
    if (denies.some((rule) => reach(rule, principal, target) === "all")) return true;
    if (set.default === "allow") return false;
    const closed = (rule: ReadyRule): boolean => reach(rule, principal, target) === "none";
    return asks.every(closed) && offers.every(closed) && allows.every(closed);
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
      const { denies, asks, offers, allows } = find(server, NAMELESS);
      if (denies.some((rule) => reachesSome(rule, principal) === "all")) return true;
      const free = (rule: ReadyRule): boolean =>
        rule.uri === undefined && reachesSome(rule, principal) !== "none";
      return set.default === "deny" && ![...allows, ...asks, ...offers].some(free);
    },
    range: (principal, server, target, granted) =>
      rangeOf(find(server, target), set.default, principal, target, granted),
    roles: [...new Set(set.rules.flatMap(({ match }) => match.role ?? []))].filter(
      (role) => !/[*?]/.test(role),
    ),
    steady: (server, target) => isSteady(find(server, target)),
    duties: (call) => {
      const { duties } = find(call.server, call.target);
      if (duties.length === 0) return undefined;
      return owedBy(duties, facts(call, []));
    },
    classOf: (call, findings) => facts(call, findings).classification(),
    guards: new Set(rules.flatMap(({ rule }) => guardsFor(rule.effect))),
    asks: rules.some(({ rule }) => rule.effect.kind === "ask"),
    offers: (principal) =>
      rules.flatMap(({ rule: { effect }, who }) =>
        effect.kind === "access" && who.every(({ holds }) => holds(principal)) ? [effect.access] : [],
      ),
    explain: (call, findings = [], shown = call.args, grants = []) => {
      return explanationOf(judge(call, findings, grants), rules, facts(call, findings), shown);
    },
  });
}

/** Reads and compiles policy files. Throws Problems with everything that is wrong in them. */
export function compile(sources: readonly Source[], options: CompileOptions): Policy {
  return policyOf(parsePolicy(sources, options), options.resourceArgs);
}
