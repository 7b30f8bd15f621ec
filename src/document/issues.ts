import type { z } from "zod";
import type { JsonPath } from "../call/json.ts";
import { keysAt } from "./expected.ts";
import { nearest } from "./nearest.ts";

/** One thing a schema found wrong, in our words. */
export interface Remark {
  readonly path: JsonPath;
  readonly where: "key" | "value";
  readonly message: string;
  readonly hint?: string;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping (`key: value`)",
  record: "a mapping (`key: value`)",
  null: "empty",
};

/** What a value is, without saying it: it may be a secret. */
function kindOf(value: unknown): string {
  if (value === null) return "empty";
  if (Array.isArray(value)) return "a list";
  return KINDS[typeof value] ?? typeof value;
}

/** Short values of a fixed choice may be shown; anything longer could be something else. */
function quoted(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function choice(values: readonly unknown[], value: unknown): Pick<Remark, "message" | "hint"> {
  if (typeof value === "object" && value !== null)
    return { message: `should be one of ${values.map(String).join(", ")}, is ${kindOf(value)}` };
  const message =
    values.length === 1
      ? `should be ${quoted(values[0])}, is ${quoted(value)}`
      : `${quoted(value)} is not one of ${values.map(String).join(", ")}`;
  if (typeof value === "string" && values.some((each) => typeof each !== "string" && String(each) === value))
    return { message, hint: `write ${value} without quotes: this is text` };
  const near = typeof value === "string" ? nearest(value, values.map(String)) : undefined;
  return near === undefined ? { message } : { message, hint: `did you mean "${near}"?` };
}

function bound(issue: z.core.$ZodIssueTooBig | z.core.$ZodIssueTooSmall): string {
  const [limit, side] = issue.code === "too_big" ? [issue.maximum, "at most"] : [issue.minimum, "at least"];
  if (issue.origin === "string")
    return limit === 1 && side === "at least" ? "must not be empty" : `must have ${side} ${limit} characters`;
  if (issue.origin === "array" || issue.origin === "set")
    return `must have ${side} ${limit} ${Number(limit) === 1 ? "entry" : "entries"}`;
  return `must be ${side} ${limit}`;
}

/** Of a value that may be written in several ways: what is wrong with the way that was chosen. */
function union(
  issue: z.core.$ZodIssueInvalidUnion,
  path: JsonPath,
  value: unknown,
  schema: z.core.$ZodType,
  whole: unknown,
): readonly Remark[] {
  const chosen = issue.errors.filter(
    (issues) =>
      !issues.some(
        (each) => each.path.length === 0 && (each.code === "invalid_type" || each.code === "invalid_value"),
      ),
  );
  const first = chosen.toSorted((a, b) => a.length - b.length)[0];
  if (first !== undefined)
    return first.flatMap((each) =>
      remarksOf(Object.assign(each, { path: [...path, ...each.path] }), schema, whole),
    );
  const choices = issue.errors.flat().flatMap((each) => (each.code === "invalid_value" ? each.values : []));
  if (choices.length > 0 && typeof value === "string")
    return [{ path, where: "value", ...choice(choices, value) }];
  const kinds = issue.errors
    .flat()
    .flatMap((each) => (each.code === "invalid_type" ? [KINDS[each.expected] ?? each.expected] : []));
  if (kinds.length === 0) return [{ path, where: "value", message: issue.message }];
  return [
    { path, where: "value", message: `should be ${[...new Set(kinds)].join(" or ")}, is ${kindOf(value)}` },
  ];
}

function valueAt(whole: unknown, path: JsonPath): unknown {
  let here = whole;
  for (const key of path)
    here =
      typeof here === "object" && here !== null ? (here as Record<string | number, unknown>)[key] : undefined;
  return here;
}

/** What zod found, as sentences that say what is there, what should be, and what was probably meant. */
export function remarksOf(
  issue: z.core.$ZodIssue,
  schema: z.core.$ZodType,
  whole: unknown,
): readonly Remark[] {
  const path = issue.path as JsonPath;
  const value = valueAt(whole, path);
  const one = (message: string, hint?: string): readonly Remark[] => [
    { path, where: "value", message, ...(hint === undefined ? {} : { hint }) },
  ];
  if (value === undefined && path.length > 0 && issue.code !== "custom") {
    return [{ path: path.slice(0, -1), where: "key", message: `\`${String(path.at(-1))}\` is missing` }];
  }
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.map((key) => {
        const known = keysAt(schema, path);
        const near = nearest(key, known);
        const hint = near === undefined ? `known here: ${known.join(", ")}` : `did you mean "${near}"?`;
        return { path: [...path, key], where: "key", message: "unknown key", hint };
      });
    case "invalid_type":
      return one(`should be ${KINDS[issue.expected] ?? issue.expected}, is ${kindOf(value)}`);
    case "invalid_value":
      return [{ path, where: "value", ...choice(issue.values, value) }];
    case "too_big":
    case "too_small":
      return one(bound(issue));
    case "invalid_key":
      return [{ path, where: "key", message: issue.issues[0]?.message ?? "this name cannot stand here" }];
    case "invalid_union":
      return union(issue, path, value, schema, whole);
    case "invalid_format":
    case "invalid_element":
    case "not_multiple_of":
    case "custom":
      return one(issue.message);
  }
}
