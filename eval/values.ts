import { isObject, type Json } from "../src/call/json.ts";
import type { Row } from "./corpus.ts";

/** Characters of a value that is taken; longer ones are texts. */
const MOST = 300;
const QUOTED = /(?:e\.g\.?,?:?|example:?|such as|like)\s*["'`]([^"'`\n]{2,200})["'`]/gi;

/** Puts a value as the argument that its definition calls it. */
type Put = (name: string, value: Json) => void;

function walked(value: Json | undefined, name: string, put: Put): void {
  if (Array.isArray(value)) for (const item of value) walked(item, name, put);
  if (value === undefined || !isObject(value)) return;
  for (const [key, item] of Object.entries(value)) {
    if ((key === "default" || key === "example" || key === "const") && typeof item === "string")
      put(name, item);
    else if ((key === "examples" || key === "enum") && Array.isArray(item))
      for (const one of item) put(name, one);
    else if (key === "description" && typeof item === "string")
      for (const [, said = ""] of item.matchAll(QUOTED)) put(name, said);
    else if (key === "properties" && isObject(item))
      for (const [property, schema] of Object.entries(item)) walked(schema, property, put);
    else walked(item, name, put);
  }
}

/**
 * Values that definitions of tools give as examples, defaults and choices, each as the arguments of a call: what ordinary calls carry, as
 * near as public data come to it. Each once.
 */
export function valuesOf(rows: readonly Row[]): readonly string[] {
  const values = new Set<string>();
  const put: Put = (name, value) => {
    if (typeof value === "number" || (typeof value === "string" && value.length < 2)) return;
    const text = JSON.stringify({ [name]: value });
    if (text.length <= MOST) values.add(text);
  };
  for (const { text } of rows) {
    try {
      walked(JSON.parse(text) as Json, "value", put);
    } catch {
      // A definition that was cut has no values.
    }
  }
  return [...values];
}
