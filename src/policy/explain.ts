import type { JsonObject } from "../call/json.ts";
import type { Verdict } from "../call/verdict.ts";
import type { Part } from "./account.ts";
import { ask, type ReadyRule, standing, type Word } from "./ask.ts";
import type { Facts } from "./facts.ts";
import type { ExplainedRule, Explanation } from "./policy.ts";
import { askText } from "./question.ts";
import type { Rule } from "./rule.ts";

function outcomeOf(
  word: Word,
  { when, effect }: Rule,
  facts: Facts,
  shown: JsonObject,
): ExplainedRule["outcome"] {
  switch (word.kind) {
    case "applies":
      return { kind: "applies", parts: when?.account(facts, shown) ?? [] };
    case "no match":
      return { kind: "no match", part: word.part };
    case "condition false":
      return { kind: "condition false", when: when?.text ?? "", parts: when?.account(facts, shown) ?? [] };
    case "within hours":
      return { kind: "within hours", hours: effect.kind === "deny" ? (effect.except?.text ?? "") : "" };
    case "unsure": {
      const { kind, message } = word.failure;
      const error = kind === "inexact" ? `the number at ${message} cannot be compared exactly` : message;
      return { kind: "condition failed", when: when?.text ?? "", error };
    }
  }
}

/** Every rule's word on a call, in the order of the files. */
export function explanationOf(
  verdict: Verdict,
  rules: readonly ReadyRule[],
  facts: Facts,
  shown: JsonObject,
): Explanation {
  const { server, target } = facts.call;
  return {
    verdict,
    rules: rules.map((ready) => {
      const { name, at, effect } = ready.rule;
      const word = standing(ready, server, target) ?? ask(ready, facts);
      return { name, at, effect: effect.kind, outcome: outcomeOf(word, ready.rule, facts, shown) };
    }),
  };
}

const VERBS = {
  allow: "allows",
  deny: "denies",
  ask: "asks people about",
  access: "offers access to",
  limit: "counts",
  mask: "masks data in",
  guard: "says what guards do in",
  classify: "says what the data is of",
} as const;
const WOULD = {
  allow: "allow",
  deny: "deny",
  ask: "ask people about",
  access: "offer access to",
  limit: "count",
  mask: "mask data in",
  guard: "say what guards do in",
  classify: "say what the data is of",
} as const;

/** `args.amount > 1000 is true (args.amount = 2000)`; without the part where it is the condition as a whole. */
function decided(parts: readonly Part[], whole?: string): string {
  return parts
    .map(({ text, outcome, values }) => {
      const seen = values.map(({ of, value }) => `${of} = ${value}`).join(", ");
      const said = text === whole ? "" : `${text} is ${String(outcome)}`;
      return [said, seen === "" ? "" : `(${seen})`].filter((each) => each !== "").join(" ");
    })
    .filter((each) => each !== "")
    .join("; ");
}

function sentence({ name, at, effect, outcome }: ExplainedRule): string {
  const rule = `${name} (${at})`;
  switch (outcome.kind) {
    case "applies":
      return outcome.parts.length === 0
        ? `${rule} ${VERBS[effect]} it.`
        : `${rule} ${VERBS[effect]} it: ${decided(outcome.parts)}.`;
    case "no match":
      return `${rule} does not speak of it: ${outcome.part} differs.`;
    case "condition false": {
      const why = decided(outcome.parts, outcome.when);
      const apart = why === "" ? "" : why.startsWith("(") ? ` ${why}` : `, because ${why}`;
      return `${rule} would ${WOULD[effect]} it, but this is false: ${outcome.when}${apart}`;
    }
    case "within hours":
      return `${rule} denies it at other times only: ${outcome.hours}`;
    case "condition failed":
      return outcome.when === ""
        ? `${rule} could not be asked, and that denies it: ${outcome.error}.`
        : `${rule} could not be asked, and that denies it: ${outcome.error}, in: ${outcome.when}`;
  }
}

/** An explanation as lines for a terminal: the verdict, what is asked of whom, the rules that spoke, then those that did not and why. */
export function sentences({ verdict, rules }: Explanation): readonly string[] {
  const head =
    verdict.kind === "allow"
      ? `Allowed by ${verdict.rule.rule}.`
      : `${verdict.kind === "deny" ? "Denied" : "Held"} by ${verdict.rule.rule}: ${verdict.why}`;
  const silent = (rule: ExplainedRule): boolean => rule.outcome.kind === "no match";
  const asked =
    verdict.kind === "hold"
      ? verdict.asks.map((ask) => `${ask.rule} wants the approval of ${askText(ask)}.`)
      : [];
  return [
    head,
    ...asked,
    ...[...rules.filter((rule) => !silent(rule)), ...rules.filter(silent)].map(sentence),
  ];
}
