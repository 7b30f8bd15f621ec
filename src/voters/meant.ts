import type { Call } from "../call/call.ts";
import { ask, ready, standing } from "../policy/ask.ts";
import { factsOf } from "../policy/facts.ts";
import type { Match } from "../policy/rule.ts";

/**
 * Which calls a voter is asked about, by the same `match` as a rule that denies: names are compared with `.`, `_`, `/`
 * and `-` alike, and where it cannot be told the voter is asked.
 */
export function meant(
  name: string,
  match: Match,
  resourceArgs: (server: string) => readonly string[],
): (call: Call) => boolean {
  if (Object.keys(match).length === 0) return () => true;
  const effect = { kind: "deny", why: "", instead: undefined, except: undefined } as const;
  const rule = ready({ name, at: "", match, when: undefined, effect }, 0);
  return (call) => {
    if (standing(rule, call.server, call.target) !== undefined) return false;
    const { kind } = ask(rule, factsOf(call, [], resourceArgs(call.server)));
    return kind === "applies" || kind === "unsure";
  };
}
