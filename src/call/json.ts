import { hash, randomUUID } from "node:crypto";
import canonicalize from "canonicalize";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** Where a value stands in a document: member names and array indexes from the root. */
export type JsonPath = readonly (string | number)[];

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Own members only, so that a key called `constructor` or `__proto__` is data and nothing else. */
export function member(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/**
 * `sha256:` and the hex SHA-256 of the RFC 8785 form; the same value digests alike however it was spelled. A number that
 * no double holds has no such form (`1e400` parses to Infinity): it stands bare in the text, as no JSON value does.
 */
export function digest(value: Json): string {
  const canonical = canonicalText(value);
  if (canonical === undefined) throw new TypeError("only JSON values have a digest");
  return digestBytes(canonical);
}

/** Deeper values than this go to the library, which needs no stack. */
const PLAIN_DEPTH = 16;

/** Text that JSON writes as it is. */
const UNESCAPED = /^[ !#-[\]-~]*$/;

function quoted(text: string): string | undefined {
  if (UNESCAPED.test(text)) return `"${text}"`;
  return text.isWellFormed() ? JSON.stringify(text) : undefined;
}

/** RFC 8785 of a plain value; undefined where only the library may say. Most arguments are plain, and this is the faster. */
function plainText(value: Json | undefined, depth: number): string | undefined {
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return Number.isFinite(value) ? String(value) : undefined;
  if (typeof value === "boolean" || value === null) return String(value);
  if (value === undefined || depth === 0) return undefined;
  let text = "";
  if (!isObject(value)) {
    for (const item of value) {
      const inner = plainText(item, depth - 1);
      if (inner === undefined) return undefined;
      text += text === "" ? inner : `,${inner}`;
    }
    return `[${text}]`;
  }
  for (const key of Object.keys(value).sort()) {
    const inner = plainText(value[key], depth - 1);
    const name = quoted(key);
    if (inner === undefined || name === undefined) return undefined;
    text += `${text === "" ? "" : ","}${name}:${inner}`;
  }
  return `{${text}}`;
}

function canonicalText(value: Json): string | undefined {
  const plain = plainText(value, PLAIN_DEPTH);
  if (plain !== undefined) return plain;
  try {
    return canonicalize(value);
  } catch {
    // Nobody can have written what is made up only now.
    const mark = randomUUID();
    const marked = JSON.parse(
      JSON.stringify(value, (_, one: unknown) =>
        one === Infinity || one === -Infinity ? `${mark}${one}` : one,
      ),
    ) as Json;
    return canonicalize(marked)?.replaceAll(new RegExp(`"${mark}(-?Infinity)"`, "g"), "$1");
  }
}

/** `sha256:` and the hex SHA-256 of bytes (text is taken as UTF-8). */
export function digestBytes(bytes: Uint8Array | string): string {
  return `sha256:${hash("sha256", bytes, "hex")}`;
}
