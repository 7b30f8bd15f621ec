import { isObject, type Json, type JsonObject } from "./json.ts";
import type { Finding } from "./verdict.ts";

/** What data is, from what anybody may see to what harms whom it is about. The highest that is said of something holds. */
export const DATA_CLASSES = [
  "public",
  "internal",
  "confidential",
  "restricted",
  "personal",
  "sensitive_personal",
] as const;
export type DataClass = (typeof DATA_CLASSES)[number];

/** What nobody says anything of. */
export const UNCLASSIFIED: DataClass = "internal";

/** A class as it is written, in small or large letters; undefined where it is none. */
export function readClass(text: unknown): DataClass | undefined {
  return typeof text === "string" ? DATA_CLASSES.find((each) => each === text.toLowerCase()) : undefined;
}

export function higher(one: DataClass | undefined, other: DataClass | undefined): DataClass | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return DATA_CLASSES.indexOf(one) >= DATA_CLASSES.indexOf(other) ? one : other;
}

/** What a finding shows the data to be. */
const BY_FINDING: Readonly<Record<string, DataClass>> = { pii: "personal", secret: "restricted" };

export function classOfFindings(findings: readonly Finding[]): DataClass | undefined {
  return findings.reduce<DataClass | undefined>(
    (all, found) => higher(all, BY_FINDING[found.class]),
    undefined,
  );
}

/** The key in a schema that says what the data is. */
const TAG = "x-classification";
const DEPTH = 8;
const MEMBERS = 1_000;

function tagged(
  schema: Json | undefined,
  given: Json | undefined,
  depth: number,
  left: { members: number },
): DataClass | undefined {
  if (!isObject(schema) || depth === 0) return undefined;
  let all = readClass(schema[TAG]);
  const { properties, items } = schema;
  if (isObject(properties) && isObject(given))
    for (const [name, inner] of Object.entries(properties)) {
      if ((left.members -= 1) < 0) return DATA_CLASSES.at(-1);
      if (Object.hasOwn(given, name)) all = higher(all, tagged(inner, given[name], depth - 1, left));
    }
  if (Array.isArray(given) && isObject(items))
    for (const item of given as readonly Json[]) {
      if ((left.members -= 1) < 0) return DATA_CLASSES.at(-1);
      all = higher(all, tagged(items, item, depth - 1, left));
    }
  return all;
}

/**
 * What the schema of a tool says of the arguments of a call: its own `x-classification`, and that of each argument that is there,
 * eight levels deep. A schema or a list too large to look through counts as the highest.
 */
export function classOfArguments(schema: Json | undefined, args: JsonObject): DataClass | undefined {
  return tagged(schema, args, DEPTH, { members: MEMBERS });
}
