import type { Row } from "../../eval/corpus.ts";
import { type Example, textsOf } from "./example.ts";
import { generated } from "./generated.ts";
import { ordinaryOf, writtenOf } from "./written.ts";

/** Planted requests without a word that gives them away: nothing in such a text can be learned but its topic. */
const BARE = new Set(["indirect-task", "indirect-task-text", "indirect-task-code"]);

/** What rows of the data teach; undefined for those that teach nothing about instructions. */
function example(row: Row): Example | undefined {
  const { text, source, kind, label, family, server } = row;
  const rest = { ...(row.lang !== undefined && { lang: row.lang }), ...(server !== undefined && { server }) };
  const texts = textsOf(text, family);
  if (family === "injection" || family === "mcp-tools") {
    if (label === "malicious-capability" || (label === "injection" && BARE.has(kind))) return undefined;
    const attack = label === "injection" || label === "poisoned";
    return { texts, attack, source, group: `${source}/${kind}`, ...rest };
  }
  return { texts, attack: false, source, group: source, ...rest };
}

/** Everything there is to learn from: the rows of the data, without doubles, and sentences of our own. */
export function examplesOf(rows: readonly Row[]): readonly Example[] {
  // Longer rows were cut and are no JSON any more.
  const toucan = rows.filter(({ source, text }) => source === "toucan-tools" && text.length < 4000);
  const all = [
    ...rows.flatMap((row) => example(row) ?? []),
    ...generated(toucan),
    ...writtenOf(toucan, ordinaryOf(rows)),
  ];
  const seen = new Set<string>();
  return all.filter(({ texts }) => {
    const key = texts.join("\n").toLowerCase().replaceAll(/\s+/g, " ").trim();
    if (key === "" || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
