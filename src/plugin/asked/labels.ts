import type { Found, FindingClass } from "../../detect/detector.ts";
import type { Leaf } from "../../detect/fields.ts";
import type { Ask } from "../ask.ts";
import { type Part, partsOf } from "./places.ts";
import { foundAt, slugOf } from "./whole.ts";

/** A label of a text, and how sure the model is of it, 0 to 1. */
export interface Labelled {
  readonly label: string;
  readonly score: number;
}

/** Gives the labels of each of some texts, in their order. Rejects where it cannot give all. */
export type Classify = (
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<readonly (readonly Labelled[])[]>;

/** Every label has a score for every text; what is less likely than this is not found. */
const LEAST = 0.2;
/** Parts that are asked about at once: what servers of models take where nobody says otherwise. */
const BATCH = 32;

function foundIn(
  guard: string,
  flags: Readonly<Record<string, FindingClass>>,
  { text, from }: Part,
  labels: readonly Labelled[],
): readonly Found[] {
  return labels.flatMap(({ label, score }) => {
    const of = Object.hasOwn(flags, label) ? flags[label] : undefined;
    if (of === undefined || score < LEAST) return [];
    const kind = of === "pii" ? "pii" : slugOf(label);
    const why = `the model takes it for ${slugOf(label)?.replaceAll("_", " ") ?? "what is flagged"}`;
    return [foundAt(guard, { class: of, kind, score, why }, from, from + text.length)];
  });
}

/** Asks a classifier about texts, part by part. */
export function askLabels(
  guard: string,
  flags: Readonly<Record<string, FindingClass>>,
  classify: Classify,
): Ask {
  return async (texts, signal) => {
    const parts = texts.flatMap(({ text }: Leaf, leaf) => partsOf(text).map((part) => ({ leaf, part })));
    const batches = Array.from({ length: Math.ceil(parts.length / BATCH) }, (_, at) =>
      parts.slice(at * BATCH, (at + 1) * BATCH),
    );
    const found = texts.map((): Found[] => []);
    await Promise.all(
      batches.map(async (batch) => {
        const all = await classify(
          batch.map(({ part }) => part.text),
          signal,
        );
        for (const [at, { leaf, part }] of batch.entries())
          found[leaf]?.push(...foundIn(guard, flags, part, all[at] ?? []));
      }),
    );
    return found;
  };
}
