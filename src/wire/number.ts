import type { JsonPath } from "../call/json.ts";
import {
  eachElement,
  eachMember,
  OPEN_ARRAY,
  OPEN_OBJECT,
  skipScalar,
  skipSpace,
  skipValue,
} from "./scan.ts";

/** The digits that count: without sign, point, exponent and the zeros at either end. */
function significant(text: string): string {
  const digits = text.replace(/[eE].*$/, "").replace(/[-.]/g, "");
  let first = 0;
  while (digits[first] === "0") first++;
  let last = digits.length;
  while (last > first && digits[last - 1] === "0") last--;
  return digits.slice(first, last);
}

/**
 * Whether the decimal value of a JSON number is that of the shortest form of the double it parses to.
 * `1.0`, `1e3` and `0.1` are exact; `9007199254740993`, `1e400`, `1e-400` and `0.1000000000000000055` are not.
 * Rounding keeps sign and magnitude wherever it keeps the digits, so the digits are enough; `Infinity` has none of them.
 */
function isExact(text: string): boolean {
  return significant(text) === significant(String(Number(text)));
}

/** Paths of the numbers in a valid document that are not exact, in the order they stand. */
export function inexactIn(bytes: Buffer): readonly JsonPath[] {
  const found: JsonPath[] = [];
  const path: (string | number)[] = [];
  const below = (value: number, _start: number, key: string | number): number => {
    path.push(key);
    const end = visit(value);
    path.pop();
    return end;
  };
  const visit = (at: number): number => {
    const byte = bytes[at];
    if (byte === OPEN_OBJECT) return eachMember(bytes, at, below);
    if (byte === OPEN_ARRAY) return eachElement(bytes, at, below);
    if (byte !== 0x2d && (byte === undefined || byte < 0x30 || byte > 0x39)) return skipValue(bytes, at);
    const end = skipScalar(bytes, at);
    if (!isExact(bytes.toString("latin1", at, end))) found.push([...path]);
    return end;
  };
  visit(skipSpace(bytes, 0));
  return found;
}
