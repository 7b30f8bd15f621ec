import { z } from "zod";
import type { Asked } from "../../config/plugins.ts";
import type { Outbound } from "../../outbound/outbound.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { below, exchanged } from "./exchange.ts";
import { askLabels } from "./labels.ts";

/** Labels of each text of a batch. */
const answerSchema = z.array(
  z.array(z.object({ label: z.string().max(256), score: z.number().min(0).max(1) })).max(1_000),
);

/** Asks text-embeddings-inference (`POST /predict`), up to 32 parts of texts at once. What is too long for its model it refuses, and has not looked. */
export function askTei(plugin: Asked<"tei">, outbound: Outbound): Ask {
  const to = below(plugin, "predict");
  return askLabels(plugin.name, plugin.flags, async (texts, signal) => {
    const body = { inputs: texts.map((text) => [text]), truncate: false, raw_scores: false };
    const read = answerSchema.safeParse(await exchanged(to, outbound, body, signal));
    if (!read.success || read.data.length !== texts.length)
      throw new Nonsense("it gave no labels of each text");
    return read.data;
  });
}
