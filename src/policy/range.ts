import type { Target } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Verdict } from "../call/verdict.ts";
import { reach, type ReadyRule } from "./ask.ts";
import type { Candidates } from "./candidates.ts";
import type { RuleSet } from "./rule.ts";

/** A rule on which it depends what becomes of a call. */
export interface Bearing {
  readonly rule: string;
  readonly effect: ReadyRule["rule"]["effect"]["kind"];
  /** What it looks at, as it is written: `when`, resources, hours, methods. */
  readonly where: readonly string[];
}

/** What calls of a target by a principal may come to, whatever their arguments, the time and what guards find. */
export interface Range {
  /** None that is not here ever comes; where there is one only, it always does, as far as the rules go. */
  readonly verdicts: readonly Verdict["kind"][];
  /** The rule that speaks, where it is always the same; `default` where none does. */
  readonly rule: string | undefined;
  readonly on: readonly Bearing[];
  /** Rules that limit such calls: a call that passes may still find one used up. */
  readonly limits: readonly string[];
}

function bearing({ rule: { name, effect, match, when } }: ReadyRule): Bearing {
  const where: string[] = [];
  if (when !== undefined) where.push(when.text);
  if (match.resource !== undefined) where.push(`resource: ${match.resource.join("|")}`);
  if (match.method !== undefined) where.push(`method: ${match.method.join("|")}`);
  if (match.era !== undefined) where.push(`era: ${match.era.join("|")}`);
  if (effect.kind === "deny" && effect.except !== undefined) where.push(`outside ${effect.except.text}`);
  return { rule: name, effect: effect.kind, where };
}

/** Works out the range from the rules that can speak of a target. `granted`: the principal holds access that was given for a time. */
export function rangeOf(
  { denies, asks, offers, allows, limits, duties }: Candidates,
  fallback: RuleSet["default"],
  principal: Principal,
  target: Target,
  granted: boolean,
): Range {
  const of = (rules: readonly ReadyRule[], how: "some" | "all"): readonly ReadyRule[] =>
    rules.filter((rule) => reach(rule, principal, target) === how);
  const limiting = limits.filter((rule) => reach(rule, principal, target) !== "none");
  const names = limiting.map(({ rule }) => rule.name);
  const [never] = of(denies, "all");
  if (never !== undefined) return { verdicts: ["deny"], rule: never.rule.name, on: [], limits: [] };

  const perhaps = [...of(denies, "some"), ...of(asks, "some"), ...of(allows, "some"), ...of(duties, "some")];
  const [question, permit] = [of(asks, "all")[0], of(allows, "all")[0]];
  const opened = granted ? offers.filter((rule) => reach(rule, principal, target) !== "none") : [];
  // A limit that cannot be counted, or whose condition cannot be told, refuses.
  const uncertain = limiting.filter(
    (rule) =>
      reach(rule, principal, target) === "some" ||
      (rule.rule.effect.kind === "limit" && rule.rule.effect.limit.argument.length > 0),
  );
  const verdicts = new Set<Verdict["kind"]>();
  const passes = permit !== undefined || fallback === "allow";
  if (question !== undefined) verdicts.add("hold");
  else {
    if (of(asks, "some").length > 0) verdicts.add("hold");
    if (passes || of(allows, "some").length > 0) verdicts.add("allow");
    if (!passes) verdicts.add("deny");
  }
  // A rule that cannot be asked refuses, whatever it would do.
  if (perhaps.length > 0) verdicts.add("deny");
  if (opened.length > 0) verdicts.add("allow");
  if (uncertain.length > 0 && (verdicts.size > 1 || !verdicts.has("deny"))) verdicts.add("deny");
  const on = verdicts.size === 1 ? [] : [...perhaps, ...opened, ...uncertain];
  return {
    verdicts: [...verdicts],
    rule: verdicts.size === 1 ? ((question ?? permit)?.rule.name ?? "default") : undefined,
    on: on.map(bearing),
    limits: verdicts.size === 1 && verdicts.has("deny") ? [] : names,
  };
}

const STRICTNESS: readonly Verdict["kind"][] = ["allow", "hold", "deny"];

/** The range of several policies, of which the strictest speaks. */
export function rangeOfAll(ranges: readonly Range[]): Range {
  const verdicts = ranges.reduce<readonly Verdict["kind"][]>(
    (until, { verdicts: own }) => {
      const both = until.flatMap((one) =>
        own.map((other) => (STRICTNESS.indexOf(one) > STRICTNESS.indexOf(other) ? one : other)),
      );
      return [...new Set(both)];
    },
    ["allow"],
  );
  const [only] = verdicts.length === 1 ? verdicts : [];
  return {
    verdicts,
    rule: ranges.find(({ verdicts: own }) => own.length === 1 && own[0] === only)?.rule,
    on: only === undefined ? ranges.flatMap(({ on }) => on) : [],
    limits: only === "deny" ? [] : ranges.flatMap(({ limits }) => limits),
  };
}
