import type { Policy } from "../policy/policy.ts";
import type { PolicyChange } from "../store/policies.ts";
import { type Library, NOTHING } from "./library.ts";
import { type Applied, appliedTo } from "./line.ts";
import type { Ready } from "./ready.ts";
import { type Reigns, reignsOf } from "./reign.ts";
import { stageOf, stageText, type State, versionIn } from "./state.ts";
import { counting, type Counting } from "./tally.ts";

/** Everything that is in force in one process, replaced as a whole. */
export interface Regime {
  readonly own: Ready | undefined;
  /** Absent where the gate's own policy is in force. */
  readonly applied: Applied | undefined;
  readonly state: State;
  readonly counting: Counting;
  readonly reigns: Reigns;
}

/** What is to be in force after a change, given a gate's own policy. Rejects with Problems where it cannot be. */
export async function forcedBy(
  own: Ready | undefined,
  change: PolicyChange | undefined,
  library: Library,
): Promise<Regime> {
  const applied = appliedTo(own?.policy.version, change);
  const state: State = applied?.state ?? {
    kind: "settled",
    version: own?.policy.version ?? NOTHING,
    over: null,
  };
  const made = await library(state.kind === "rolling" ? [state.from, state.to] : [state.version], own);
  const counted = counting(applied?.seq ?? 0);
  const policyOf = (version: string): Policy => {
    const policy = made.get(version);
    if (policy === undefined) throw new Error(`${version} was not made ready`);
    return policy;
  };
  return { own, applied, state, counting: counted, reigns: reignsOf(state, policyOf, counted.count) };
}

/** A version on its way, as people are told of it. */
export interface Rollout {
  readonly to: string;
  readonly stage: string;
  readonly since: string;
}

/** What is in force, in words. */
export function wordsOf({ state }: Pick<Regime, "state">): {
  readonly version: string;
  readonly rollout?: Rollout;
} {
  const version = versionIn(state);
  if (state.kind === "settled") return { version };
  const since = new Date(state.since).toISOString();
  return { version, rollout: { to: state.to, stage: stageText(stageOf(state)), since } };
}
