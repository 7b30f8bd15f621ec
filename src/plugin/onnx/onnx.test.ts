import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { OnnxPlugin } from "../../config/plugins.ts";
import { openPlugins, type Plugins } from "../open.ts";

const root = mkdtempSync(join(tmpdir(), "portcullis-onnx-"));
const open: Plugins[] = [];
afterAll(async () => {
  await Promise.all(open.map((each) => each.close()));
  rmSync(root, { recursive: true });
});

/** Stands in for the runtime: says by words what a model would say in numbers. */
const RUNTIME = `
class Tensor { constructor(type, data, dims) { Object.assign(this, { type, data, dims }); } }
exports.Tensor = Tensor;
exports.InferenceSession = {
  async create(file) {
    const { inputNames } = JSON.parse(require("node:fs").readFileSync(file, "utf8"));
    return { inputNames, outputNames: ["logits"], async run({ input_ids, attention_mask }) {
      if (input_ids.type !== "int64" || attention_mask.data.length !== input_ids.dims[1]) throw new Error("no such shape");
      const word = String.fromCharCode(...Array.from(input_ids.data, Number));
      if (word.length > 32) throw new Error("longer than it reads");
      if (word.includes("crash")) process.exit(1);
      if (word.includes("fault")) throw new Error(word);
      if (word.includes("short")) return { logits: { data: [1] } };
      return { logits: { data: Float32Array.from(word.includes("bad") ? [-2, 3] : [2, -2]) } };
    } };
  },
};`;
/** Stands in for the tokenizers: a token for each character. */
const TOKENIZERS = `
export class Tokenizer {
  constructor(tokenizer, config) { if (tokenizer.version !== "1.0" || config.kind !== "letters") throw new TypeError("no tokenizer"); }
  encode(text) { return { ids: Array.from(text, (each) => each.charCodeAt(0)) }; }
}`;

let folders = 0;
/** A folder as a classifier is published, with the packages beside it. */
function published(more: Readonly<Record<string, string | undefined>> = {}): string {
  folders += 1;
  const folder = join(root, String(folders));
  const files: Readonly<Record<string, string | undefined>> = {
    "config.json": JSON.stringify({ id2label: { 0: "SAFE", 1: "INJECTION" }, max_position_embeddings: 32 }),
    "tokenizer.json": JSON.stringify({ version: "1.0" }),
    "tokenizer_config.json": JSON.stringify({ kind: "letters", model_max_length: 1e30 }),
    "onnx/model.onnx": JSON.stringify({ inputNames: ["input_ids", "attention_mask"] }),
    "node_modules/onnxruntime-node/index.js": RUNTIME,
    "node_modules/@huggingface/tokenizers/package.json": '{"type":"module","exports":"./index.js"}',
    "node_modules/@huggingface/tokenizers/index.js": TOKENIZERS,
    ...more,
  };
  for (const [name, text] of Object.entries(files)) {
    if (text === undefined) continue;
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}
async function opened(folder: string, more: Partial<OnnxPlugin> = {}) {
  const plugin: OnnxPlugin = {
    kind: "onnx",
    name: "local",
    folder,
    flags: { INJECTION: "prompt_injection" },
    action: undefined,
    threshold: undefined,
    broken: "stop",
    tier: "tighten",
    timeout_ms: 20_000,
    ...more,
  };
  const made = await openPlugins([plugin], [], () => performance.now());
  open.push(made);
  const [own] = made.outsiders;
  if (own === undefined) throw new Error("none");
  return own;
}
const leaf = (text: string) => ({ text, field: { role: "result" as const } });

describe("a classifier of a folder", () => {
  test("finds the labels that are flagged, and reads on where its model can read no more at once", async () => {
    const own = await opened(published());
    const late = `${"a plain word ".repeat(20)}bad`;
    const looked = await own.look([leaf("bad idea"), leaf("a plain word"), leaf(late)]);
    const score = 1 / (1 + Math.exp(-5));
    expect(looked).toMatchObject({
      kind: "looked",
      sightings: [
        {
          leaf: 0,
          found: {
            guard: "local",
            class: "prompt_injection",
            kind: "injection",
            span: { from: 0, until: 8 },
          },
        },
        { leaf: 2, found: { span: { from: 0, until: late.length } } },
      ],
    });
    expect(looked.kind === "looked" && looked.sightings[0]?.found.score).toBeCloseTo(score, 6);
  });

  test.each([
    ["fault", "its model broke"],
    ["short", "no number for each label"],
  ])("has not looked where its model says what it should not: %s", async (text, why) => {
    const own = await opened(published());
    expect(await own.look([leaf(text)])).toEqual({ kind: "missed", why: expect.stringContaining(why) });
    expect(await own.look([leaf("bad")])).toMatchObject({ kind: "looked" });
  });

  test("has another thread after one that broke", async () => {
    const own = await opened(published());
    expect(await own.look([leaf("crash")])).toEqual({ kind: "missed", why: "its thread broke" });
    expect(await own.look([leaf("bad")])).toMatchObject({ kind: "looked", sightings: [{ leaf: 0 }] });
  });

  test("tries again where the thread after that could not start", async () => {
    const folder = published();
    const own = await opened(folder);
    const [file, away] = [join(folder, "tokenizer.json"), join(folder, "away.json")];
    renameSync(file, away);
    expect(await own.look([leaf("crash")])).toMatchObject({ kind: "missed" });
    expect(await own.look([leaf("bad")])).toMatchObject({ kind: "missed" });
    renameSync(away, file);
    expect(await own.look([leaf("bad")])).toMatchObject({ kind: "looked", sightings: [{ leaf: 0 }] });
  });
});

test.each([
  ["without the packages", { "node_modules/onnxruntime-node/index.js": undefined }, "npm i onnxruntime-node"],
  ["without weights", { "onnx/model.onnx": undefined }, "no model.onnx"],
  ["without its labels", { "config.json": "{}" }, "config.json is none of a text classifier"],
  ["without a tokenizer", { "tokenizer.json": undefined }, "no tokenizer.json"],
  ["of pictures", { "onnx/model.onnx": '{"inputNames":["pixel_values"]}' }, "pixel_values"],
])("a folder %s is none that a gate starts with", async (_, more, why) => {
  await expect(opened(published(more))).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining(why) }],
  });
});

test("labels that the model has not are named", async () => {
  await expect(opened(published(), { flags: { JAILBREAK: "prompt_injection" } })).rejects.toMatchObject({
    problems: [{ message: expect.stringContaining("no label JAILBREAK: it has SAFE, INJECTION") }],
  });
});
