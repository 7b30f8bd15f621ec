import type { Part, Policies, Tally } from "../store/policies.ts";
import type { Count } from "./reign.ts";

/** What this process counted since one change and has not told the store yet. */
export interface Counting {
  readonly seq: number;
  readonly count: Count;
  /** Tells the store. Rejects where that cannot be written; then it is told the next time. */
  readonly tell: (policies: Policies) => Promise<void>;
}

const NONE: Tally = Object.freeze({ calls: 0, denied: 0 });

export function counting(seq: number): Counting {
  const told: Record<Part, Tally> = { share: NONE, shadow: NONE };
  return {
    seq,
    count(part, denied) {
      const { calls, denied: before } = told[part];
      told[part] = { calls: calls + 1, denied: before + (denied ? 1 : 0) };
    },
    async tell(policies) {
      for (const part of ["share", "shadow"] as const) {
        const more = told[part];
        if (more.calls === 0) continue;
        told[part] = NONE;
        try {
          await policies.count(seq, part, more);
        } catch (error) {
          const since = told[part];
          told[part] = { calls: since.calls + more.calls, denied: since.denied + more.denied };
          throw error;
        }
      }
    },
  };
}
