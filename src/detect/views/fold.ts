import { replacedUnits, unitsOf } from "../units.ts";
import { draftOf, type Rewritten } from "./draft.ts";
import { kindOf, LATIN_OF, plainOf } from "./letters.ts";
import type { Invisible } from "./view.ts";

export interface Folded extends Rewritten {
  readonly invisible: Invisible;
}

const NOTHING: Invisible = { tags: 0, zero: 0, bidi: 0 };
const WORD = /[\p{L}\p{N}]+/gu;
const FOREIGN = /[\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]/;

function isLatin(code: number): boolean {
  return (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
}

/** A text that needs no folding, as its own. */
function asItIs(text: string): Rewritten {
  return { text, at: (from, until) => ({ from, until }) };
}

/** A text of which each unit stands for one of the source: a span has one unit at least. */
function unitForUnit(text: string): Rewritten {
  const { length } = text;
  return {
    text,
    at: (from, until) => {
      const first = Math.min(Math.max(from, 0), length - 1);
      return { from: first, until: Math.min(Math.max(until - 1, first), length - 1) + 1 };
    },
  };
}

/** A flag of a part of a country is a black flag and this many tags at most. */
const FLAG = 0x1f3f4;
const FLAG_TAGS = 7;

/** By unit: what a character that is seen stands for where that is one unit for one, 0 for all others. Filled as they are met. */
const SINGLE = new Uint16Array(65_536);
const met = new Uint8Array(65_536);

function singleOf(code: number): number {
  if (met[code] === 0) {
    const seen = (code & 0xf800) !== 0xd800 && kindOf(code) === "seen";
    const text = seen ? plainOf(code) : "";
    SINGLE[code] = text.length === 1 ? text.charCodeAt(0) : 0;
    met[code] = 1;
  }
  return SINGLE[code] ?? 0;
}

/** First step where each character that changes is one unit before and after; undefined where one is not. */
function accentsOff(source: string): Rewritten | undefined {
  const text = replacedUnits(source, singleOf);
  return text === undefined ? undefined : unitForUnit(text);
}

/** First step: each character by itself. */
function plain(source: string): Folded {
  const same = accentsOff(source);
  if (same !== undefined) return { ...same, invisible: NOTHING };
  const draft = draftOf(source);
  const count = { tags: 0, zero: 0, bidi: 0 };
  let copied = 0;
  let flag = 0;
  /** The last character that is seen, for a mark without width only hides something where it stands in a Latin word. */
  let before = 0;
  for (let at = 0; at < source.length; ) {
    const code = source.charCodeAt(at);
    if (code < 128 || singleOf(code) === code) {
      before = code;
      at++;
      continue;
    }
    const point = source.codePointAt(at) ?? code;
    const next = at + (point > 0xffff ? 2 : 1);
    const text = plainOf(point);
    const kind = kindOf(point);
    if (kind === "tag" && flag-- <= 0) count.tags++;
    else if (kind === "zero" && isLatin(before)) count.zero++;
    else if (kind === "bidi") count.bidi++;
    if (kind === "seen") before = text.charCodeAt(0);
    if (point === FLAG) flag = FLAG_TAGS;
    if (text !== source.slice(at, next)) {
      draft.copy(copied, at);
      draft.put(text, at, next);
      copied = next;
    }
    at = next;
  }
  draft.copy(copied, source.length);
  return { ...draft.done(), invisible: count };
}

/** By unit: the Latin letter that one of another script looks like, 0 for none. */
const LATIN = new Uint16Array(65_536);
for (const [letter, latin] of LATIN_OF) LATIN[letter.charCodeAt(0)] = latin.charCodeAt(0);

/** Letters of other scripts that are seldom read as what they look like, by unit. */
const OTHER = new Uint8Array(65_536);
for (const [first, last] of [
  [0x370, 0x58f],
  [0x13a0, 0x13ff],
  [0xa4d0, 0xa4ff],
] as const)
  OTHER.fill(1, first, last + 1);

function latinOf(word: string): string {
  let text = "";
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    const latin = LATIN[code] ?? 0;
    text += String.fromCharCode(latin === 0 ? code : latin);
  }
  return text;
}

/** Whether there are more Latin letters than such that look like them or stand beside those. */
function isLatinText(source: string): boolean {
  const units = unitsOf(source);
  let more = 0;
  for (let at = 0; at < source.length; at++) {
    const code = units[at] ?? 0;
    if (isLatin(code)) more++;
    else more -= OTHER[code] ?? 0;
  }
  return more > 0;
}

/** Second step: letters of another script in a Latin word, and words of look-alikes only in a Latin text. Unit for unit. */
function latin(source: string): Rewritten {
  const latinText = isLatinText(source);
  const parts: string[] = [];
  let copied = 0;
  for (const { 0: word, index } of source.matchAll(WORD)) {
    if (!FOREIGN.test(word)) continue;
    const folded = latinOf(word);
    if (!/[a-z]/i.test(word) && (!latinText || FOREIGN.test(folded))) continue;
    parts.push(source.slice(copied, index), folded);
    copied = index + word.length;
  }
  parts.push(copied === 0 ? source : source.slice(copied));
  return unitForUnit(parts.join(""));
}

/** The text as a reader would take it, with the way back. Case, spaces and line breaks stay. */
export function foldedOf(source: string): Folded {
  // As many bytes as units means ASCII only, and is the quickest way to know.
  if (Buffer.byteLength(source) === source.length) return { ...asItIs(source), invisible: NOTHING };
  const first = plain(source);
  if (!FOREIGN.test(first.text)) return first;
  const second = latin(first.text);
  return {
    text: second.text,
    invisible: first.invisible,
    at: (from, until) => {
      const span = second.at(from, until);
      return first.at(span.from, span.until);
    },
  };
}
