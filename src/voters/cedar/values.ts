import type { CedarValueJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Json } from "../../call/json.ts";

/** Cedar's own recursion is bounded by its stack; nothing that a person calls by hand is as deep. */
const DEPTH = 32;
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
 * a set. Throws Unspeakable for every other number, for what is too deep, and for members that Cedar reads as its own.
 */
export function valueOf(value: Json, depth: number = DEPTH): CedarValueJson {
  if (value === null) return { __entity: { type: "Json", id: "null" } };
  if (typeof value === "number") return numberOf(value);
  if (typeof value !== "object") return value;
  if (depth === 0) throw new Unspeakable("cannot look at arguments that are nested so deep");
  if (Array.isArray(value)) return (value as readonly Json[]).map((each) => valueOf(each, depth - 1));
  const record: Record<string, CedarValueJson> = Object.create(null) as Record<string, CedarValueJson>;
  for (const [key, each] of Object.entries(value)) {
    if (ESCAPES.has(key)) throw new Unspeakable(`cannot look at an argument that is called ${key}`);
    if (each !== undefined) record[key] = valueOf(each, depth - 1);
  }
  return record;
}

function numberOf(value: number): CedarValueJson {
  if (Number.isSafeInteger(value)) return value === 0 ? 0 : value;
  const text = String(value);
  if (DECIMAL.test(text)) return { __extn: { fn: "decimal", arg: text } };
  throw new Unspeakable("has no value for a number with so many digits");
}
