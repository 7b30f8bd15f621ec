import type { Candidates } from "./candidates.ts";
import type { ReadyRule } from "./ask.ts";

/** What a condition may read that is not of the call. */
const OUTSIDE: readonly string[] = ["now", "findings", "risk"];

/** Effects that count nothing and ask nobody. */
const STEADY: ReadonlySet<string> = new Set(["allow", "deny", "mask", "guard", "classify"]);

function isTimeless({ rule: { effect, match, when } }: ReadyRule): boolean {
  if (effect.kind === "deny" && effect.except !== undefined) return false;
  if (!STEADY.has(effect.kind) || match.classification !== undefined) return false;
  return when === undefined || !OUTSIDE.some((name) => when.reads.has(name));
}

const known = new WeakMap<Candidates, boolean>();

/** Whether what these rules say follows from the call alone: they count nothing and look at no clock and no finding. */
export function isSteady(candidates: Candidates): boolean {
  const before = known.get(candidates);
  if (before !== undefined) return before;
  const steady = Object.values(candidates).every((rules: readonly ReadyRule[]) => rules.every(isTimeless));
  known.set(candidates, steady);
  return steady;
}
