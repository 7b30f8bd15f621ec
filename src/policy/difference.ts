import { isDeepStrictEqual } from "node:util";
import type { Ask } from "../call/ask.ts";
import { accessText } from "./access.ts";
import { askText } from "./question.ts";
import type { SignInDemand } from "../call/verdict.ts";
import { MATCH_KEYS, type Rule, type RuleSet, type Test } from "./rule.ts";

/** One thing that a rule says: `match.tool`, `when`, `does`, `why`, …; undefined where it does not say it. */
interface PartChange {
  readonly part: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What becomes of one rule, by its name. `at` is where it stands, in the later set where it is in both. */
export interface RuleChange {
  readonly kind: "added" | "removed" | "changed" | "renamed";
  readonly name: string;
  /** Of a renamed rule, its former name. */
  readonly was: string | undefined;
  readonly at: string;
  /** Of a rule that is added or removed, everything that it says. */
  readonly parts: readonly PartChange[];
}

/** What becomes of one test, by its name. */
interface TestChange {
  readonly kind: "added" | "removed" | "changed";
  readonly name: string;
  readonly at: string;
}

/** What two sets of rules mean differently: the order of rules, alternatives and files, comments and spelling do not matter. */
export interface Difference {
  readonly default: PartChange | undefined;
  readonly rules: readonly RuleChange[];
  readonly tests: readonly TestChange[];
}

type Said = ReadonlyMap<string, string>;

function notified({ notify }: Ask): string | undefined {
  return notify.length === 0 ? undefined : notify.toSorted().join(", ");
}

function signInText(wanted: SignInDemand | undefined): string | undefined {
  if (wanted === undefined) return undefined;
  const { acr_values, max_age_s } = wanted;
  return [...acr_values, ...(max_age_s === undefined ? [] : [`within ${max_age_s}s`])].join(", ");
}

function effectOf({ effect }: Rule): readonly (readonly [string, string | undefined])[] {
  switch (effect.kind) {
    case "allow":
      return [["does", "allow"]];
    case "deny":
      return [
        ["does", effect.except === undefined ? "deny" : "deny at other hours"],
        ["hours", effect.except?.text],
        ["why", effect.why],
        ["instead", effect.instead],
        ["step_up", signInText(effect.sign_in)],
      ];
    case "access":
      return [
        ["does", "offer access"],
        ["access", accessText({ ...effect.access, approvers: effect.access.approvers.toSorted() })],
        ["notify", notified(effect.access)],
        ["why", effect.access.why],
      ];
    case "ask":
      return [
        ["does", "ask"],
        ["ask", askText({ ...effect.ask, approvers: effect.ask.approvers.toSorted() })],
        ["notify", notified(effect.ask)],
        ["why", effect.ask.why],
        ["instead", effect.instead],
      ];
    case "mask":
      return [
        ["does", "mask"],
        ["mask", effect.kinds.toSorted().join(", ")],
        ["direction", effect.direction],
      ];
    case "classify":
      return [
        ["does", "classify"],
        ["classify", effect.class],
      ];
    case "guard":
      return [
        ["does", "say what guards do"],
        ["guard", effect.names.toSorted().join(", ")],
        ["action", effect.action],
      ];
    case "limit": {
      const { says, period, enforcement, burst, once, alert_at } = effect.limit;
      const zone = period.kind === "calendar" ? period.zone : undefined;
      return [
        ["does", "limit"],
        ["limit", says],
        ["window", zone === undefined ? period.kind : `${period.kind} (${zone})`],
        ["enforcement", enforcement],
        ["burst", burst?.toString()],
        ["once", once.length === 0 ? undefined : `args.${once.join(".")}`],
        ["alert_at", alert_at === undefined ? undefined : `${Math.round(alert_at * 100)}%`],
        ["why", effect.why],
      ];
    }
  }
}

/** Everything that a rule says, part by part. */
function saidBy(rule: Rule): Said {
  const match = MATCH_KEYS.map(
    (key) =>
      [`match.${key}`, rule.match[key] && [...new Set(rule.match[key])].toSorted().join(" | ")] as const,
  );
  const parts = [...match, ["when", rule.when?.text] as const, ...effectOf(rule)];
  return new Map(parts.flatMap(([part, text]) => (text === undefined ? [] : [[part, text] as const])));
}

function partChanges(before: Said, after: Said): readonly PartChange[] {
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((part) => {
    const change = { part, before: before.get(part), after: after.get(part) };
    return change.before === change.after ? [] : [change];
  });
}

const NOTHING: Said = new Map();

function ruleChanges(before: RuleSet, after: RuleSet): readonly RuleChange[] {
  const old = new Map(before.rules.map((rule) => [rule.name, rule]));
  const names = new Set(after.rules.map(({ name }) => name));
  const gone = new Map(
    before.rules.filter(({ name }) => !names.has(name)).map((rule) => [rule.name, saidBy(rule)]),
  );
  const changes: RuleChange[] = [];
  for (const rule of after.rules) {
    const { name, at } = rule;
    const said = saidBy(rule);
    const former = old.get(name);
    if (former !== undefined) {
      const parts = partChanges(saidBy(former), said);
      if (parts.length > 0) changes.push({ kind: "changed", name, was: undefined, at, parts });
      continue;
    }
    const was = [...gone].find(([, its]) => isDeepStrictEqual(its, said))?.[0];
    if (was !== undefined) gone.delete(was);
    const parts = was === undefined ? partChanges(NOTHING, said) : [];
    changes.push({ kind: was === undefined ? "added" : "renamed", name, was, at, parts });
  }
  for (const [name, said] of gone) {
    const parts = partChanges(said, NOTHING);
    changes.push({ kind: "removed", name, was: undefined, at: old.get(name)?.at ?? "", parts });
  }
  return changes;
}

function testChanges(before: RuleSet, after: RuleSet): readonly TestChange[] {
  const meaning = ({ call, granted, findings, expect }: Test) => ({ call, granted, findings, expect });
  const old = new Map(before.tests.map((test) => [test.name, test]));
  const names = new Set(after.tests.map(({ name }) => name));
  const changed = after.tests.flatMap((test): readonly TestChange[] => {
    const { name, at } = test;
    const former = old.get(name);
    if (former === undefined) return [{ kind: "added", name, at }];
    return isDeepStrictEqual(meaning(former), meaning(test)) ? [] : [{ kind: "changed", name, at }];
  });
  const gone = before.tests.filter(({ name }) => !names.has(name));
  return [...changed, ...gone.map(({ name, at }) => ({ kind: "removed", name, at }) as const)];
}

/** What the later of two sets says differently. Both are as `parsePolicy` gives them. */
export function differenceOf(before: RuleSet, after: RuleSet): Difference {
  const verdict = { part: "defaults.verdict", before: before.default, after: after.default };
  return {
    default: before.default === after.default ? undefined : verdict,
    rules: ruleChanges(before, after),
    tests: testChanges(before, after),
  };
}
