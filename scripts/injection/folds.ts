import type { Example } from "./example.ts";
import { type Document, fit, highest, type Model } from "./fit.ts";
import { half } from "./written.ts";

/** A text with the score of a model that has seen nothing of its source. */
export interface Scored {
  readonly example: Example;
  readonly raw: number;
}

/** What is held out together: each public source of attacks alone, ordinary ones beside it; of two large ones half each, by language and by server. */
const FOLDS: readonly (readonly string[])[] = [
  ["garak", "bipia", "gitleaks-rules"],
  ["pif", "tldr-commands", "cursorrules"],
  ["deepset", "benign-dev", "noseyparker"],
  ["agt-smoke", "toucan-tools:1", "libinjection-data"],
  ["injecagent", "toucan-tools:2", "cisco-remote-evals"],
  ["llm-guard-tests", "presidio-synth-v2"],
  ["aig-jailbreaks", "spider-sql", "payloadsallthethings"],
  ["giskard", "promptbook-multilang"],
  ["tpa-synth-dev", "own-plain", "lookalike-dev", "detect-secrets-tests"],
  ["own-planted", "own-plain-definitions", "own-descriptions"],
  ["own-poison", "own-poisoned", "own-talk:1", "own-mentions:1"],
  ["own-demands", "own-talk:2", "own-mentions:2"],
  ["own-languages:1", "own-foreign:1"],
  ["own-languages:2", "own-foreign:2"],
  ["own-attacks:1", "own-ordinary:1"],
  ["own-attacks:2", "own-ordinary:2"],
];

/** Half of these at a time: by server, by language, by wording, by kind of sentence. */
const HALVED: Readonly<Record<string, (example: Example) => string>> = {
  "toucan-tools": ({ server = "" }) => server,
  "own-talk": ({ texts }) => (texts[0] ?? "").slice(0, 20),
  "own-mentions": ({ form = "" }) => form,
  "own-languages": ({ lang = "" }) => lang,
  "own-foreign": ({ lang = "" }) => lang,
  "own-attacks": ({ group }) => group,
  "own-ordinary": ({ group }) => group,
};

function partOf(example: Example): string {
  const { source, lang } = example;
  const name = HALVED[source];
  // English sentences are no foreign language: they are in all models and in no score.
  if (name === undefined || (source === "own-languages" && lang === "en")) return source;
  return `${source}:${half(name(example))}`;
}

const GRAM = 24;
const NEAR = 0.4;

/** Pieces of 24 characters of a text, at every `step`-th. */
function grams({ texts }: Example, step: number): readonly string[] {
  return texts.flatMap((text) => {
    const plain = text.toLowerCase().replaceAll(/\s+/g, " ");
    const all: string[] = [];
    for (let at = 0; at + GRAM <= plain.length; at += step) all.push(plain.slice(at, at + GRAM));
    return all;
  });
}

/** Whether a sentence of ours says what an attack that is held out says: such a one may not teach the model that is measured by it. */
function isNear(example: Example, held: ReadonlySet<string>): boolean {
  if (!example.attack || !example.source.startsWith("own-")) return false;
  const own = grams(example, 4);
  return own.length > 0 && own.filter((gram) => held.has(gram)).length >= NEAR * own.length;
}

/** Scores every text by a model that was trained without its source, and without sentences of ours that are close to it. */
export function heldOut(examples: readonly Example[], documents: readonly Document[]): readonly Scored[] {
  return FOLDS.flatMap((names) => {
    const held = examples.map((example) => names.includes(partOf(example)));
    const isPublic = names.some((name) => !name.startsWith("own-"));
    const attacks = examples.filter(({ attack }, at) => held[at] === true && attack && isPublic);
    const seen = new Set(attacks.flatMap((example) => grams(example, 1)));
    const kept = examples.map(
      (example, at) =>
        held[at] === false &&
        !(example.around !== undefined && names.includes(example.around)) &&
        !isNear(example, seen),
    );
    const model: Model = fit(
      examples.filter((_, at) => kept[at]),
      documents.filter((_, at) => kept[at]),
    );
    return examples.flatMap((example, at) => {
      const document = documents[at];
      return held[at] === true && document !== undefined
        ? [{ example, raw: highest(model, document).score }]
        : [];
    });
  });
}
