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

/** A flag of a part of a country is a black flag and this many tags at most. */
const FLAG = 0x1f3f4;
const FLAG_TAGS = 7;

/** First step: each character by itself. */
function plain(source: string): Folded {
  const draft = draftOf(source);
  const count = { tags: 0, zero: 0, bidi: 0 };
  let copied = 0;
  let flag = 0;
  /** The last character that is seen, for a mark without width only hides something where it stands in a Latin word. */
  let before = 0;
  for (let at = 0; at < source.length; ) {
    const code = source.charCodeAt(at);
    if (code < 128) {
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

function latinOf(word: string): string {
  let text = "";
  for (const letter of word) text += LATIN_OF.get(letter) ?? letter;
  return text;
}

/** Second step: letters of another script in a Latin word, and words of look-alikes only in a Latin text. */
function latin(source: string): Rewritten {
  const letters = source.match(/[a-z]/gi)?.length ?? 0;
  const foreign = source.match(/[\u0370-\u058f\u13a0-\u13ff\ua4d0-\ua4ff]/g)?.length ?? 0;
  const draft = draftOf(source);
  let copied = 0;
  for (const { 0: word, index } of source.matchAll(WORD)) {
    if (!FOREIGN.test(word)) continue;
    const folded = latinOf(word);
    const mixed = /[a-z]/i.test(word) || (letters > foreign && !FOREIGN.test(folded));
    if (!mixed || folded.length !== word.length) continue;
    draft.copy(copied, index);
    // Letter by letter, so that a span in a word maps to that part of the word.
    for (let at = 0; at < word.length; at++) draft.put(folded.charAt(at), index + at, index + at + 1);
    copied = index + word.length;
  }
  draft.copy(copied, source.length);
  return draft.done();
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
