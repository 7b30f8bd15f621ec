import type { Instant } from "../call/id.ts";
import type { Part, Tally } from "../store/policies.ts";
import {
  type Act,
  endOf,
  percentText,
  type Plan,
  type Rolling,
  type Settled,
  type State,
  stageOf,
  stageText,
} from "./state.ts";

/** A state that follows another, and why. */
export interface Step {
  readonly act: Act;
  readonly state: State;
  readonly message: string;
}

export type Tallies = Readonly<Record<Part, Tally>>;

/** A new version begins its way; without a plan it is in force for everybody at once. */
export function begun(
  from: string,
  to: string,
  over: string | null,
  plan: Plan | undefined,
  now: Instant,
): State {
  return plan === undefined
    ? { kind: "settled", version: to, over }
    : { kind: "rolling", from, to, over, plan, stage: 0, since: now };
}

/** The new version, for everybody. */
export function finished({ to, over }: Rolling): Settled {
  return { kind: "settled", version: to, over };
}

/** The version that was in force before it, for everybody. */
export function returned({ from, over }: Rolling): Settled {
  return { kind: "settled", version: from, over };
}

/** Why a tally is beyond the bound; undefined where it is not, or where too few calls were seen to say. */
function excess({ plan }: Rolling, part: Part, { calls, denied }: Tally): string | undefined {
  if (plan.max_deny_bp === null || calls < plan.least_calls) return undefined;
  if (denied * 10_000 <= plan.max_deny_bp * calls) return undefined;
  const would = part === "share" ? "newly denied" : "would have been newly denied";
  return `${denied} of ${calls} calls ${would}, more than ${percentText(plan.max_deny_bp)}`;
}

/** Whether enough was seen of the stage to go on. Without a bound, time is enough. */
function isProven({ plan }: Rolling, { share, shadow }: Tallies): boolean {
  return plan.max_deny_bp === null || share.calls + shadow.calls >= plan.least_calls;
}

/**
 * What follows from what was counted in this stage and from the time: back to the version before where either part is beyond the
 * bound, the next stage where the time is over and enough calls were seen, else nothing. Back comes before on.
 */
export function due(state: State, tallies: Tallies, now: Instant): Step | undefined {
  if (state.kind === "settled") return undefined;
  const why = excess(state, "share", tallies.share) ?? excess(state, "shadow", tallies.shadow);
  if (why !== undefined) return { act: "auto-rollback", state: returned(state), message: why };
  const end = endOf(state);
  if (end === undefined || now < end || !isProven(state, tallies)) return undefined;
  const seen = `${tallies.share.calls + tallies.shadow.calls} calls seen, ${tallies.share.denied + tallies.shadow.denied} newly denied`;
  const following: Rolling = { ...state, stage: state.stage + 1, since: now };
  const next = state.plan.stages[following.stage];
  if (next === undefined || next.share_bp === 10_000)
    return {
      act: "finish",
      state: finished(state),
      message: `everybody, after ${stageText(stageOf(state))}: ${seen}`,
    };
  return {
    act: "advance",
    state: following,
    message: `${stageText(next)}, after ${stageText(stageOf(state))}: ${seen}`,
  };
}
