import { basename } from "node:path";
import type { Json, JsonObject } from "../call/json.ts";

/** A command line as policy sees it: a tool call. */
export interface Operation {
  /** The words before the first option, without the program: `workers deploy --env production` is `workers.deploy`. */
  readonly name: string;
  /**
   * What else it could be: the words again without those that may be values of options before them, and the beginning
   * of each. A rule that denies one of these denies the command, because nobody but the program knows which it is.
   */
  readonly readings: readonly string[];
  /** `args.env` of `--env production`; `program`, `argv` (all after it) and `operands` (the words that seem to belong to no option). */
  readonly args: JsonObject;
}

/** Words of a command that are tried in and out: 256 readings. */
const UNSURE_MOST = 8;
const WORDS_MOST = 64;

/** A word that is no option; `unsure` where it may be the value of the option before it. */
interface Word {
  readonly text: string;
  readonly unsure: boolean;
}

interface Line {
  readonly words: readonly Word[];
  readonly options: JsonObject;
  readonly operands: readonly string[];
}

const isOption = (word: string | undefined): boolean => word !== undefined && /^-./s.test(word);

function read(argv: readonly string[]): Line {
  const words: Word[] = [];
  const operands: string[] = [];
  const options = new Map<string, Json[]>();
  const put = (name: string, value: Json): void =>
    void options.set(name, [...(options.get(name) ?? []), value]);
  for (let at = 0; at < argv.length; at += 1) {
    const word = argv[at] ?? "";
    if (word === "--") {
      operands.push(...argv.slice(at + 1));
      break;
    }
    if (!isOption(word)) {
      words.push({ text: word, unsure: false });
      operands.push(word);
      continue;
    }
    const [, name = "", joined] = /^--?([^=]*)(?:=(.*))?$/s.exec(word) ?? [];
    const next = argv[at + 1];
    if (joined !== undefined) put(name, joined);
    else if (next === undefined || isOption(next)) put(name, true);
    else {
      put(name, next);
      words.push({ text: next, unsure: true });
      at += 1;
    }
  }
  const given = [...options].map(
    ([name, values]) => [name, values.length === 1 ? (values[0] ?? null) : values] as const,
  );
  return { words, operands, options: Object.fromEntries(given) };
}

/** Every way to leave out words that may be values; beyond the bound they are taken for what they seem to be. */
function variants(words: readonly Word[]): readonly (readonly string[])[] {
  let left = UNSURE_MOST;
  let all: readonly (readonly string[])[] = [[]];
  for (const { text, unsure } of words) {
    if (!unsure) all = all.map((reading) => [...reading, text]);
    else if (left > 0) all = all.flatMap((reading) => [reading, [...reading, text]]);
    left -= unsure ? 1 : 0;
  }
  return all;
}

/** Reads a command line. The program comes first and is no part of the name, unless nothing else is. */
export function operationOf(command: readonly string[]): Operation {
  const [program = "", ...argv] = command;
  const { words, options, operands } = read(argv);
  const first = argv.findIndex((word) => isOption(word));
  const leading = first === -1 ? argv : argv.slice(0, first);
  const name = leading.length === 0 ? basename(program) : leading.join(".");
  const readings = variants(words.slice(0, WORDS_MOST)).flatMap((reading) =>
    reading.map((_, index) => reading.slice(0, index + 1).join(".")),
  );
  return {
    name,
    readings: [...new Set(readings)].filter((reading) => reading !== name),
    args: { ...options, program, argv, operands: operands.slice() },
  };
}
