import { z } from "zod";
import type { Asked } from "../../config/plugins.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { below, exchanged } from "./exchange.ts";
import { askLabels, type Labelled } from "./labels.ts";

const answerSchema = z.object({
  outputs: z
    .array(z.object({ name: z.string(), datatype: z.string(), data: z.array(z.unknown()).max(100_000) }))
    .min(1)
    .max(100),
});

const labelled = z.object({ label: z.string(), score: z.number().min(0).max(1) });
const said = z.union([z.array(labelled).max(1_000), labelled.transform((one) => [one])]);

/** What a model says in words: a label alone, or JSON that has labels with scores. */
function wordsOf(element: unknown): readonly Labelled[] {
  if (typeof element !== "string") throw new Nonsense("its output holds what is no text");
  if (!/^\s*[[{]/.test(element)) return [{ label: element, score: 1 }];
  try {
    return said.parse(JSON.parse(element));
  } catch {
    throw new Nonsense("its output holds what is no label");
  }
}

/** What a model says in numbers: so many of each text, one for each column. */
function numbersOf(data: readonly unknown[], columns: readonly string[]): readonly (readonly Labelled[])[] {
  // Elements come nested, or one after the other.
  const flat = data.flat(2);
  const scores = z.array(z.number().min(0).max(1)).safeParse(flat);
  if (!scores.success) throw new Nonsense("its output holds what is no probability");
  if (columns.length === 0) throw new Nonsense("its output is numbers, and `columns` does not say of what");
  return Array.from({ length: scores.data.length / columns.length }, (_, row) =>
    columns.map((label, at) => ({ label, score: scores.data[row * columns.length + at] ?? 0 })),
  );
}

/** Asks a model by the Open Inference Protocol (`POST /v2/models/MODEL/infer`), up to 32 parts of texts at once. It has to take texts. */
export function askKserve(plugin: Asked<"kserve">, outbound: Outbound): Ask {
  const { name, flags, model, input, output, columns } = plugin;
  const to = below(plugin, `v2/models/${encodeURIComponent(model)}/infer`);
  return askLabels(name, flags, async (texts, signal) => {
    const body = {
      inputs: [{ name: input, shape: [texts.length], datatype: "BYTES", data: texts }],
      ...(output !== undefined && { outputs: [{ name: output }] }),
    };
    const read = answerSchema.safeParse(await exchanged(to, outbound, body, signal));
    const given = read.data?.outputs.find((each) => output === undefined || each.name === output);
    if (given === undefined) throw new Nonsense("it did not give the output");
    const all = given.datatype === "BYTES" ? given.data.flat().map(wordsOf) : numbersOf(given.data, columns);
    if (all.length !== texts.length) throw new Nonsense("it did not speak of each text");
    return all;
  });
}
