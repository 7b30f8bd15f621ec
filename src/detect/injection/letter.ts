/** What a UTF-16 unit is to a reader of words. */
export const BREAK = 1;
export const LETTER = 2;
const DIGIT = 3;
/** A character that is a word of its own, in scripts without spaces. */
export const ALONE = 4;

/** Filled as units are first met: 0 is not looked up yet. */
const KIND = new Uint8Array(65_536);
const LOWER = new Uint16Array(65_536);

function isAlone(unit: number): boolean {
  return (
    (unit >= 0x3040 && unit <= 0x30ff) ||
    (unit >= 0x3400 && unit <= 0x9fff) ||
    (unit >= 0xac00 && unit <= 0xd7af)
  );
}

function learn(unit: number): number {
  const letter = String.fromCharCode(unit);
  const lower = letter.toLowerCase();
  LOWER[unit] = lower.length === 1 ? lower.charCodeAt(0) : unit;
  const kind = isAlone(unit)
    ? ALONE
    : /[\p{L}\p{M}]/u.test(letter)
      ? LETTER
      : /\p{N}/u.test(letter)
        ? DIGIT
        : BREAK;
  KIND[unit] = kind;
  return kind;
}

export function kindOf(unit: number): number {
  const kind = KIND[unit] ?? 0;
  return kind === 0 ? learn(unit) : kind;
}

/** What a word is spelled with: the small form of a letter, 48 for every digit, 0 for what no word has. */
export function smallOf(unit: number): number {
  const small = SMALL[unit] ?? 0;
  return small === UNKNOWN ? learnSmall(unit) : small;
}

const UNKNOWN = 1;
const SMALL = new Uint16Array(65_536).fill(UNKNOWN);

function learnSmall(unit: number): number {
  const kind = kindOf(unit);
  const small = kind === LETTER ? (LOWER[unit] ?? unit) : kind === DIGIT ? 48 : 0;
  SMALL[unit] = small;
  return small;
}
