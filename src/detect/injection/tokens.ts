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
  /** Its letters, small, digits as one of them, and how many there are. */
  readonly letters: Uint16Array;
  length: number;
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

/** Signs that writers put into words, and that nobody reads: `ig**nore**`, `ig~~no~~re`. */
function isEmphasis(unit: number): boolean {
  return unit === 42 || unit === 126 || unit === 96;
}

/** Where the word goes on after emphasis at `at`, or -1. */
function afterEmphasis(text: string, at: number): number {
  let next = at;
  while (next < text.length && next - at < 4 && isEmphasis(text.charCodeAt(next))) next++;
  return next > at && next < text.length && kindOf(text.charCodeAt(next)) === LETTER ? next : -1;
}

/** Reads the letters of the word that begins at `token.from`. */
function spell(text: string, token: Token): void {
  const { letters } = token;
  let at = token.from;
  let length = 0;
  let capitals = 0;
  while (at < text.length && length < WORD_UNITS) {
    const unit = text.charCodeAt(at);
    const kind = kindOf(unit);
    if (kind === LETTER) {
      const letter = lowerOf(unit);
      if (letter !== unit) capitals++;
      letters[length++] = letter;
      at++;
    } else if (kind === DIGIT) {
      letters[length++] = 48;
      at++;
    } else {
      const next = kind === BREAK && isEmphasis(unit) ? afterEmphasis(text, at) : -1;
      if (next === -1) break;
      at = next;
    }
  }
  token.until = at;
  token.length = length;
  token.capitals = capitals >= 3 && capitals === length;
}

/** The hashes of a word by its letters. */
function close(token: Token): void {
  const { letters, length } = token;
  let hash = 0;
  let stem = 0;
  for (let at = 0; at < length; at++) {
    const letter = letters[at] ?? 0;
    if (at < STEM_UNITS) stem = mixed(stem, letter);
    hash = (hash + mixed(0x51ed270b, letter)) | 0;
  }
  token.hash = mixed(mixed(hash, letters[0] ?? 0), ((letters[length - 1] ?? 0) << 5) + length);
  token.stem = stem;
}

/** Whether a letter at `at` is one of an escape: `\n` before a word is a line break in JSON that was not parsed. */
function isEscape(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return at > 0 && text.charCodeAt(at - 1) === 92 && (unit === 110 || unit === 116 || unit === 114);
}

// Made once: a text is read to its end before the next one is begun.
const letters = new Uint16Array(WORD_UNITS);

/** Hands on each word of a text. Linear in the text. */
export function eachToken(text: string, take: (token: Token) => void): void {
  const token: Token = {
    from: 0,
    until: 0,
    hash: 0,
    stem: 0,
    alone: false,
    capitals: false,
    sign: 0,
    letters,
    length: 0,
  };
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
    token.sign = sign;
    token.alone = kind === ALONE;
    if (kind === ALONE) {
      letters[0] = unit;
      token.length = 1;
      token.until = at + 1;
      token.capitals = false;
    } else spell(text, token);
    close(token);
    take(token);
    at = token.until;
    sign = 0;
  }
}
