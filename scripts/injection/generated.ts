import type { Row } from "../../eval/corpus.ts";
import { type Example, textsOf } from "./example.ts";
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

/** Sentences of our own that were there first, put together from `languages.ts` and `planted.ts`. */
export function generated(toucan: readonly Row[]): readonly Example[] {
  const random = seeded(7);
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
