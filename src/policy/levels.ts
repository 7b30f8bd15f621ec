import { type DataClass, higher, UNCLASSIFIED } from "../call/classification.ts";
import type { Call } from "../call/call.ts";
import { type Action, ACTIONS, type Direction, type Duties } from "../call/guard.ts";
import type { Charge } from "../call/charge.ts";
import type { Allow, Deny, Hold, Verdict } from "../call/verdict.ts";
import type { Policy } from "./policy.ts";
import { rangeOfAll } from "./range.ts";

/** A policy that holds for a part of the principals, beside the one that holds for all of them. */
export interface Level {
  /** What its limits are counted under: two levels may call a rule the same. */
  readonly name: string;
  readonly policy: Policy;
}

const isDeny = (word: Duties | Deny | undefined): word is Deny => word !== undefined && "kind" in word;

/** Counters of a level are its own. */
function counted(verdict: Verdict, name: string): Verdict {
  if (verdict.kind === "deny" || verdict.charges === undefined || name === "") return verdict;
  const charges = verdict.charges.map((charge) => ({ ...charge, counter: `${name}/${charge.counter}` }));
  return { ...verdict, charges };
}

/**
 * Deny over hold over allow; of several that deny the widest speaks, and of several that ask all are to be satisfied. All
 * charges are taken.
 */
function strictest(verdicts: readonly Verdict[], first: Verdict): Verdict {
  const deny = verdicts.find((each) => each.kind === "deny");
  if (deny !== undefined) return deny;
  const passing = verdicts as readonly (Allow | Hold)[];
  const charges: readonly Charge[] = passing.flatMap((each) => each.charges ?? []);
  const holds = passing.filter((each) => each.kind === "hold");
  const [hold] = holds;
  const grant = passing.find((each) => each.kind === "allow" && each.grant !== undefined);
  const base = hold === undefined ? (grant ?? first) : { ...hold, asks: holds.flatMap(({ asks }) => asks) };
  return charges.length === 0 ? base : ({ ...base, charges } as Verdict);
}

function stricterOf(one: Action | undefined, other: Action): Action {
  return one !== undefined && ACTIONS.indexOf(one) >= ACTIONS.indexOf(other) ? one : other;
}

/** Everything is masked that any level wants masked. Only the widest may have findings taken more lightly than is configured. */
function owed(policies: readonly Policy[], call: Call): Duties | Deny | undefined {
  const words = policies.map((each) => each.duties(call));
  const deny = words.find(isDeny);
  if (deny !== undefined) return deny;
  if (words.every((word) => word === undefined)) return undefined;
  const masks: Record<Direction, Set<string>> = { arguments: new Set(), results: new Set() };
  const guards = new Map<string, Action>();
  for (const [at, word] of words.entries()) {
    if (word === undefined || isDeny(word)) continue;
    for (const way of ["arguments", "results"] as const)
      for (const kind of word.masks[way]) masks[way].add(kind);
    for (const [guard, action] of word.guards) {
      if (at > 0 && action !== "block" && !guards.has(guard)) continue;
      guards.set(guard, stricterOf(guards.get(guard), action));
    }
  }
  return { masks, guards };
}

/**
 * One policy of several, the widest first: what it says is never milder than what any of them says, so each may only tighten
 * those before it. Its version is that of the widest; a verdict names the version that spoke. A grant helps where the words
 * of its rule stand, and nowhere else.
 */
export function levelled(widest: Policy, narrower: readonly Level[]): Policy {
  if (narrower.length === 0) return widest;
  const levels: readonly Level[] = [{ name: "", policy: widest }, ...narrower];
  const policies = levels.map(({ policy }) => policy);
  const judge: Policy["judge"] = (call, findings, grants) => {
    const verdicts = levels.map(({ name, policy }) => counted(policy.judge(call, findings, grants), name));
    return strictest(verdicts, verdicts[0] ?? widest.judge(call, findings, grants));
  };
  return Object.freeze<Policy>({
    version: widest.version,
    judge,
    hides: (principal, server, target) => policies.some((each) => each.hides(principal, server, target)),
    withholds: (principal, server) => policies.some((each) => each.withholds(principal, server)),
    range: (...about) => rangeOfAll(policies.map((each) => each.range(...about))),
    roles: [...new Set(policies.flatMap(({ roles }) => roles))],
    steady: (server, target) => policies.every((each) => each.steady(server, target)),
    duties: (call) => owed(policies, call),
    classOf: (call, findings) =>
      policies
        .map((each) => each.classOf(call, findings))
        .reduce((one, other) => higher(one, other) ?? UNCLASSIFIED, "public" as DataClass),
    guards: new Set(policies.flatMap(({ guards }) => [...guards])),
    asks: policies.some(({ asks }) => asks),
    offers: (principal) => policies.flatMap((each) => each.offers(principal)),
    explain: (call, findings = [], shown = call.args, grants = []) => ({
      verdict: judge(call, findings, grants),
      rules: policies.flatMap((each) => each.explain(call, findings, shown, grants).rules),
    }),
  });
}
