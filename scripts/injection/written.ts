import type { Row } from "../../eval/corpus.ts";
import { type Example, textsOf } from "./example.ts";
import { pick, seeded } from "./random.ts";
import { begun, isVaried, linesOf, said, sectionsOf, typed } from "./sentences.ts";

/** How often each template is filled. */
const ATTACKS = 10;
const MENTIONS = 15;
const DEMANDS = 24;
const DESCRIPTIONS = 6;
/** Frames that each ordinary sentence is put into: as often as attacks are, or the frames would count as one. */
const FRAMED = 4;

/** Ordinary text that an attack can be put into, and which part of the data it is of. */
interface Around {
  readonly text: string;
  readonly part: string;
}

/** A half that a name always falls into. */
export function half(name: string): number {
  let hash = 0;
  for (const letter of name) hash = (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0;
  return ((hash >>> 3) & 1) + 1;
}

function descriptionOf({ text, server = "" }: Row): readonly Around[] {
  try {
    const { description = "" } = JSON.parse(text) as { description?: string };
    if (description.length <= 60 || description.length >= 700) return [];
    return [{ text: description, part: `toucan-tools:${half(server)}` }];
  } catch {
    return [];
  }
}

/** Ordinary texts that attacks are put into: mails, code and tables, sentences with personal data, descriptions. */
export function ordinaryOf(rows: readonly Row[]): readonly Around[] {
  const texts = rows
    .filter(
      ({ source, label, text }) =>
        (source === "bipia" || source === "presidio-synth-v2") && label !== "injection" && text.length < 1500,
    )
    .map(({ text, source }) => ({ text, part: source }));
  const descriptions = rows.filter(({ source }) => source === "toucan-tools").flatMap(descriptionOf);
  return [...texts, ...texts, ...descriptions.slice(0, texts.length)];
}

interface Source {
  readonly random: () => number;
  readonly frames: readonly string[];
  readonly around: readonly Around[];
  readonly toucan: readonly Row[];
}

function framed(text: string, { frames, random }: Source): string {
  return pick(frames, random).replace("@@", () => text);
}

/** Puts a sentence somewhere: alone, into a frame, or into ordinary text. */
function placed(text: string, source: Source): { readonly text: string; readonly around?: string } {
  const { random, around } = source;
  const dice = random();
  if (dice < 0.4) return { text };
  if (dice < 0.65) return { text: framed(text, source) };
  const one = pick(around, random);
  const ends = [...one.text.matchAll(/[.!?\n] /g)].map(({ index }) => index + 2);
  const place = random();
  const at = place < 0.25 ? 0 : place < 0.5 || ends.length === 0 ? one.text.length : pick(ends, random);
  const gap = random() < 0.4 ? "\n\n" : " ";
  const whole = `${one.text.slice(0, at)}${at === 0 ? "" : gap}${text}${gap}${one.text.slice(at)}`;
  return { text: whole.trim(), around: one.part };
}

function filled(template: string, times: number): readonly string[] {
  return Array.from({ length: isVaried(template) ? times : 2 }, () => template);
}

function attacks(source: Source): readonly Example[] {
  return [...sectionsOf("attacks.txt")].flatMap(([family, templates]) =>
    templates
      .flatMap((template) => filled(template, ATTACKS))
      .map((template) => {
        const { text, around } = placed(typed(said(template, source.random), source.random), source);
        const group = `own-attacks/${family}`;
        return {
          texts: [text],
          attack: true,
          source: "own-attacks",
          group,
          ...(around !== undefined && { around }),
        };
      }),
  );
}

/** Text that speaks of attacks and quotes them. */
function mentions(source: Source): readonly Example[] {
  return [...sectionsOf("talk.txt").values()]
    .flat()
    .flatMap((template) => filled(template, MENTIONS))
    .map((form) => ({
      texts: [placed(said(form, source.random), source).text],
      attack: false,
      source: "own-mentions",
      group: "own-mentions",
      form,
    }));
}

/** Ordinary text that has words of attacks in it. */
function ordinary(source: Source): readonly Example[] {
  const { random } = source;
  return [...sectionsOf("plain.txt")].flatMap(([section, lines]) =>
    lines.flatMap((line) =>
      [
        line,
        ...Array.from({ length: FRAMED }, () => framed(line, source)),
        `${line} ${pick(lines, random)} ${pick(lines, random)}`,
      ].map((text) => ({
        texts: [text],
        attack: false,
        source: "own-ordinary",
        group: `own-ordinary/${section}`,
      })),
    ),
  );
}

function foreign(source: Source): readonly Example[] {
  return [...sectionsOf("foreign.txt")].flatMap(([section, lines]) => {
    const [lang = "", what] = section.split(" ");
    const attack = what === "attack";
    const group = attack ? `own-foreign/${lang}` : "own-foreign/plain";
    return lines
      .flatMap((line) => [said(line, source.random), framed(said(line, source.random), source)])
      .map((text) => ({
        texts: [text],
        attack,
        source: attack ? "own-foreign" : "own-ordinary",
        group,
        lang,
      }));
  });
}

interface Tool {
  readonly description?: string;
}

function toolOf({ toucan, random }: Source): Tool {
  return JSON.parse(pick(toucan, random).text) as Tool;
}

/** Poison in a description or in that of a parameter, and by itself. */
function poisoned(poison: string, source: Source): readonly string[] {
  const { description = "", ...tool } = toolOf(source);
  const place = source.random();
  if (place > 0.75) return [poison];
  const name = pick(["sidenote", "context", "note", "reason", "id", "query"], source.random);
  const parameter = {
    inputSchema: { properties: { [name]: { type: "string", description: poison } } },
  };
  const made =
    place < 0.2
      ? { ...tool, description, ...parameter }
      : {
          ...tool,
          description: place < 0.35 ? `${poison} ${description}` : `${description}\n\n${poison}`,
        };
  return textsOf(JSON.stringify(made), "mcp-tools");
}

function definitions(source: Source): readonly Example[] {
  const { random } = source;
  const sections = sectionsOf("definitions.txt");
  const { openings = [], demands = [], silence = [], ...rest } = Object.fromEntries(sections);
  const bad = demands
    .flatMap((template) => Array.from({ length: DEMANDS }, () => template))
    .map((template) => {
      const parts = [
        `${pick(openings, random)} ${said(template, random)}.`,
        said(pick(silence, random), random),
      ];
      const texts = poisoned(begun(parts.join(" ").trim()), source);
      return { texts, attack: true, source: "own-demands", group: "own-demands" };
    });
  const plain = [
    ...(rest["plain definitions"] ?? []),
    ...(rest["plain prompts"] ?? []).flatMap((one) => [one, one]),
  ];
  const good = plain.flatMap((form) =>
    Array.from({ length: DESCRIPTIONS }, (_, at) => {
      const line = begun(said(form, random));
      const { description = "", ...tool } = toolOf(source);
      const whole = at % 2 === 0 ? `${line} ${description}` : `${description} ${line}`;
      const texts = at === 0 ? [line] : textsOf(JSON.stringify({ ...tool, description: whole }), "mcp-tools");
      return { texts, attack: false, source: "own-descriptions", group: "own-descriptions" };
    }),
  );
  return [...bad, ...good];
}

/** What the templates in `sentences/` say, the same each time. */
export function writtenOf(toucan: readonly Row[], around: readonly Around[]): readonly Example[] {
  const source = { random: seeded(11), frames: linesOf("carriers.txt"), around, toucan };
  return [attacks, mentions, ordinary, foreign, definitions].flatMap((of) => of(source));
}
