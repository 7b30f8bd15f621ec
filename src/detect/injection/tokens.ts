import { ALONE, BREAK, DIGIT, kindOf, LETTER, lowerOf } from "./letter.ts";

/** A word. One record is filled again and again, so who keeps something copies it. */
export interface Token {
  from: number;
  until: number;
  /** First and last letter and the sum of those between: the same for a word whose inner letters changed places. */
  hash: number;
  /** Of the first letters as they stand: what forms of one word share. */
  stem: number;
  alone: boolean;
  /** All letters capital, three at least. */
  capitals: boolean;
  /** What stands before it, blanks left out: a sign, or 0 after a word. */
  sign: number;
}

/** Longer words are cut, so that scripts without spaces have words, too. */
const WORD_UNITS = 24;
/** Letters that make a stem. */
const STEM_UNITS = 6;

export function mixed(hash: number, value: number): number {
  let next = Math.imul(hash ^ value, 0x9e3779b1);
  next ^= next >>> 15;
  return next;
}

function close(text: string, token: Token): void {
  const { from, until } = token;
  let hash = 0;
  let stem = 0;
  let first = 0;
  let last = 0;
  let capitals = 0;
  let length = 0;
  for (let at = from; at < until; at++) {
    const unit = text.charCodeAt(at);
    const kind = kindOf(unit);
    // Emphasis inside a word is no letter of it, and one digit is as good as another.
    if (kind === BREAK) continue;
    const letter = kind === DIGIT ? 48 : lowerOf(unit);
    if (letter !== unit) capitals++;
    if (length < STEM_UNITS) stem = mixed(stem, letter);
    hash = (hash + mixed(0x51ed270b, letter)) | 0;
    if (length === 0) first = letter;
    last = letter;
    length++;
  }
  token.hash = mixed(mixed(hash, first), (last << 5) + length);
  token.stem = stem;
  token.capitals = capitals >= 3 && capitals === length;
}

/** Signs that writers put into words, and that nobody reads: `ig**nore**`, `ig~~no~~re`. */
function isEmphasis(unit: number): boolean {
  return unit === 42 || unit === 126 || unit === 96;
}

/** Where the word goes on after emphasis at `at`, or -1. */
function afterEmphasis(text: string, at: number): number {
  let next = at;
  while (next - at < 4 && isEmphasis(text.charCodeAt(next))) next++;
  return next > at && kindOf(text.charCodeAt(next)) === LETTER ? next : -1;
}

function wordEnd(text: string, from: number): number {
  let until = from + 1;
  while (until < text.length && until - from < WORD_UNITS) {
    const kind = kindOf(text.charCodeAt(until));
    if (kind === LETTER || kind === DIGIT) {
      until++;
      continue;
    }
    const next = kind === BREAK ? afterEmphasis(text, until) : -1;
    if (next === -1) break;
    until = next;
  }
  return until;
}

/** Whether a letter at `at` is one of an escape: `\n` before a word is a line break in JSON that was not parsed. */
function isEscape(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && text.charCodeAt(at - 1) === 92 && (unit === 110 || unit === 116 || unit === 114);
}

/** Hands on each word of a text. Linear in the text. */
export function eachToken(text: string, take: (token: Token) => void): void {
  const token: Token = { from: 0, until: 0, hash: 0, stem: 0, alone: false, capitals: false, sign: 0 };
  let sign = 0;
  for (let at = 0; at < text.length; ) {
    const unit = text.charCodeAt(at);
    const kind = kindOf(unit);
    if (kind === BREAK || isEscape(text, at)) {
      if (unit > 32 && kind === BREAK) sign = unit < 128 ? unit : 127;
      at++;
      continue;
    }
    token.from = at;
    token.until = kind === ALONE ? at + 1 : wordEnd(text, at);
    token.alone = kind === ALONE;
    token.sign = sign;
    close(text, token);
    take(token);
    at = token.until;
    sign = 0;
  }
}
