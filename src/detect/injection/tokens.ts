import { unitsOf } from "../units.ts";
import { ALONE, BREAK, kindOf, LETTER, smallOf } from "./letter.ts";

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
  /** The text, and how long it is. */
  readonly text: Uint16Array;
  readonly size: number;
  /** Where what follows from its letters alone may be remembered, -1 for nowhere; and which word the place is taken by. */
  slot: number;
  taken: number;
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
function afterEmphasis({ text, size }: Token, at: number): number {
  let next = at;
  while (next < size && next - at < 4 && isEmphasis(text[next] ?? 0)) next++;
  return next > at && next < size && kindOf(text[next] ?? 0) === LETTER ? next : -1;
}

/** Reads the letters of the word that begins at `token.from`. */
function spell(token: Token): void {
  const { letters, text, size } = token;
  let at = token.from;
  let length = 0;
  let capitals = 0;
  let key = 0;
  while (at < size && length < WORD_UNITS) {
    const unit = text[at] ?? 0;
    const letter = smallOf(unit);
    if (letter === 0) {
      const next = isEmphasis(unit) ? afterEmphasis(token, at) : -1;
      if (next === -1) break;
      at = next;
      continue;
    }
    if (letter !== unit && letter !== 48) capitals++;
    letters[length++] = letter;
    key = (Math.imul(key, 31) + letter) | 0;
    at++;
  }
  token.until = at;
  token.length = length;
  token.capitals = capitals >= 3 && capitals === length;
  token.slot = mixed(key, length) & (MET - 1);
}

/** Places for words that were met: most words of a text are few, and come again and again. */
export const MET = 4096;
const spelled = new Uint16Array(MET * WORD_UNITS);
const lengths = new Uint8Array(MET);
const hashes = new Int32Array(MET);
const stems = new Int32Array(MET);
/** How often each place was taken by another word. */
const takings = new Int32Array(MET);

function isMet({ letters, length, slot }: Token): boolean {
  if (lengths[slot] !== length) return false;
  const first = slot * WORD_UNITS;
  for (let at = 0; at < length; at++) if (spelled[first + at] !== letters[at]) return false;
  return true;
}

/** The hashes of a word, worked out or from before: they follow from its letters alone. */
function closeOnce(token: Token): void {
  const { slot } = token;
  if (isMet(token)) {
    token.hash = hashes[slot] ?? 0;
    token.stem = stems[slot] ?? 0;
  } else {
    close(token);
    for (let at = 0; at < token.length; at++) spelled[slot * WORD_UNITS + at] = token.letters[at] ?? 0;
    lengths[slot] = token.length;
    hashes[slot] = token.hash;
    stems[slot] = token.stem;
    takings[slot] = (takings[slot] ?? 0) + 1;
  }
  token.taken = takings[slot] ?? 0;
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
function isEscape(text: Uint16Array, at: number, unit: number): boolean {
  return (unit === 110 || unit === 116 || unit === 114) && at > 0 && text[at - 1] === 92;
}

// Made once: a text is read to its end before the next one is begun.
const letters = new Uint16Array(WORD_UNITS);

/** A record before the first word of a text. */
export function tokenBefore(text: string): Token {
  return {
    text: unitsOf(text),
    size: text.length,
    from: 0,
    until: 0,
    hash: 0,
    stem: 0,
    alone: false,
    capitals: false,
    sign: 0,
    letters,
    length: 0,
    slot: -1,
    taken: 0,
  };
}

/** Goes on to the next word of a text; false where there is none. Linear in the text, and without a call for each word. */
export function nextToken(token: Token): boolean {
  const { text, size } = token;
  let sign = 0;
  for (let at = token.until; at < size; at++) {
    const unit = text[at] ?? 0;
    const kind = kindOf(unit);
    if (kind === BREAK) {
      if (unit > 32) sign = unit < 128 ? unit : 127;
      continue;
    }
    if (isEscape(text, at, unit)) continue;
    token.from = at;
    token.sign = sign;
    token.alone = kind === ALONE;
    if (kind === ALONE) {
      letters[0] = unit;
      token.length = 1;
      token.until = at + 1;
      token.capitals = false;
      token.slot = -1;
      close(token);
    } else {
      spell(token);
      closeOnce(token);
    }
    return true;
  }
  return false;
}
