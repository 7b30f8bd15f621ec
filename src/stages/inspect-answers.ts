import type { Call } from "../call/call.ts";
import { member } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import type { Leaf } from "../detect/fields.ts";
import { ANSWERS } from "../wire/arguments.ts";
import type { Judged } from "./inspect-judge.ts";
import { isOfUser } from "./inspect-texts.ts";

/** The key of the answer that a text stands in; undefined where it stands in none, or in one that has no word for not answering. */
function keyOf({ answers }: Call, { field: { path = [] } }: Leaf): string | undefined {
  const [first, key] = path;
  if (first !== ANSWERS || typeof key !== "string") return undefined;
  return isOfUser(member(answers, key)) ? key : undefined;
}

/** What a server hears of a question whose answer is kept from it: as from a user who closed it. */
const CLOSED = Object.freeze({ action: "cancel" });

/** Answers of a user that are not given to the server. */
export interface Withheld {
  readonly keys: readonly string[];
  /** Each becomes one that was closed. */
  readonly edits: readonly Edit[];
  readonly has: (leaf: Leaf) => boolean;
}

/** The answers that hold what blocks; undefined where something blocks that is no answer, or has to be one. */
export function withheldOf(call: Call, judged: readonly Judged[]): Withheld | undefined {
  const blocked = judged.filter(({ action }) => action === "block").map(({ leaf }) => keyOf(call, leaf));
  const keys = [...new Set(blocked)];
  if (!keys.every((key) => key !== undefined)) return undefined;
  return {
    keys,
    edits: keys.map((key) => ({ kind: "set", path: [ANSWERS, key], to: CLOSED })),
    has: (leaf) => keys.some((key) => key === keyOf(call, leaf)),
  };
}
