import type { CedarValueJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Json } from "../../call/json.ts";

/** Cedar's own recursion is bounded by its stack; nothing that a person calls by hand is as deep. */
const DEPTH = 32;
/** Cedar takes some ten µs for each, and nobody else is served meanwhile. */
const VALUES = 2000;
/** How Cedar's JSON writes what is no plain value: in arguments it would be a client that says what an entity is. */
const ESCAPES: ReadonlySet<string> = new Set(["__entity", "__extn", "__expr"]);
const DECIMAL = /^-?\d{1,14}\.\d{1,4}$/;

/** Something that Cedar has no value for. `message` goes on after "it". */
export class Unspeakable extends Error {
  override readonly name = "Unspeakable";
}

/**
 * A JSON value as Cedar sees it. A whole number is a `Long`, one with up to four digits after the point a `decimal`;
 * `null` is the entity `Json::"null"`, so that `has` finds it and no comparison takes it for something else; a list is
 * a set. Throws Unspeakable for every other number, for what is too deep or too much, and for members that Cedar reads
 * as its own.
 */
export function valueOf(value: Json): CedarValueJson {
  let left = VALUES;
  const speak = (each: Json, depth: number): CedarValueJson => {
    left -= 1;
    if (left < 0) throw new Unspeakable("cannot look at so many arguments");
    if (each === null) return { __entity: { type: "Json", id: "null" } };
    if (typeof each === "number") return numberOf(each);
    if (typeof each !== "object") return each;
    if (depth === 0) throw new Unspeakable("cannot look at arguments that are nested so deep");
    if (Array.isArray(each)) return (each as readonly Json[]).map((item) => speak(item, depth - 1));
    const record: Record<string, CedarValueJson> = Object.create(null) as Record<string, CedarValueJson>;
    for (const [key, inner] of Object.entries(each)) {
      if (ESCAPES.has(key)) throw new Unspeakable(`cannot look at an argument that is called ${key}`);
      if (inner !== undefined) record[key] = speak(inner, depth - 1);
    }
    return record;
  };
  return speak(value, DEPTH);
}

function numberOf(value: number): CedarValueJson {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const text = String(value);
  if (DECIMAL.test(text)) return { __extn: { fn: "decimal", arg: text } };
  throw new Unspeakable("has no value for a number with so many digits");
}
