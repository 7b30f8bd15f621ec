import type { Call } from "../call/call.ts";
import { type Json, member } from "../call/json.ts";
import { spellings } from "./spelling.ts";

/** The resources that a call names. */
export interface ResourceValues {
  /** The URI; of a tool call, one entry for each scalar of its resource arguments. */
  readonly values: readonly string[];
  /** Every text and number inside resource arguments that are neither a scalar nor a list of such. */
  readonly inside: readonly string[];
  /** Whether there are no such. */
  readonly text: boolean;
}

/** The scalars of a resource argument as text; `undefined` where it holds anything else. */
function scalars(value: Json): readonly string[] | undefined {
  const found: string[] = [];
  for (const each of Array.isArray(value) ? (value as readonly Json[]) : [value]) {
    if (typeof each === "object" || typeof each === "boolean") return undefined;
    found.push(String(each));
  }
  return found;
}

function into(found: string[], value: Json): void {
  const waiting: (Json | undefined)[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (typeof next === "string" || typeof next === "number") found.push(String(next));
    else if (typeof next === "object" && next !== null)
      for (const each of Object.values(next)) waiting.push(each);
  }
}

/** What a rule that denies looks at: a server may take any text inside an argument for the resource. */
export function spelledOut({ values, inside }: ResourceValues): readonly string[] {
  return [...values, ...inside].flatMap(spellings);
}

/** The resources of a call, and whether all of them are text. `names`: the arguments that are resources. */
export function resourceValues(call: Call, names: readonly string[]): ResourceValues {
  if (call.target.kind === "resource") return { values: [call.target.uri], inside: [], text: true };
  if (call.target.kind !== "tool") return { values: [], inside: [], text: true };
  const values: string[] = [];
  const inside: string[] = [];
  let text = true;
  for (const name of names) {
    const value = member(call.args, name);
    if (value === undefined) continue;
    const found = scalars(value);
    if (found !== undefined) values.push(...found);
    else {
      text = false;
      into(inside, value);
    }
  }
  return { values, inside, text };
}
