import type { Fault } from "../call/fault.ts";
import { isObject, member, type Json, type JsonObject } from "../call/json.ts";
import { mismatch } from "./era.ts";
import { decodeMirrored, encodeMirrored, field, type HeaderFields } from "./field.ts";

/** An argument of a tool that `Mcp-Param-{name}` mirrors. */
export interface ParamHeader {
  readonly path: readonly string[];
  readonly name: string;
  readonly type: "string" | "integer" | "boolean" | "number";
}

const ANNOTATION = "x-mcp-header";
/** RFC 9110 §5.6.2. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const DECIMAL = /^-?\d+(\.\d+)?$/;
/** `number` makes the tool invalid for clients, and yet its headers are checked, as the SDK's server does. */
const TYPES: ReadonlySet<unknown> = new Set(["string", "integer", "boolean", "number"]);
/** Where a schema holds schemas that `properties` alone does not lead to: an annotation there makes the tool invalid. */
const ONE_OR_MANY = [
  "items",
  "prefixItems",
  "contains",
  "additionalProperties",
  "unevaluatedProperties",
  "unevaluatedItems",
  "propertyNames",
  "oneOf",
  "anyOf",
  "allOf",
  "not",
  "if",
  "then",
  "else",
];
const NAMED = ["patternProperties", "dependentSchemas", "$defs", "definitions"];

/** Every schema inside a schema, and the keys of `properties` that lead to it from the root (undefined: none do). */
function* schemas(schema: Json | undefined, path: readonly string[] | undefined): Generator<Place> {
  if (!isObject(schema)) return;
  yield { schema, path };
  const properties = member(schema, "properties");
  if (isObject(properties)) {
    for (const [key, inner] of Object.entries(properties))
      yield* schemas(inner, path === undefined ? path : [...path, key]);
  }
  for (const keyword of ONE_OR_MANY) {
    const inner = member(schema, keyword);
    for (const one of Array.isArray(inner) ? (inner as readonly Json[]) : [inner])
      yield* schemas(one, undefined);
  }
  for (const keyword of NAMED) {
    const inner = member(schema, keyword);
    if (isObject(inner)) for (const one of Object.values(inner)) yield* schemas(one, undefined);
  }
}

interface Place {
  readonly schema: JsonObject;
  readonly path: readonly string[] | undefined;
}

/** The annotations of a schema, or undefined where one of them is not valid. */
function annotations(inputSchema: JsonObject): readonly ParamHeader[] | undefined {
  const found = new Map<string, ParamHeader>();
  for (const { schema, path } of schemas(inputSchema, [])) {
    const name = member(schema, ANNOTATION);
    if (name === undefined) continue;
    const type = member(schema, "type");
    if (path === undefined || path.length === 0 || typeof name !== "string") return undefined;
    if (!TOKEN.test(name) || !TYPES.has(type) || found.has(name.toLowerCase())) return undefined;
    found.set(name.toLowerCase(), { path, name, type: type as ParamHeader["type"] });
  }
  return [...found.values()];
}

const known = new WeakMap<object, readonly ParamHeader[]>();

/** The annotated arguments of a tool (2026-07-28, `x-mcp-header`); none where an annotation is not valid. Kept per schema. */
export function paramHeaders(inputSchema: Json | undefined): readonly ParamHeader[] {
  if (!isObject(inputSchema)) return [];
  const kept = known.get(inputSchema);
  if (kept !== undefined) return kept;
  const found = annotations(inputSchema) ?? [];
  known.set(inputSchema, found);
  return found;
}

/** Whether a client over HTTP may show the tool at all (2026-07-28, transports: others it must leave out of the list). */
export function isSound(inputSchema: Json | undefined): boolean {
  const found = isObject(inputSchema) ? annotations(inputSchema) : [];
  return found !== undefined && found.every(({ type }) => type !== "number");
}

/** How an argument is mirrored; undefined where it cannot be and no header is expected. */
function written(value: Json): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value === "boolean") return String(value);
  if (typeof value !== "number" || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return undefined;
  return Number.isFinite(value) ? String(value) : undefined;
}

/** The `Mcp-Param-*` that these arguments need, for when the gate is the client (lower-case names). */
export function paramFields(annotated: readonly ParamHeader[], args: JsonObject): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { path, name } of annotated) {
    const value = path.reduce<Json | undefined>(member, args);
    const text = value === undefined || value === null ? undefined : written(value);
    if (text !== undefined) fields[`mcp-param-${name.toLowerCase()}`] = encodeMirrored(text);
  }
  return fields;
}

/**
 * `Mcp-Param-*` against the arguments of a `tools/call` (2026-07-28, basic/transports): an annotated argument that is
 * there must be mirrored, and say the same. Headers that no annotation asks for are let be.
 */
export function checkParamHeaders(
  headers: HeaderFields,
  inputSchema: Json | undefined,
  args: JsonObject,
): Fault | undefined {
  for (const { path, name, type } of paramHeaders(inputSchema)) {
    const value = path.reduce<Json | undefined>(member, args);
    const body = value === undefined || value === null ? undefined : written(value);
    if (body === undefined) continue;
    const argument = path.join(".");
    const header = field(headers, `mcp-param-${name.toLowerCase()}`);
    if (header === undefined)
      return mismatch("(missing)", `the Mcp-Param-${name} header that mirrors ${argument} is absent`);
    const said = decodeMirrored(header);
    if (said === undefined)
      return mismatch(header, `the Mcp-Param-${name} header is not valid base64 of UTF-8`);
    const numeric =
      (type === "integer" || type === "number") && typeof value === "number" && DECIMAL.test(said);
    if (numeric ? Number(said) !== value : said !== body) {
      return mismatch(header, `the Mcp-Param-${name} header does not say what the argument ${argument} says`);
    }
  }
  return undefined;
}
