import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import type { Labelled } from "../asked/labels.ts";
import { Nonsense } from "../found.ts";

/** What is used of the package `onnxruntime-node`. */
export interface Runtime {
  readonly InferenceSession: {
    readonly create: (file: string, options: object) => Promise<Session>;
  };
  readonly Tensor: new (type: "int64", data: BigInt64Array, dims: readonly number[]) => unknown;
}
interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly run: (
    feeds: Readonly<Record<string, unknown>>,
  ) => Promise<Readonly<Record<string, { readonly data: ArrayLike<number | bigint> } | undefined>>>;
}

/** What is used of the package `@huggingface/tokenizers`. */
export interface Tokenizers {
  readonly Tokenizer: new (
    tokenizer: object,
    config: object,
  ) => {
    readonly encode: (text: string) => { readonly ids: readonly number[] };
  };
}

/** What is used of `config.json`, as text classifiers are published with it. */
const configSchema = z.object({
  id2label: z.record(z.string().regex(/^\d{1,3}$/), z.string().max(256)),
  problem_type: z.string().nullish(),
  max_position_embeddings: z.int().positive().nullish(),
});
const limitSchema = z.object({ model_max_length: z.number().positive().nullish() });

/** A classifier of a folder. */
export interface Model {
  readonly labels: readonly string[];
  readonly classify: (text: string) => Promise<readonly Labelled[]>;
}

/** Where exporters put the weights. */
const WEIGHTS = ["model.onnx", "onnx/model.onnx"];
/** Inputs that a text becomes. */
const INPUTS: ReadonlySet<string> = new Set(["input_ids", "attention_mask", "token_type_ids"]);
/** Where nothing is said; and beyond what none of these models reads, whatever is said. */
const TOKENS = 512;
const TOKENS_MOST = 8_192;

function jsonOf(folder: string, name: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, name), "utf8")) as unknown;
  } catch {
    throw new TypeError(`its folder has no ${name} that can be read`);
  }
}

function read<T>(schema: z.ZodType<T>, folder: string, name: string): T {
  const said = schema.safeParse(jsonOf(folder, name));
  if (!said.success) throw new TypeError(`its ${name} is none of a text classifier`);
  return said.data;
}

function probabilities(scores: readonly number[], apart: boolean): readonly number[] {
  if (apart || scores.length === 1) return scores.map((score) => 1 / (1 + Math.exp(-score)));
  const most = Math.max(...scores);
  const powers = scores.map((score) => Math.exp(score - most));
  const sum = powers.reduce((all, each) => all + each, 0);
  return powers.map((each) => each / sum);
}

/** Of each label the surest. */
function surest(one: readonly Labelled[], other: readonly Labelled[]): readonly Labelled[] {
  return one.map(({ label, score }, at) => ({ label, score: Math.max(score, other[at]?.score ?? 0) }));
}

/**
 * Makes a classifier ready that lies in a folder as it is published: `config.json`, `tokenizer.json`, `tokenizer_config.json` and
 * `model.onnx`. Rejects with TypeError where something is missing or of another sort.
 */
export async function openModel(folder: string, ort: Runtime, { Tokenizer }: Tokenizers): Promise<Model> {
  const { id2label, problem_type, max_position_embeddings } = read(configSchema, folder, "config.json");
  const limits = jsonOf(folder, "tokenizer_config.json") as object;
  const own = limitSchema.safeParse(limits).data?.model_max_length ?? max_position_embeddings ?? TOKENS;
  const most = Math.min(own, max_position_embeddings ?? TOKENS_MOST, TOKENS_MOST);
  const labels = Object.entries(id2label)
    .toSorted(([one], [other]) => Number(one) - Number(other))
    .map(([, label]) => label);
  const file = WEIGHTS.map((name) => join(folder, name)).find((path) => existsSync(path));
  if (file === undefined) throw new TypeError("its folder has no model.onnx");
  const tokenizer = new Tokenizer(jsonOf(folder, "tokenizer.json") as object, limits);
  const session = await ort.InferenceSession.create(file, { intraOpNumThreads: 1, interOpNumThreads: 1 });
  const strange = session.inputNames.find((name) => !INPUTS.has(name));
  if (strange !== undefined) throw new TypeError(`its model wants ${strange}, which no text becomes here`);
  const [output = "logits"] = session.outputNames;

  async function scored(ids: readonly number[]): Promise<readonly Labelled[]> {
    const filled = (value: (id: number) => number): unknown =>
      new ort.Tensor(
        "int64",
        BigInt64Array.from(ids, (id) => BigInt(value(id))),
        [1, ids.length],
      );
    const all: Readonly<Record<string, unknown>> = {
      input_ids: filled((id) => id),
      attention_mask: filled(() => 1),
      token_type_ids: filled(() => 0),
    };
    const came = await session.run(Object.fromEntries(session.inputNames.map((name) => [name, all[name]])));
    const scores = Array.from(came[output]?.data ?? [], Number);
    if (scores.length !== labels.length || !scores.every(Number.isFinite))
      throw new Nonsense("its model gave no number for each label");
    const sure = probabilities(scores, problem_type === "multi_label_classification");
    return labels.map((label, at) => ({ label, score: sure[at] ?? 0 }));
  }

  async function classify(text: string): Promise<readonly Labelled[]> {
    const { ids } = tokenizer.encode(text);
    if (ids.length <= most) return scored(ids);
    // Some writing has a token for each character: what the model cannot read at once it reads in halves.
    const half = Math.ceil(text.length / 2);
    if (half === text.length)
      throw new Nonsense("its tokenizer makes more of a character than its model reads");
    return surest(await classify(text.slice(0, half)), await classify(text.slice(half)));
  }

  return { labels, classify };
}
