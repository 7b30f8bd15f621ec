import { isObject, type Json, type JsonObject, type JsonPath, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";

/** Where what a legacy client may only get inside an object stands in that object (as the SDK's servers have it). */
const INSIDE = "/properties/result";
export const BEFORE_SCHEMA = Buffer.from('{"type":"object","properties":{"result":');
export const AFTER_SCHEMA = Buffer.from('},"required":["result"]}');
export const BEFORE_VALUE = Buffer.from('{"result":');
export const AFTER_VALUE = Buffer.from("}");

/** Keywords whose values are data, in which a `$ref` means nothing. */
const DATA: ReadonlySet<string> = new Set(["const", "enum", "default", "examples"]);
/** Keywords whose members are named by the author, each a schema. */
const NAMED: ReadonlySet<string> = new Set([
  "properties",
  "patternProperties",
  "$defs",
  "definitions",
  "dependentSchemas",
  "dependencies",
]);
const REFERENCES: ReadonlySet<string> = new Set(["$ref", "$dynamicRef"]);

/** Whether a tool's `outputSchema` is one that revisions before 2026-07-28 do not have: they want `type: "object"`. */
export function isWrapped(outputSchema: Json | undefined): boolean {
  return isObject(outputSchema) && member(outputSchema, "type") !== "object";
}

/** Whether references inside it are resolved against a document of its own. */
function isDocument(schema: JsonObject): boolean {
  const id = member(schema, "$id");
  return id !== undefined && !(typeof id === "string" && id.startsWith("#"));
}

/**
 * References of a schema into itself, as they must be once it stands inside another. `path` is where the schema stands.
 * What has a base of its own (`$id`) is let be.
 */
export function movedReferences(schema: Json | undefined, path: JsonPath): readonly Edit[] {
  return [...moved(schema, path, false)];
}

function* moved(value: Json | undefined, path: JsonPath, named: boolean): Generator<Edit> {
  if (Array.isArray(value)) {
    for (const [at, one] of (value as readonly Json[]).entries()) yield* moved(one, [...path, at], false);
    return;
  }
  if (!isObject(value) || (!named && isDocument(value))) return;
  for (const [key, inner] of Object.entries(value)) {
    const at = [...path, key];
    if (named) yield* moved(inner, at, false);
    else if (REFERENCES.has(key) && typeof inner === "string") {
      if (inner === "#" || inner.startsWith("#/"))
        yield { kind: "set", path: at, to: `#${INSIDE}${inner.slice(1)}` };
    } else if (!DATA.has(key)) yield* moved(inner, at, NAMED.has(key));
  }
}
