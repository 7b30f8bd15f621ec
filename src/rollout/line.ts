import type { PolicyChange } from "../store/policies.ts";
import { readState, type State } from "./state.ts";

/** A change that this gate follows, and what it came to. */
export interface Applied {
  readonly seq: number;
  readonly state: State;
}

/**
 * Whether what was applied last stands in place of this gate's own policy: it does where it was applied over the very same
 * files, and always where the gate has no files (`policy: store`). Whoever edits the files has the files again, and a gate
 * with other files on the same store is not touched. Throws where the state cannot be read.
 */
export function appliedTo(own: string | undefined, change: PolicyChange | undefined): Applied | undefined {
  if (change === undefined) return undefined;
  const state = readState(change.state);
  if (own !== undefined && state.over !== own) return undefined;
  return { seq: change.seq, state };
}
