import type { Row } from "../../eval/corpus.ts";
import { LANGUAGES } from "./languages.ts";
import {
  CARRIERS,
  DEMANDS,
  OPENINGS,
  PLAIN_DEFINITIONS,
  QUOTED,
  SILENCE,
  TALK,
  TASKS,
  TURNS,
} from "./planted.ts";
import { pick, seeded } from "./random.ts";
import type { Json } from "../../src/call/json.ts";
import { leavesOf } from "../../src/detect/fields.ts";

/** A text to learn from. `group` is what is held out together and weighs together. */
export interface Example {
  /** One text, or those of the fields of a definition. */
  readonly texts: readonly string[];
  readonly attack: boolean;
  readonly source: string;
  readonly group: string;
  readonly lang?: string;
  readonly server?: string;
}

/** Planted requests without a word that gives them away: nothing in such a text can be learned but its topic. */
const BARE = new Set(["indirect-task", "indirect-task-text", "indirect-task-code"]);

/** The fields of a definition as a gate looks at them; a text that is no JSON as one. */
export function textsOf(text: string, family: string): readonly string[] {
  if (family !== "mcp-tools") return [text];
  try {
    return leavesOf(JSON.parse(text) as Json, "definition").leaves.map((leaf) => leaf.text);
  } catch {
    return [text];
  }
}

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

function generated(random: () => number, toucan: readonly Row[]): readonly Example[] {
  const made: Example[] = [];
  const add = (source: string, attack: boolean, text: string, lang?: string): void => {
    const family =
      source === "own-poisoned" || source === "own-plain-definitions" ? "mcp-tools" : "injection";
    made.push({
      texts: textsOf(text, family),
      attack,
      source,
      group: source,
      ...(lang !== undefined && { lang }),
    });
  };
  for (const [lang, { heads, tails, plain }] of Object.entries(LANGUAGES)) {
    const none = ["zh", "ja"].includes(lang) ? "" : " ";
    for (const head of heads) {
      add("own-languages", true, `${head}.`, lang);
      for (const tail of tails) {
        const [before, after] = pick(CARRIERS, random);
        add("own-languages", true, `${before}${head}${none === "" ? "，" : " "}${tail}.${after}`, lang);
      }
    }
    for (const tail of tails) add("own-languages", true, `${tail}.`, lang);
    for (const text of plain) add("own-plain", false, text, lang);
    for (const [index, text] of plain.entries())
      add("own-plain", false, `${text}${none}${plain[(index + 1) % plain.length] ?? ""}`, lang);
  }
  for (let round = 0; round < 1200; round++) {
    const { description = "", ...tool } = JSON.parse(pick(toucan, random).text) as { description?: string };
    const poison = `${pick(OPENINGS, random)} ${pick(DEMANDS, random)}. ${pick(SILENCE, random)}`.trim();
    const place = random();
    const parameter = {
      inputSchema: {
        properties: { [pick(["sidenote", "context", "note", "reason"], random)]: { description: poison } },
      },
    };
    const made =
      place < 0.2
        ? { ...tool, description, ...parameter }
        : { ...tool, description: place < 0.4 ? `${poison} ${description}` : `${description} ${poison}` };
    add("own-poisoned", true, JSON.stringify(made));
  }
  for (const opening of OPENINGS)
    for (const demand of DEMANDS) add("own-poison", true, `${opening} ${demand}. ${pick(SILENCE, random)}`);
  for (const turn of TURNS) {
    for (const task of TASKS) {
      const [before, after] = pick(CARRIERS, random);
      add(
        "own-planted",
        true,
        `${before}${turn} ${task}. ${random() < 0.5 ? pick(SILENCE, random) : ""}${after}`,
      );
    }
  }
  for (const talk of TALK) for (const quoted of QUOTED) add("own-talk", false, talk.replace("X", quoted));
  for (const text of PLAIN_DEFINITIONS) {
    for (let copy = 0; copy < 4; copy++) {
      const tool = JSON.parse(pick(toucan, random).text) as { description?: string };
      add(
        "own-plain-definitions",
        false,
        JSON.stringify({ ...tool, description: `${tool.description ?? ""} ${text}`.trim() }),
      );
    }
    add("own-plain-definitions", false, text);
  }
  return made;
}

/** Everything there is to learn from: the rows of the data, without doubles, and sentences of our own. */
export function examplesOf(rows: readonly Row[]): readonly Example[] {
  // Longer rows were cut and are no JSON any more.
  const toucan = rows.filter(({ source, text }) => source === "toucan-tools" && text.length < 4000);
  const all = [...rows.flatMap((row) => example(row) ?? []), ...generated(seeded(7), toucan)];
  const seen = new Set<string>();
  return all.filter(({ texts }) => {
    const key = texts.join("\n").toLowerCase().replaceAll(/\s+/g, " ").trim();
    if (key === "" || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
