import { readFileSync } from "node:fs";

interface Attribute {
  readonly type: string;
  readonly requirement: "required" | "recommended" | "optional";
  readonly array?: boolean;
  readonly enum?: readonly number[];
  readonly object?: string;
}
interface Schema {
  readonly class: Readonly<Record<string, Attribute>>;
  readonly objects: Readonly<
    Record<
      string,
      { readonly attributes: Readonly<Record<string, Attribute>>; readonly at_least_one: readonly string[] }
    >
  >;
}

const SCHEMA = JSON.parse(readFileSync(new URL("./ocsf-1.5.0.json", import.meta.url), "utf8")) as Schema;
/** What each event of the class has, whatever the schema's general lists say. */
const FIXED: Readonly<Record<string, number>> = { class_uid: 6003, category_uid: 6 };

function isOf(value: unknown, type: string): boolean {
  if (type === "integer_t" || type === "long_t" || type === "timestamp_t") return Number.isSafeInteger(value);
  if (type === "boolean_t") return typeof value === "boolean";
  return type === "json_t" || typeof value === "string";
}

function checked(value: unknown, attribute: Attribute, at: string): readonly string[] {
  if (attribute.array === true) {
    if (!Array.isArray(value)) return [`${at} is no list`];
    return value.flatMap((each, index) => checked(each, { ...attribute, array: false }, `${at}[${index}]`));
  }
  if (attribute.type === "object") {
    const schema = SCHEMA.objects[attribute.object ?? ""];
    // `unmapped` takes anything.
    if (schema === undefined) return typeof value === "object" ? [] : [`${at} is no object`];
    return members(value, schema.attributes, schema.at_least_one, at);
  }
  if (!isOf(value, attribute.type)) return [`${at} is no ${attribute.type}`];
  const last = at.split(".").at(-1) ?? "";
  if (FIXED[last] !== undefined) return value === FIXED[last] ? [] : [`${at} is not ${FIXED[last]}`];
  return attribute.enum === undefined || attribute.enum.includes(value as number)
    ? []
    : [`${at} is none of its list`];
}

function members(
  value: unknown,
  attributes: Readonly<Record<string, Attribute>>,
  atLeastOne: readonly string[],
  at: string,
): readonly string[] {
  if (typeof value !== "object" || value === null) return [`${at} is no object`];
  const there = value as Readonly<Record<string, unknown>>;
  const missing = Object.entries(attributes).flatMap(([name, { requirement }]) =>
    requirement === "required" && there[name] === undefined ? [`${at}.${name} is missing`] : [],
  );
  const none =
    atLeastOne.length > 0 && atLeastOne.every((name) => there[name] === undefined)
      ? [`${at} has none of ${atLeastOne.join(", ")}`]
      : [];
  const wrong = Object.entries(there).flatMap(([name, each]) => {
    const attribute = attributes[name];
    return attribute === undefined
      ? [`${at}.${name} is not of the schema`]
      : checked(each, attribute, `${at}.${name}`);
  });
  return [...missing, ...none, ...wrong];
}

/** What is wrong with an event of the class API Activity, by the schema of OCSF 1.5.0. */
export function ocsfFaults(event: unknown): readonly string[] {
  return members(event, SCHEMA.class, [], "event");
}
