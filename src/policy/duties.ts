import { type Action, ACTIONS, type Duties } from "../call/guard.ts";
import type { Deny } from "../call/verdict.ts";
import { ask, type ReadyRule } from "./ask.ts";
import { unsureDeny } from "./built-in.ts";
import type { Facts } from "./facts.ts";

/** What rules want of guards, or why one of them could not be asked, which denies. */
export type Owed = Duties | Deny;

function stricter(one: Action | undefined, other: Action): Action {
  return one !== undefined && ACTIONS.indexOf(one) > ACTIONS.indexOf(other) ? one : other;
}

/** The obligations of a call that guards carry out: masks unite, and of several actions for one guard the strictest holds. */
export function owedBy(rules: readonly ReadyRule[], facts: Facts): Owed | undefined {
  if (rules.length === 0) return undefined;
  const masks = { arguments: new Set<string>(), results: new Set<string>() };
  const guards = new Map<string, Action>();
  for (const each of rules) {
    const { effect, name } = each.rule;
    const word = ask(each, facts);
    if (word.kind === "unsure") return unsureDeny(name, word.failure);
    if (word.kind !== "applies") continue;
    if (effect.kind === "mask") {
      const { kinds, direction } = effect;
      if (direction !== "results") for (const kind of kinds) masks.arguments.add(kind);
      if (direction !== "arguments") for (const kind of kinds) masks.results.add(kind);
    }
    if (effect.kind === "guard")
      for (const guard of effect.names) guards.set(guard, stricter(guards.get(guard), effect.action));
  }
  return { masks, guards };
}
