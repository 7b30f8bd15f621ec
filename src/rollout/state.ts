import { z } from "zod";
import type { Instant } from "../call/id.ts";

/** Hundredths of a percent, 0 to 10,000. */
const basisPoints = z.int().min(0).max(10_000);
const version = z.string().min(1).max(200);

const stage = z.strictObject({
  /** Whose calls the new version decides: of so many of ten thousand. 0 is shadow: nobody's. */
  share_bp: basisPoints,
  /** How long at least; null: until somebody goes on. */
  for_ms: z.int().positive().nullable(),
});

const plan = z.strictObject({
  stages: z.array(stage).min(1).max(20).readonly(),
  by: z.enum(["tenant", "principal"]),
  /** More than this part of its calls newly denied takes it back; null: nothing does by itself. */
  max_deny_bp: basisPoints.nullable(),
  /** Fewer calls than this prove nothing: neither that it is bad nor that it is well. */
  least_calls: z.int().min(1).max(1_000_000_000),
});

const state = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("settled"),
    version,
    /** The version of the files that it stands in place of; null: for gates that have no files. */
    over: version.nullable(),
  }),
  z.strictObject({
    kind: z.literal("rolling"),
    from: version,
    to: version,
    over: version.nullable(),
    plan,
    /** The stage under way, from 0. */
    stage: z.int().min(0),
    since: z.number(),
  }),
]);

/** One part of the way to a new version. */
export type Stage = z.output<typeof stage>;
/** The way to a new version, and what turns it back. */
export type Plan = z.output<typeof plan>;
/** What an applied policy has come to. */
export type State = z.output<typeof state>;
export type Settled = Extract<State, { kind: "settled" }>;
export type Rolling = Extract<State, { kind: "rolling" }>;

/** What was done to policy. */
export type Act = "apply" | "advance" | "finish" | "promote" | "rollback" | "auto-rollback";

/** A state as a store has it. Throws where a newer program, or somebody by hand, wrote what this one does not know. */
export function readState(text: string): State {
  const read = state.parse(JSON.parse(text));
  if (read.kind === "rolling" && read.plan.stages[read.stage] === undefined)
    throw new RangeError("a rollout stands at a stage that its plan does not have");
  return read;
}

/** The stage under way. */
export function stageOf({ plan, stage }: Rolling): Stage {
  return plan.stages[stage] ?? { share_bp: 0, for_ms: null };
}

/** The version that decides for everybody outside a share. */
export function versionIn(state: State): string {
  return state.kind === "settled" ? state.version : state.from;
}

/** `5 %`, `0.25 %`. */
export function percentText(bp: number): string {
  return `${bp / 100} %`;
}

/** When a stage began, and how long it takes at least, in one word. */
export function stageText(one: Stage): string {
  return one.share_bp === 0 ? "shadow" : `a share of ${percentText(one.share_bp)}`;
}

/** When a stage may end; undefined where only a person ends it. */
export function endOf(rolling: Rolling): Instant | undefined {
  const { for_ms } = stageOf(rolling);
  return for_ms === null ? undefined : rolling.since + for_ms;
}
