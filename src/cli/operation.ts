import { basename } from "node:path";
import type { Json, JsonObject } from "../call/json.ts";

/** A command line as policy sees it: a tool call. */
export interface Operation {
  /** The words before the first option, without the program: `workers deploy --env production` is `workers.deploy`. */
  readonly name: string;
  /**
   * What else it could be: the words again without those that may be values of options before them, and the beginning
   * of each. A rule that denies one of these denies the command, because nobody but the program knows which it is.
   * Undefined where there are too many to ask about.
   */
  readonly readings: readonly string[] | undefined;
  /** `args.env` of `--env production`; `program`, `argv` (all after it) and `operands` (the words that seem to belong to no option). */
  readonly args: JsonObject;
  /** `args` as they are where of an option that is given again one value counts: most programs take the last. */
  readonly variants: readonly JsonObject[];
}

const READINGS_MOST = 16_384;
/** Words of a reading: no operation has a longer name. */
const WORDS_MOST = 64;

/** A word that is no option; `unsure` where it may be the value of the option before it. */
interface Word {
  readonly text: string;
  readonly unsure: boolean;
}

interface Line {
  readonly words: readonly Word[];
  readonly options: ReadonlyMap<string, readonly Json[]>;
  readonly operands: readonly string[];
}

const isOption = (word: string | undefined): boolean => word !== undefined && /^-./s.test(word);

/** What comes after `--` is read like the rest: that word may itself be the value of an option. */
function read(argv: readonly string[]): Line {
  const words: Word[] = [];
  const operands: string[] = [];
  const options = new Map<string, Json[]>();
  let ended = false;
  const put = (name: string, value: Json): void =>
    void options.set(name, [...(options.get(name) ?? []), value]);
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--" && !ended) {
      ended = true;
      continue;
    }
    if (ended) operands.push(word);
    if (!isOption(word)) {
      words.push({ text: word, unsure: false });
      if (!ended) operands.push(word);
      continue;
    }
    const [, name = "", joined] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const next = argv[at + 1];
    if (joined !== undefined) put(name, joined);
    else if (next === undefined || isOption(next)) put(name, true);
    else {
      put(name, next);
      words.push({ text: next, unsure: true });
      if (ended) operands.push(next);
      at += 1;
    }
  }
  return { words, options, operands };
}

/** Every way to leave out words that may be values, and the beginning of each; undefined where there are too many. */
function readingsOf(words: readonly Word[]): readonly string[] | undefined {
  const found = new Set<string>();
  let open = new Map<string, number>([["", 0]]);
  for (const { text, unsure } of words) {
    const longer = new Map<string, number>(unsure ? open : []);
    for (const [reading, length] of open) {
      if (length === WORDS_MOST) continue;
      const next = length === 0 ? text : `${reading}.${text}`;
      longer.set(next, length + 1);
      found.add(next);
    }
    open = longer;
    if (found.size > READINGS_MOST) return undefined;
  }
  return [...found];
}

/** Options with one value where they have several: each of them, then all their first ones, and all their last ones. */
function variantsOf(options: Line["options"]): readonly JsonObject[] {
  const again = [...options].filter(([, values]) => values.length > 1);
  if (again.length === 0) return [];
  const ends = [0, -1].map((end) =>
    Object.fromEntries(again.map(([name, all]) => [name, all.at(end) ?? null])),
  );
  const each = again.flatMap(([name, all]) =>
    [...new Set(all)].map((one) => Object.fromEntries([[name, one]])),
  );
  return [...ends, ...each];
}

/** Reads a command line. The program comes first and is no part of the name, unless nothing else is. */
export function operationOf(command: readonly string[]): Operation {
  const [program = "", ...argv] = command;
  const { words, options, operands } = read(argv);
  const first = argv.findIndex((word) => isOption(word));
  const leading = first === -1 ? argv : argv.slice(0, first);
  const name = leading.length === 0 ? basename(program) : leading.join(".");
  const given = Object.fromEntries(
    [...options].map(([option, values]) => [option, values.length === 1 ? (values[0] ?? null) : [...values]]),
  );
  const own = { program, argv, operands: operands.slice() };
  const args: JsonObject = { ...given, ...own };
  const variants = variantsOf(options).map((one): JsonObject => ({ ...given, ...one, ...own }));
  const readings = readingsOf(words);
  return {
    name,
    readings:
      readings === undefined || readings.length * (variants.length + 1) > READINGS_MOST * 8
        ? undefined
        : readings.filter((reading) => reading !== name),
    args,
    variants,
  };
}
