import { unitsOf } from "../units.ts";
import type { Span } from "./view.ts";

/** What one pass over a text saw that may be an encoding. */
export interface Survey {
  /** Runs of base64 or hexadecimal digits, line breaks of wrapped ones included. */
  readonly runs: readonly Span[];
  /** Words in which signs may stand for letters; empty where too few of them have a digit between two letters. */
  readonly leet: readonly Span[];
  /** Letters that stand alone, with one sign between each. */
  readonly spaced: readonly Span[];
  /** Common words as ROT13 writes them, and as they are read backwards. */
  readonly rotated: number;
  readonly backward: number;
}

const LETTER = 1;
const DIGIT = 2;
/** In base64 beside letters and digits: `+ / - _`. */
const EXTRA = 4;
/** Reads as a letter inside a word: `0 1 3 4 5 7 @ $`. */
const LEET = 8;

const CLASS = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const letter = String.fromCharCode(code);
  CLASS[code] =
    (/[a-z]/i.test(letter) ? LETTER : 0) |
    (/\d/.test(letter) ? DIGIT : 0) |
    (/[+/_-]/.test(letter) ? EXTRA : 0) |
    (/[013457@$]/.test(letter) ? LEET : 0);
}

/** What a unit is to a word, for all units there are. */
const KIND = new Uint8Array(65_536);
KIND.set(CLASS.map((kinds) => kinds & (LETTER | DIGIT | LEET)));

const COMMON =
  "ignore ignoring disregard forget override previous prior above instruction instructions system prompt reveal the you your and with must all rules user send secret " +
  "password execute delete files assistant message from them this that before tool";
const ROTATED = new Set(
  COMMON.split(" ").map((word) =>
    word.replaceAll(/[a-z]/g, (letter) => String.fromCharCode(((letter.charCodeAt(0) - 84) % 26) + 97)),
  ),
);
/** Read backwards some are words of their own, which say nothing. */
const BACKWARD = new Set(
  COMMON.split("")
    .reverse()
    .join("")
    .split(" ")
    .filter((word) => !["dna", "loot", "lla"].includes(word)),
);

/** Words of both kinds by a hash, so that nearly every word of a text costs one look. */
const MAYBE = new Uint8Array(4096);
function hashed(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + (word.charCodeAt(at) | 32)) | 0;
  return hash & 4095;
}
for (const word of [...ROTATED, ...BACKWARD]) MAYBE[hashed(word)] = 1;

/** Shorter runs hide no sentence. */
const RUN_CHARS = 24;
/** A line of base64 that goes on in the next one is at least this long. */
const LINE_CHARS = 40;
/** Letters alone before they are taken for a spaced word. */
const SPACED_LETTERS = 5;
const LEET_CHARS = 20;
const LEET_WORDS = 2;

function isText(code: number, kinds: number): boolean {
  return code < 128 && ((CLASS[code] ?? 0) & kinds) !== 0;
}

/** Whether the run of base64 digits that ends at a line break goes on after it. */
function goesOn(text: string, line: number, at: number): boolean {
  if (at - line < LINE_CHARS || text.charCodeAt(at) !== 10) return false;
  return isText(text.charCodeAt(at + 1), LETTER | DIGIT | EXTRA);
}

function runsOf(text: string): readonly Span[] {
  const runs: Span[] = [];
  // A run has this many units, so every one of them has a unit at a multiple: the rest need not be read.
  for (let probe = RUN_CHARS - 1; probe < text.length; probe += RUN_CHARS) {
    if (!isText(text.charCodeAt(probe), LETTER | DIGIT | EXTRA)) continue;
    let from = probe;
    const floor = runs.at(-1)?.until ?? 0;
    while (from > floor && isText(text.charCodeAt(from - 1), LETTER | DIGIT | EXTRA)) from--;
    let until = probe + 1;
    let line = from;
    for (; until < text.length; until++) {
      if (isText(text.charCodeAt(until), LETTER | DIGIT | EXTRA)) continue;
      if (!goesOn(text, line, until)) break;
      line = until + 1;
    }
    if (until - from >= RUN_CHARS) runs.push({ from, until });
    probe = Math.max(probe, until - 1);
  }
  return runs;
}

/** Whether a word is of letters and signs that stand for letters; `sure` with a digit between two letters. */
function leetness(text: string, from: number, until: number): "sure" | "maybe" | undefined {
  if (until - from < 3 || until - from > LEET_CHARS) return undefined;
  let sure = false;
  for (let at = from; at < until; at++) {
    const code = text.charCodeAt(at);
    if (isText(code, LETTER)) continue;
    if (!isText(code, LEET)) return undefined;
    sure ||=
      isText(code, DIGIT) &&
      at > from &&
      isText(text.charCodeAt(at - 1), LETTER) &&
      at + 1 < until &&
      isText(text.charCodeAt(at + 1), LETTER);
  }
  return sure ? "sure" : "maybe";
}

interface Words {
  readonly leet: Span[];
  readonly spaced: Span[];
  sure: number;
  rotated: number;
  backward: number;
  /** The run of words of one letter: how many, and where. */
  alone: number;
  from: number;
  until: number;
}

function endAlone(words: Words): void {
  if (words.alone >= SPACED_LETTERS) words.spaced.push({ from: words.from, until: words.until });
  words.alone = 0;
}

function oneLetter(words: Words, from: number, until: number): void {
  if (words.alone === 0 || from - words.until > 3) {
    endAlone(words);
    words.from = from;
  }
  words.alone++;
  words.until = until;
}

/** A word whose hash may be one of those looked for, or that has signs among its letters. */
function oddWord(words: Words, text: string, from: number, until: number, kinds: number): void {
  if (kinds === LETTER) {
    const word = text.slice(from, until).toLowerCase();
    if (ROTATED.has(word)) words.rotated++;
    else if (BACKWARD.has(word)) words.backward++;
    return;
  }
  const sign = leetness(text, from, until);
  if (sign !== undefined) words.leet.push({ from, until });
  if (sign === "sure") words.sure++;
}

/** One pass, linear in the text. */
export function surveyOf(text: string): Survey {
  const words: Words = {
    leet: [],
    spaced: [],
    sure: 0,
    rotated: 0,
    backward: 0,
    alone: 0,
    from: 0,
    until: 0,
  };
  const { length } = text;
  const units = unitsOf(text);
  for (let at = 0; at < length; at++) {
    let kind = KIND[units[at] ?? 0] ?? 0;
    if (kind === 0) continue;
    const from = at;
    let hash = 0;
    let kinds = 0;
    while (kind !== 0) {
      hash = (Math.imul(hash, 31) + ((units[at] ?? 0) | 32)) | 0;
      kinds |= kind;
      at++;
      kind = at < length ? (KIND[units[at] ?? 0] ?? 0) : 0;
    }
    if (at - from === 1) oneLetter(words, from, at);
    else {
      if (words.alone > 0) endAlone(words);
      const odd = kinds === LETTER ? MAYBE[hash & 4095] === 1 : (kinds & LETTER) !== 0;
      if (odd) oddWord(words, text, from, at, kinds);
    }
  }
  endAlone(words);
  const { leet, spaced, sure, rotated, backward } = words;
  return { runs: runsOf(text), leet: sure >= LEET_WORDS ? leet : [], spaced, rotated, backward };
}
