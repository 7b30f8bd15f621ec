import type { Ajv } from "ajv";
import type { Json, JsonObject } from "../call/json.ts";

/** One text for each JSON value, whatever the order of its members; `1e400` (Infinity) is a value of its own. */
function canonical(value: Json | undefined): string {
  if (typeof value === "number") return `${value}`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "";
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(canonical).join()}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonical((value as JsonObject)[key])}`).join()}}`;
}

/** Whether no two of the items are equal as JSON Schema has it: `1` and `1.0` are, and so are objects in any order. */
function unique(items: readonly Json[]): boolean {
  const seen = new Set<string>();
  for (const item of items) if (seen.size === seen.add(canonical(item)).size) return false;
  return true;
}

/** Puts a linear `uniqueItems` in the place of the library's, which compares every object with every other. */
export function addUniqueItems(ajv: Ajv): void {
  ajv.removeKeyword("uniqueItems");
  ajv.addKeyword({
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must NOT have duplicate items" },
    validate: (wanted: boolean, items: readonly Json[]) => !wanted || unique(items),
  });
}
