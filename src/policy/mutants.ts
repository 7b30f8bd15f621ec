import type { Ask } from "../call/ask.ts";
import type { Condition } from "./condition.ts";
import type { Hours } from "./hours.ts";
import type { Limit } from "./limit.ts";
import { askText } from "./question.ts";
import { type Match, MATCH_KEYS, type Rule } from "./rule.ts";

/** A small mistake that somebody could make in a rule, and that its tests should notice. */
export interface Mutant {
  /** What the rule becomes; undefined where it is left out. */
  readonly becomes: Rule | undefined;
  /** Continues "no test notices when ": `it is left out`. */
  readonly change: string;
  /** The test that would notice it. */
  readonly mend: string;
  /** The alternative that it leaves out, where it does. */
  readonly glob?: string;
}

function negated(condition: Condition): Condition {
  return {
    ...condition,
    text: `!(${condition.text})`,
    test: (facts) => {
      const answer = condition.test(facts);
      return typeof answer === "boolean" ? !answer : answer;
    },
  };
}

const DAY_MINUTES = 24 * 60;

function shifted(hours: Hours): Hours {
  const later = (minute: number): number => (minute + 60) % DAY_MINUTES;
  const spans = hours.spans.map(({ from, until }) => ({ from: later(from), until: later(until) }));
  return { ...hours, spans };
}

function doubled(limit: Limit): Limit {
  const says = limit.says.replace(/\d+(?:\.\d+)?/, (most) => String(Number(most) * 2));
  return { ...limit, most: limit.most * 2, says };
}

/** One mistake in what a rule asks, each of which lets more through than is meant. */
function terms(rule: Rule, ask: Ask, instead: string | undefined): readonly Mutant[] {
  const having = (other: Partial<Ask>): Rule => ({
    ...rule,
    effect: { kind: "ask", ask: { ...ask, ...other }, instead },
  });
  const mend = `say what it asks in a test: asks: { ${rule.name}: "${askText(ask)}" }`;
  const anybody = [...ask.approvers, "somebody-else"];
  return [
    ...(ask.quorum > 1
      ? [{ becomes: having({ quorum: ask.quorum - 1 }), change: "one approval less is enough", mend }]
      : []),
    { becomes: having({ approvers: anybody }), change: "somebody else may approve too", mend },
    { becomes: having({ within_ms: ask.within_ms * 2 }), change: "there is twice as long to approve", mend },
    ...(ask.requester_may_approve
      ? []
      : [{ becomes: having({ requester_may_approve: true }), change: "who asks may approve it", mend }]),
  ];
}

function effects(rule: Rule): readonly Mutant[] {
  const { effect, name } = rule;
  switch (effect.kind) {
    case "allow":
      return [
        {
          becomes: { ...rule, effect: { kind: "deny", why: "", instead: undefined, except: undefined } },
          change: "it denies instead of allowing",
          mend: `add a test of a call that it allows: expect: { verdict: allow, rule: ${name} }`,
        },
      ];
    case "access":
      return [
        {
          becomes: { ...rule, effect: { kind: "allow" } },
          change: "it allows instead of offering access",
          mend: "add a test of a call that it matches, and that nobody was granted",
        },
      ];
    case "ask":
      return [
        {
          becomes: { ...rule, effect: { kind: "allow" } },
          change: "it allows instead of asking",
          mend: `add a test of a call that it asks about: expect: { verdict: hold, rule: ${name} }`,
        },
        ...terms(rule, effect.ask, effect.instead),
      ];
    case "limit":
      return [
        {
          becomes: { ...rule, effect: { ...effect, limit: doubled(effect.limit) } },
          change: "its limit is twice as much",
          mend: `say the amount in a test: limits: { ${name}: ${effect.limit.says.split(" ")[0] ?? ""} }`,
        },
      ];
    case "mask":
    case "guard":
    case "classify":
      return [];
    case "deny":
      if (effect.except !== undefined)
        return [
          {
            becomes: { ...rule, effect: { ...effect, except: shifted(effect.except) } },
            change: "its hours begin and end an hour later",
            mend: "add tests of its first and last minute, and of the minutes beside them, with `at:`",
          },
        ];
      return [
        {
          becomes: { ...rule, effect: { kind: "allow" } },
          change: "it allows instead of denying",
          mend: `add a test of a call that it denies: expect: { verdict: deny, rule: ${name} }`,
        },
      ];
  }
}

function globs(rule: Rule): readonly Mutant[] {
  const mutants: Mutant[] = [];
  for (const key of MATCH_KEYS) {
    const written = rule.match[key];
    if (written === undefined) continue;
    const having = (some: readonly string[]): Rule => {
      const match: Match = { ...rule.match, [key]: some };
      return { ...rule, match };
    };
    if (!written.some((glob) => /^\*+$/.test(glob)))
      mutants.push({
        becomes: having(["*"]),
        change: `\`${key}\` is anything`,
        mend: `add a test of a call that differs in its ${key} only, and what becomes of that`,
      });
    if (written.length > 1)
      for (const [index, glob] of written.entries())
        mutants.push({
          becomes: having(written.toSpliced(index, 1)),
          change: `"${glob}" is left out of \`${key}\``,
          mend: `add a test of a call that "${glob}" means`,
          glob,
        });
  }
  return mutants;
}

/** The test that would notice that a rule is gone. */
function missed({ name, effect }: Rule): string {
  const only = (verdict: string): string =>
    `add a test that only this rule decides: expect: { verdict: ${verdict}, rule: ${name} }`;
  switch (effect.kind) {
    case "limit":
      return `add a test of a call that it counts: expect: { verdict: allow, limits: [${name}] }`;
    case "access":
      return `add a test of a call that was granted: call: { …, granted: [${name}] }, expect: { verdict: allow, rule: ${name} }`;
    case "ask":
      return only("hold");
    case "mask":
    case "guard":
    case "classify":
      return "";
    case "allow":
    case "deny":
      return only(effect.kind);
  }
}

/**
 * The mistakes that `policy test` makes in a rule: it is left out, does the opposite, its condition is turned round, a key
 * of `match` means anything or one alternative less, its limit is twice as much, its hours are an hour later, it asks one
 * person less, somebody else too, who asks, or gives twice as long. Where people are told is no mistake that lets a call pass.
 */
export function mutantsOf(rule: Rule): readonly Mutant[] {
  // Tests say verdicts, and what guards do is none.
  if (rule.effect.kind === "mask" || rule.effect.kind === "guard" || rule.effect.kind === "classify")
    return [];
  const left_out: Mutant = {
    becomes: undefined,
    change: "it is left out",
    mend: missed(rule),
  };
  const turned: readonly Mutant[] =
    rule.when === undefined
      ? []
      : [
          {
            becomes: { ...rule, when: negated(rule.when) },
            change: "its condition is turned round",
            mend: "add a test of a call for which the condition is true, and one for which it is false",
          },
        ];
  return [left_out, ...effects(rule), ...turned, ...globs(rule)];
}
