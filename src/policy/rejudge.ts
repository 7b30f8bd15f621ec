import type { Charge } from "../call/charge.ts";
import { ask, ready, type ReadyRule, type Word } from "./ask.ts";
import { indexByTarget } from "./candidates.ts";
import { chargesOf } from "./charges.ts";
import { policyOf, raisedBy } from "./compile.ts";
import type { Facts } from "./facts.ts";
import type { RuleSet } from "./rule.ts";
import { type RemainingFacts, type Remains, remainingFacts } from "./remains.ts";

/** The verdict on a call that was judged once, as far as what was kept of it decides that. */
export type Rejudged =
  | { readonly kind: "allow" | "hold"; readonly rule: string; readonly charges: readonly Charge[] }
  /** `hidden`: nobody may know of the target. */
  | { readonly kind: "deny"; readonly rule: string; readonly hidden: boolean }
  /** `rule` looks at `looked`, which was not kept, and no other rule decides whatever that was. */
  | { readonly kind: "undecidable"; readonly rule: string; readonly looked: string };

/** A rule's word, or what it looked at in vain. */
type Heard = Word | { readonly kind: "unknown"; readonly looked: string };

interface Unknown {
  readonly rule: string;
  readonly looked: string;
}

const NOTHING: readonly Charge[] = Object.freeze([]);

/** Works something out; what it looked at in vain is what counts then, whatever it made of that. */
function seeing<T>(
  remaining: RemainingFacts,
  work: () => T,
): T | { readonly kind: "unknown"; readonly looked: string } {
  let made: T | undefined;
  let failed: unknown;
  try {
    made = work();
  } catch (error) {
    failed = error;
  }
  const looked = remaining.looked();
  if (looked !== undefined) return { kind: "unknown", looked };
  if (failed !== undefined) throw failed;
  return made as T;
}

function hear(rule: ReadyRule, remaining: RemainingFacts): Heard {
  const heard: Heard = seeing(remaining, () => ask(rule, remaining.facts));
  // How large it was is known from above only: it may have been small enough.
  if (heard.kind === "unsure" && heard.failure.kind === "too much" && remaining.partial)
    return { kind: "unknown", looked: "args" };
  return heard;
}

interface Said {
  readonly applies: ReadyRule | undefined;
  /** The first that could not be asked although everything that it looks at is there. */
  readonly unsure: { readonly rule: ReadyRule; readonly name: string } | undefined;
  readonly unknown: Unknown | undefined;
}

function hearAll(rules: readonly ReadyRule[], remaining: RemainingFacts): Said {
  let applies: ReadyRule | undefined;
  let unsure: Said["unsure"];
  let unknown: Unknown | undefined;
  for (const rule of rules) {
    const heard = hear(rule, remaining);
    if (heard.kind === "applies") applies ??= rule;
    else if (heard.kind === "unknown") unknown ??= { rule: rule.rule.name, looked: heard.looked };
    else if (heard.kind === "unsure")
      unsure ??= { rule, name: heard.failure.kind === "inexact" ? "inexact-number" : "condition-failed" };
  }
  return { applies, unsure, unknown };
}

/** What a call that is not refused would take, as `judge` finds it: the first limit that cannot be asked or counted denies. */
function chargesFor(limits: readonly ReadyRule[], remaining: RemainingFacts): Rejudged | readonly Charge[] {
  const charges: Charge[] = [];
  let unknown: Unknown | undefined;
  for (const limit of limits) {
    const { name, effect } = limit.rule;
    const heard = hear(limit, remaining);
    if (heard.kind === "unsure") {
      const rule = heard.failure.kind === "inexact" ? "inexact-number" : "condition-failed";
      return { kind: "deny", rule, hidden: false };
    }
    if (heard.kind === "unknown") unknown ??= { rule: name, looked: heard.looked };
    if (heard.kind !== "applies" || effect.kind !== "limit") continue;
    const own = seeing(remaining, () => chargesOf(name, effect.limit, effect.why, remaining.call));
    if (own === undefined) return { kind: "deny", rule: "uncountable", hidden: false };
    if ("kind" in own) unknown ??= { rule: name, looked: own.looked };
    else charges.push(...own);
  }
  return unknown === undefined ? charges : { kind: "undecidable", ...unknown };
}

/**
 * Judges calls again by what was kept of them. Whatever is decided here is what `judge`, after `hides`, would decide of the
 * whole call: a rule that looked at something that is not there may apply, not apply or fail, and where that makes a
 * difference the verdict is undecidable. A rule that denies for certain decides whatever the others say.
 */
export function rejudging(set: RuleSet): (remains: Remains) => Rejudged {
  const find = indexByTarget(set.rules.map(ready));
  // Hiding looks at no argument.
  const policy = policyOf(set, () => []);

  /** What a rule that offers access says of a call that passed by it. */
  const offer = (offers: readonly ReadyRule[], name: string | undefined, remaining: RemainingFacts) => {
    const rule = offers.find((each) => each.rule.name === name);
    return rule === undefined ? undefined : hear(rule, remaining);
  };

  const judge = (remaining: RemainingFacts, granted: string | undefined): Rejudged => {
    const { server, target } = remaining.call;
    const { denies, asks, offers, allows, limits } = find(server, target);
    const no = hearAll(denies, remaining);
    if (no.applies !== undefined) return { kind: "deny", rule: no.applies.rule.name, hidden: false };
    const people = hearAll(asks, remaining);
    const yes = hearAll(allows, remaining);
    const unsure = [no.unsure, people.unsure, yes.unsure]
      .filter((one) => one !== undefined)
      .toSorted((a, b) => a.rule.order - b.rule.order)[0];
    if (unsure !== undefined) return { kind: "deny", rule: unsure.name, hidden: false };
    const free = people.applies === undefined && (yes.applies !== undefined || set.default === "allow");
    const offered = free ? undefined : offer(offers, granted, remaining);
    const passing = people.applies ?? yes.applies;
    const open = passing !== undefined || set.default === "allow" || offered?.kind === "applies";
    if (offered?.kind === "unknown")
      return { kind: "undecidable", rule: granted ?? "", looked: offered.looked };
    if (!open && people.unknown === undefined && yes.unknown === undefined)
      return { kind: "deny", rule: "default", hidden: false };
    const unknown = no.unknown ?? people.unknown ?? yes.unknown;
    if (unknown !== undefined) return { kind: "undecidable", ...unknown };
    const charges = limits.length === 0 ? NOTHING : chargesFor(limits, remaining);
    if ("kind" in charges) return charges;
    if (offered?.kind === "applies") return { kind: "allow", rule: granted ?? "", charges };
    const kind = people.applies === undefined ? "allow" : "hold";
    return { kind, rule: passing?.rule.name ?? "default", charges };
  };

  return (remains) => {
    const { classes } = find(remains.call.server, remains.call.target);
    const raise = classes.length === 0 ? undefined : (of: Facts) => raisedBy(classes, of);
    const remaining = remainingFacts(remains, raise);
    const { principal, server, target } = remaining.call;
    const hidden = seeing(remaining, () => policy.hides(principal, server, target));
    if (hidden === true) return { kind: "deny", rule: "visibility", hidden: true };
    const judged = judge(remaining, remains.granted);
    if (hidden === false || judged.kind === "deny") return judged;
    return { kind: "undecidable", rule: "visibility", looked: hidden.looked };
  };
}
