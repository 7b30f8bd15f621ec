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

/** A decimal number as its significant digits and the power of ten of the first one: `-12.50` is `-`, `125`, 1. */
function normal(text: string): { readonly digits: string; readonly sign: string; readonly power: bigint } {
  const sign = text.startsWith("-") ? "-" : "";
  const [mantissa = "", exponent = "0"] = text.slice(sign.length).split(/[eE]/);
  const [whole = "", fraction = ""] = mantissa.split(".");
  const all = whole + fraction;
  let first = 0;
  while (all[first] === "0") first++;
  let last = all.length;
  while (last > first && all[last - 1] === "0") last--;
  const digits = all.slice(first, last);
  if (digits === "") return { digits, sign: "", power: 0n };
  return { digits, sign, power: BigInt(exponent) + BigInt(whole.length - first) };
}

/** No exponent of a double has more digits than this; longer ones would only cost time. */
const EXPONENT_DIGITS = 20;

/**
 * Whether the decimal value of a JSON number is that of the shortest form of the double it parses to.
 * `1.0`, `1e3` and `0.1` are exact; `9007199254740993`, `1e400`, `1e-400` and `0.1000000000000000055` are not.
 */
function isExact(text: string): boolean {
  const value = Number(text);
  if (!Number.isFinite(value)) return false;
  const exponent = /[eE][+-]?0*(\d*)$/.exec(text)?.[1] ?? "";
  if (exponent.length > EXPONENT_DIGITS) return /^-?[0.]*[eE]/.test(text);
  const said = normal(text);
  const kept = normal(String(value));
  return said.digits === kept.digits && said.sign === kept.sign && said.power === kept.power;
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
