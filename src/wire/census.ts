import { isObject, type Json } from "../call/json.ts";

/** What one pass over JSON text counts. */
export interface Census {
  /** Members of all objects, a key that stands twice counted twice. */
  readonly members: number;
  /** Deepest nesting of arrays and objects. */
  readonly depth: number;
  /** Whether a number is long or has an exponent, so that a double may not hold it. */
  readonly odd_numbers: boolean;
}

/** A number of at most this many characters and without exponent has at most 15 digits, which every double keeps. */
const PLAIN_NUMBER = 15;

function isOdd(text: string, from: number, to: number): boolean {
  if (to - from > PLAIN_NUMBER) return true;
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x65 || code === 0x45) return true;
  }
  return false;
}

/** The closing quote of a string whose opening one is at `at`; the end of the text where it has none. */
function closing(text: string, at: number): number {
  let quote = text.indexOf('"', at + 1);
  while (quote > 0 && text.charCodeAt(quote - 1) === 0x5c) {
    let slashes = 1;
    while (text.charCodeAt(quote - 1 - slashes) === 0x5c) slashes++;
    if (slashes % 2 === 0) break;
    quote = text.indexOf('"', quote + 1);
  }
  return quote < 0 ? text.length : quote;
}

/**
 * Counts what is outside strings; the counts mean something only where the text is JSON. Ends early beyond `depth_limit`,
 * because a parser takes long over a text that is nothing but brackets.
 */
export function census(text: string, depth_limit: number): Census {
  let members = 0;
  let depth = 0;
  let deepest = 0;
  let odd_numbers = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = closing(text, at);
    else if (code === 0x3a) members++;
    else if (code === 0x7b || code === 0x5b) {
      if (++depth > deepest) deepest = depth;
      if (depth > depth_limit) break;
    } else if (code === 0x7d || code === 0x5d) depth--;
    else if (code === 0x2d || (code >= 0x30 && code <= 0x39)) {
      const from = at;
      // digits, sign, point, exponent: everything up to a comma, a bracket or white space
      for (
        let next = text.charCodeAt(at + 1);
        next > 0x20 && next !== 0x2c && next !== 0x7d && next !== 0x5d;
      ) {
        next = text.charCodeAt(++at + 1);
      }
      if (!odd_numbers) odd_numbers = isOdd(text, from, at + 1);
    }
  }
  return { members, depth: deepest, odd_numbers };
}

/** Own members of all objects in a parsed value: fewer than the text has where a key stands twice. */
export function countMembers(value: Json): number {
  if (typeof value !== "object" || value === null) return 0;
  let count = 0;
  if (isObject(value)) {
    for (const key in value) {
      count++;
      const inner = value[key];
      if (typeof inner === "object" && inner !== null) count += countMembers(inner);
    }
    return count;
  }
  for (const inner of value) if (typeof inner === "object" && inner !== null) count += countMembers(inner);
  return count;
}

/** Whether every string, keys too, is well-formed Unicode. Bytes that are UTF-8 can only break this by escapes. */
export function isWellFormed(value: Json): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (!isObject(value)) return value.every(isWellFormed);
  return Object.entries(value).every(
    ([key, inner]) => key.isWellFormed() && (inner === undefined || isWellFormed(inner)),
  );
}
