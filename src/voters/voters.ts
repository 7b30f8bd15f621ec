import type { Call } from "../call/call.ts";
import type { Deny } from "../call/verdict.ts";
import type { Config } from "../config/config.ts";
import type { Step } from "../pipeline/stage.ts";
import type { VoterHealth } from "./vote.ts";

/** What the voters make of a call that policy allows. */
export interface Tightened {
  /** What each of them said, in the order of the configuration; those that are not asked are left out. */
  readonly steps: readonly Step[];
  /** Of the first that refuses. */
  readonly refusal: Deny | undefined;
}

/** The engines beside the policy. */
export interface Voters {
  /** Asks all that the call concerns, at once. Never rejects, and can never allow what policy does not. */
  readonly tighten: (call: Call) => Promise<Tightened>;
  readonly health: () => readonly VoterHealth[];
  readonly close: () => Promise<void>;
}

/** Nobody was asked. */
export const NONE: Tightened = Object.freeze({ steps: Object.freeze([]), refusal: undefined });

/** Where none is configured. */
export const NO_VOTERS: Voters = Object.freeze({
  tighten: () => Promise.resolve(NONE),
  health: () => [],
  close: () => Promise.resolve(),
});

/** The voters of a configuration; what they need is loaded where there is one. Rejects with Problems, as `openVoters` does. */
export async function votersOf({ voters, servers }: Pick<Config, "voters" | "servers">): Promise<Voters> {
  return voters.length === 0 ? NO_VOTERS : (await import("./open.ts")).openVoters(voters, servers);
}
