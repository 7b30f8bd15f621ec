import type { Row } from "../../eval/corpus.ts";
import { documentOf, highest, type Model } from "./fit.ts";
import type { Scored } from "./folds.ts";

/**
 * Sources that are not what a gate sees all day: texts that were chosen to mislead, and lists of payloads and of keys, which have so
 * few words that counting them would only flatter.
 */
const UNUSUAL = new Set([
  "cursorrules",
  "promptbook-multilang",
  "agt-smoke",
  "deepset",
  "pif",
  "llm-guard-tests",
  "own-plain",
  "own-talk",
  "own-mentions",
  "own-ordinary",
  "own-plain-definitions",
  "own-descriptions",
  "payloadsallthethings",
  "libinjection-data",
  "gitleaks-rules",
  "noseyparker",
  "detect-secrets-tests",
  "lookalike-dev",
]);
const DEFINITIONS = new Set([
  "toucan-tools",
  "cisco-remote-evals",
  "tpa-synth-dev",
  "own-poisoned",
  "own-poison",
  "own-demands",
  "own-plain-definitions",
  "own-descriptions",
]);

/** The share of ordinary texts that reaches each mark. A definition is looked at once, other text all day. */
export const SHARES = {
  text: [1 / 100, 1 / 300, 1 / 1000, 1 / 10_000],
  definition: [1 / 100, 1 / 300, 1 / 700, 1 / 5000],
};

export function isDefinition({ example }: Scored): boolean {
  return DEFINITIONS.has(example.source);
}

export function isOrdinary({ example }: Scored): boolean {
  return !example.attack && !UNUSUAL.has(example.source);
}

/** Ordinary text of no source of the data, as a model of all of them scores it. */
export function scoredRows(rows: readonly Row[], model: Model): readonly Scored[] {
  return rows.map(({ text, source }) => ({
    example: { texts: [text], attack: false, source, group: source },
    raw: highest(model, documentOf([text], false)).score,
  }));
}

/** Raw scores that these shares of ordinary text reach in models that had not seen their source. */
export function marksOf(scored: readonly Scored[], role: keyof typeof SHARES): readonly number[] {
  const ordinary = scored
    .filter((one) => isOrdinary(one) && isDefinition(one) === (role === "definition"))
    .map(({ raw }) => raw)
    .sort((one, other) => other - one);
  return SHARES[role].map((share) => Number((ordinary[Math.floor(ordinary.length * share)] ?? 0).toFixed(4)));
}
