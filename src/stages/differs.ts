import type { ErrorObject, ValidateFunction } from "ajv";
import type { JsonObject } from "../call/json.ts";
import type { Afford } from "./work.ts";

/** A schema, compiled. */
export interface Checker {
  readonly fits: ValidateFunction;
  readonly afford: Afford;
  /** Finds every problem instead of the first; made where something is wrong. */
  readonly list: () => ValidateFunction;
}

/** `path` is a JSON Pointer into the arguments; `problem` never holds a value that was sent. */
interface Difference {
  readonly kind: "differs";
  readonly path: string;
  readonly problem: string;
}

/** So much may be spent on naming every problem, and so many are named. */
const LISTED_STEPS = 20_000;
const NAMED_MOST = 4;

/** One thing that is wrong, in words without values: an `enum` or a `const` may be quoted, what the caller sent may not. */
function problemOf(error: ErrorObject | undefined): { readonly path: string; readonly problem: string } {
  const missing: unknown = error?.params["missingProperty"];
  const extra: unknown = error?.params["additionalProperty"];
  const at = error?.instancePath ?? "";
  if (typeof missing === "string") return { path: `${at}/${missing}`, problem: `\`${missing}\` is required` };
  if (typeof extra === "string")
    return { path: `${at}/${extra}`, problem: `\`${extra}\` is not one of its arguments` };
  return {
    path: at === "" ? "/" : at,
    problem: `\`${at === "" ? "arguments" : at}\` ${error?.message ?? "does not fit"}`,
  };
}

/** Everything that is wrong at once, where it is cheap to find; else the first thing. */
export function differs({ fits, afford, list }: Checker, value: JsonObject): Difference {
  const first = problemOf(fits.errors?.[0]);
  if (afford(value, LISTED_STEPS) !== undefined) return { kind: "differs", ...first };
  const listing = list();
  listing(value);
  const found = (listing.errors ?? []).map((error) => problemOf(error).problem);
  const problems = [...new Set([first.problem, ...found])];
  const left = problems.length - NAMED_MOST;
  const named = problems.slice(0, NAMED_MOST).join("; ");
  return { kind: "differs", path: first.path, problem: left > 0 ? `${named}; and ${left} more` : named };
}
