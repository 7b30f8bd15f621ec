/** Where each code point of a text begins, in UTF-16 units, and its end. */
export function startsOf(text: string): readonly number[] {
  const at: number[] = [];
  let unit = 0;
  for (const character of text) {
    at.push(unit);
    unit += character.length;
  }
  at.push(unit);
  return at;
}

/** A part of a text that is looked at by itself. */
export interface Part {
  readonly text: string;
  /** UTF-16 units of the text that it is of. */
  readonly from: number;
}

/** Units of a part: what models read of a text at once is seldom more than 512 tokens. */
const PART = 1_000;
const OVERLAP = 200;

/** A text in parts that overlap, so that a model that reads no further than its beginning reads all of it. */
export function partsOf(text: string): readonly Part[] {
  const parts: Part[] = [];
  for (let from = 0; ; from += PART - OVERLAP) {
    const part = text.slice(from, from + PART).toWellFormed();
    if (part.trim() !== "") parts.push({ text: part, from });
    if (from + PART >= text.length) return parts;
  }
}
