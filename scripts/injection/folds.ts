import type { Example } from "./examples.ts";
import { type Document, fit, highest, type Model } from "./fit.ts";

/** A text with the score of a model that has seen nothing of its source. */
export interface Scored {
  readonly example: Example;
  readonly raw: number;
}

/** Whole sources that are held out together; of two large ones half each, by language and by server. */
const FOLDS: readonly (readonly string[])[] = [
  ["garak", "pif", "bipia", "tldr-commands", "own-talk:1"],
  [
    "deepset",
    "agt-smoke",
    "own-poison",
    "own-poisoned",
    "gitleaks-rules",
    "noseyparker",
    "detect-secrets-tests",
    "own-talk:2",
  ],
  ["injecagent", "llm-guard-tests", "cursorrules", "own-planted", "lookalike-dev", "payloadsallthethings"],
  ["aig-jailbreaks", "giskard", "tpa-synth-dev", "promptbook-multilang", "spider-sql", "presidio-synth-v2"],
  ["own-languages:1", "toucan-tools:1", "benign-dev", "own-plain-definitions", "libinjection-data"],
  ["own-languages:2", "toucan-tools:2", "cisco-remote-evals", "own-plain"],
];

/** A half that a name always falls into. */
function half(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return ((hash >>> 3) & 1) + 1;
}

function partOf({ source, lang, texts, server }: Example): string {
  if (source === "toucan-tools") return `${source}:${half(server ?? "")}`;
  if (source === "own-languages" && lang !== "en") return `${source}:${half(lang ?? "")}`;
  if (source === "own-talk") return `${source}:${half((texts[0] ?? "").slice(0, 20))}`;
  return source;
}

/** Scores every text by a model that was trained without its source. English sentences of our own are in all of them and in no score. */
export function heldOut(examples: readonly Example[], documents: readonly Document[]): readonly Scored[] {
  return FOLDS.flatMap((names) => {
    const held = examples.map((example) => names.includes(partOf(example)));
    const model: Model = fit(
      examples.filter((_, at) => held[at] === false),
      documents.filter((_, at) => held[at] === false),
    );
    return examples.flatMap((example, at) => {
      const document = documents[at];
      return held[at] === true && document !== undefined
        ? [{ example, raw: highest(model, document).score }]
        : [];
    });
  });
}
