import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { writeFileSync } from "node:fs";
import { DEFAULT_FOLDER, rowsOf } from "../eval/corpus.ts";
import { installed } from "../eval/installed.ts";
import { marksOf, scoredRows } from "./injection/calibrate.ts";
import { examplesOf } from "./injection/examples.ts";
import { documentOf, fit, type Model } from "./injection/fit.ts";
import { heldOut } from "./injection/folds.ts";

/** Trains the weights of src/detect/injection: `node scripts/train-injection.ts [folder of the data]`. The same data give the same file. */

const FILE = "src/detect/injection/weights.ts";

/** One byte a weight. The few beyond the range are cut: one word alone should decide nothing. */
function quantised({ weights }: Model): { readonly bytes: Int8Array; readonly scale: number } {
  const sizes = weights.map(Math.abs).sort();
  const largest = sizes[Math.floor(sizes.length * 0.9999)] ?? 1;
  const scale = largest / 127;
  const bytes = Int8Array.from(weights, (weight) =>
    Math.max(-127, Math.min(127, Math.round(weight / scale))),
  );
  return { bytes, scale };
}

const folder = process.argv[2] ?? DEFAULT_FOLDER;
const rows = rowsOf(folder, ["injection", "mcp-tools", "pii", "secrets", "shellsql"]);
if (rows === undefined) {
  console.error(
    `No data at ${folder}. Give the folder that holds injection/ and mcp-tools/ as the first argument.`,
  );
  process.exit(2);
}
const examples = examplesOf(rows);
const documents = examples.map(({ texts, attack }) => documentOf(texts, attack));
console.log(`${examples.length} texts`);
const model = fit(examples, documents);
const scored = [...heldOut(examples, documents), ...scoredRows(installed(), model)];
const marks = { definition: marksOf(scored, "definition"), text: marksOf(scored, "text") };
const { bytes, scale } = quantised(model);
const digest = createHash("sha256").update(bytes).update(JSON.stringify(marks)).digest("hex");
const weights = {
  version: digest.slice(0, 12),
  bias: model.bias,
  scale,
  marks,
  weights: Buffer.from(bytes.buffer).toString("base64"),
};
writeFileSync(
  FILE,
  `/** Written by scripts/train-injection.ts: do not edit. docs/DETECTION.md says what it was trained on. */\nexport const WEIGHTS = ${JSON.stringify(weights, undefined, 2)};\n`,
);
execFileSync("node_modules/.bin/biome", ["format", "--write", FILE], { stdio: "ignore" });
console.log(JSON.stringify({ ...weights, weights: `${bytes.length} bytes` }, undefined, 2));
