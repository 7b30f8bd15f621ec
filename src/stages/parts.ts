import { isObject, type Json, type JsonObject, member } from "../call/json.ts";

/** What a subschema applies, and where. Booleans are left out: they cost nothing. */
export interface Parts {
  /** To the value itself. */
  readonly here: readonly JsonObject[];
  /** To a member by its name: at most one of them to each. */
  readonly named: readonly JsonObject[];
  /** To members by anything else, and to their names. */
  readonly keyed: readonly JsonObject[];
  /** To an item by its place: at most one of them to each. */
  readonly placed: readonly JsonObject[];
  readonly listed: readonly JsonObject[];
  readonly unique: boolean;
  /** The steps of its own words, one at least. */
  readonly weight: number;
  /** The steps of what it does to text, for each few characters. */
  readonly textWeight: number;
}

const HERE = ["not", "if", "then", "else", "allOf", "anyOf", "oneOf"];
const HERE_BY_NAME = ["dependentSchemas", "dependencies"];
const KEYED = ["additionalProperties", "propertyNames", "unevaluatedProperties"];
const LISTED = ["additionalItems", "contains", "unevaluatedItems"];
/** A regular expression costs about as much as so many plain looks at the same text. */
const PATTERN_STEPS = 16;

/** Everything that carries an anchor, by its name, wherever it stands. */
export function entriesOf(root: JsonObject): ReadonlyMap<string, readonly JsonObject[]> {
  const found = new Map<string, JsonObject[]>();
  const waiting: Json[] = [root];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (Array.isArray(value)) for (const each of value as readonly Json[]) waiting.push(each);
    if (!isObject(value)) continue;
    for (const each of Object.values(value)) if (each !== undefined) waiting.push(each);
    for (const name of new Set([value["$anchor"], value["$dynamicAnchor"]])) {
      if (typeof name !== "string") continue;
      const known = found.get(name);
      if (known === undefined) found.set(name, [value]);
      else known.push(value);
    }
  }
  return found;
}

function pointed(root: JsonObject, pointer: string): Json | undefined {
  let at: Json | undefined = root;
  for (const step of pointer.split("/").slice(1)) {
    const name = step.replaceAll("~1", "/").replaceAll("~0", "~");
    at = Array.isArray(at) ? (at as readonly Json[])[Number(name)] : member(at, name);
  }
  return at;
}

/** What a reference can lead to: one place, or every one of a dynamic anchor. */
function targets(
  ref: string,
  root: JsonObject,
  entries: ReturnType<typeof entriesOf>,
): readonly JsonObject[] {
  if (!ref.startsWith("#")) throw new RangeError("a reference leaves the schema");
  const name = decodeURIComponent(ref.slice(1));
  if (name !== "" && !name.startsWith("/")) {
    const found = entries.get(name);
    if (found === undefined) throw new RangeError("a reference of the schema leads nowhere");
    return found;
  }
  const found = pointed(root, name.replace(/\/$/, ""));
  if (typeof found === "boolean") return [];
  if (!isObject(found)) throw new RangeError("a reference of the schema leads nowhere");
  return [found];
}

function schemas(value: Json | undefined): readonly JsonObject[] {
  if (Array.isArray(value)) return (value as readonly Json[]).filter(isObject);
  return isObject(value) ? [value] : [];
}

function byName(value: Json | undefined): readonly JsonObject[] {
  return isObject(value) ? Object.values(value).filter(isObject) : [];
}

/** Lists and maps by their length; values that are compared whole by their text, too. */
function weightOf(schema: JsonObject): number {
  let weight = 1;
  for (const [key, value] of Object.entries(schema)) {
    if (key === "enum" || key === "const") {
      const values: readonly Json[] = key === "enum" && Array.isArray(value) ? value : [value ?? null];
      for (const each of values) weight += typeof each === "object" ? JSON.stringify(each).length / 8 : 1;
    } else if (key === "required" && Array.isArray(value)) weight += value.length;
    else if (/^(?:properties|patternProperties|depend.*)$/.test(key) && isObject(value))
      weight += Object.keys(value).length;
    else if (key === "pattern" || key === "format") weight += PATTERN_STEPS;
  }
  return weight;
}

function textWeightOf(schema: JsonObject): number {
  const has = (key: string): number => (Object.hasOwn(schema, key) ? 1 : 0);
  const patterns = has("pattern") + has("format") + Object.keys(schema["patternProperties"] ?? {}).length;
  return PATTERN_STEPS * patterns + has("minLength") + has("maxLength") + has("uniqueItems");
}

/** What a subschema applies, by the words of draft 6 to 2020-12. Throws RangeError where a reference has no target here. */
export function partsOf(schema: JsonObject, root: JsonObject, entries: ReturnType<typeof entriesOf>): Parts {
  const refs = ["$ref", "$dynamicRef", "$recursiveRef"].flatMap((key) => {
    const ref = schema[key];
    return typeof ref === "string" ? targets(ref, root, entries) : [];
  });
  const items = schema["items"];
  return {
    here: [
      ...refs,
      ...HERE.flatMap((key) => schemas(schema[key])),
      ...HERE_BY_NAME.flatMap((key) => byName(schema[key])),
    ],
    named: byName(schema["properties"]),
    keyed: [...byName(schema["patternProperties"]), ...KEYED.flatMap((key) => schemas(schema[key]))],
    placed: [...schemas(items), ...schemas(schema["prefixItems"])],
    listed: LISTED.flatMap((key) => schemas(schema[key])),
    unique: schema["uniqueItems"] === true,
    weight: weightOf(schema),
    textWeight: textWeightOf(schema),
  };
}
