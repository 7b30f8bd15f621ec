import type { Verdict } from "../call/verdict.ts";
import { ask, type ReadyRule, standing, type Word } from "./ask.ts";
import type { Facts } from "./facts.ts";
import type { ExplainedRule, Explanation } from "./policy.ts";
import type { Rule } from "./rule.ts";

function outcomeOf(word: Word, { when, effect }: Rule): ExplainedRule["outcome"] {
  switch (word.kind) {
    case "applies":
      return { kind: "applies" };
    case "no match":
      return { kind: "no match", part: word.part };
    case "condition false":
      return { kind: "condition false", when: when?.text ?? "" };
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
export function explanationOf(verdict: Verdict, rules: readonly ReadyRule[], facts: Facts): Explanation {
  const { server, target } = facts.call;
  return {
    verdict,
    rules: rules.map((ready) => {
      const { name, at, effect } = ready.rule;
      const word = standing(ready, server, target) ?? ask(ready, facts);
      return { name, at, effect: effect.kind, outcome: outcomeOf(word, ready.rule) };
    }),
  };
}

const VERBS = { allow: "allows", deny: "denies", limit: "counts" } as const;
const WOULD = { allow: "allow", deny: "deny", limit: "count" } as const;

function sentence({ name, at, effect, outcome }: ExplainedRule): string {
  const rule = `${name} (${at})`;
  switch (outcome.kind) {
    case "applies":
      return `${rule} ${VERBS[effect]} it.`;
    case "no match":
      return `${rule} does not speak of it: ${outcome.part} differs.`;
    case "condition false":
      return `${rule} would ${WOULD[effect]} it, but this is false: ${outcome.when}`;
    case "within hours":
      return `${rule} denies it at other times only: ${outcome.hours}`;
    case "condition failed":
      return outcome.when === ""
        ? `${rule} could not be asked, and that denies it: ${outcome.error}.`
        : `${rule} could not be asked, and that denies it: ${outcome.error}, in: ${outcome.when}`;
  }
}

/** An explanation as lines for a terminal: the verdict, the rules that spoke, then those that did not and why. */
export function sentences({ verdict, rules }: Explanation): readonly string[] {
  const head =
    verdict.kind === "allow"
      ? `Allowed by ${verdict.rule.rule}.`
      : `${verdict.kind === "deny" ? "Denied" : "Held"} by ${verdict.rule.rule}: ${verdict.why}`;
  const silent = (rule: ExplainedRule): boolean => rule.outcome.kind === "no match";
  return [head, ...[...rules.filter((rule) => !silent(rule)), ...rules.filter(silent)].map(sentence)];
}
