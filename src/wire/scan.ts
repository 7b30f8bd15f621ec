/** Steps over JSON text that is known to be valid, by bytes: structure is ASCII, so UTF-8 needs no decoding. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
export const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
export const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The first byte at or after `at` that is no white space. */
export function skipSpace(bytes: Buffer, at: number): number {
  let byte = bytes[at];
  while (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) byte = bytes[++at];
  return at;
}

/** Beyond this many bytes of a string, searching natively is cheaper than a loop. */
const SHORT_STRING = 32;

/** From an opening quote to the byte after its closing one. */
function skipString(bytes: Buffer, at: number): number {
  at++;
  for (const long = at + SHORT_STRING; at < long; ) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    at += byte === BACKSLASH ? 2 : 1;
  }
  for (;;) {
    const quote = bytes.indexOf(QUOTE, at);
    let slashes = 0;
    while (quote - slashes > at && bytes[quote - slashes - 1] === BACKSLASH) slashes++;
    at = quote + 1;
    if (slashes % 2 === 0) return at;
  }
}

/** How many bytes, and how many UTF-16 units, the character or escape of a string takes that begins at `at`. */
export function unitsAt(bytes: Buffer, at: number): { readonly width: number; readonly units: number } {
  const byte = bytes[at] ?? 0;
  if (byte === BACKSLASH) return { width: bytes[at + 1] === 0x75 ? 6 : 2, units: 1 };
  if (byte < 0x80) return { width: 1, units: 1 };
  if (byte < 0xe0) return { width: 2, units: 1 };
  return byte < 0xf0 ? { width: 3, units: 1 } : { width: 4, units: 2 };
}

/** From the first byte of a value to the byte after its last. */
export function skipValue(bytes: Buffer, at: number): number {
  let depth = 0;
  for (;;) {
    const byte = bytes[at];
    if (byte === QUOTE) at = skipString(bytes, at);
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      depth++;
      at++;
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      depth--;
      at++;
    } else if (depth === 0) return skipScalar(bytes, at);
    else at++;
    if (depth === 0) return at;
  }
}

/** From the first byte of a number or a word to the byte after its last. */
export function skipScalar(bytes: Buffer, at: number): number {
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? COMMA;
    if (byte <= 0x20 || byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) break;
  }
  return at;
}

/** The string between two quotes: `from` at the first, `to` after the second. */
function stringAt(bytes: Buffer, from: number, to: number): string {
  const text = bytes.toString("utf8", from + 1, to - 1);
  return text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
}

/** Visits the members of the object that opens at `at`: `visit` gets key and first byte of the value, gives the byte after it. */
export function eachMember(
  bytes: Buffer,
  at: number,
  visit: (value: number, start: number, key: string) => number,
): number {
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_OBJECT) return at + 1;
  for (;;) {
    const ends = skipString(bytes, at);
    const value = skipSpace(bytes, skipSpace(bytes, ends) + 1);
    const after = skipSpace(bytes, visit(value, at, stringAt(bytes, at, ends)));
    if (bytes[after] !== COMMA) return after + 1;
    at = skipSpace(bytes, after + 1);
  }
}

/** Visits the elements of the array that opens at `at`, like `eachMember`. */
export function eachElement(
  bytes: Buffer,
  at: number,
  visit: (value: number, start: number, index: number) => number,
): number {
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_ARRAY) return at + 1;
  for (let index = 0; ; index++) {
    const after = skipSpace(bytes, visit(at, at, index));
    if (bytes[after] !== COMMA) return after + 1;
    at = skipSpace(bytes, after + 1);
  }
}
