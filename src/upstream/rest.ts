/** Leaves alone what failed too often in a row, for longer each time, and then lets one try through. */
export interface Rest {
  /** 0 where work may begin, which after a rest is one try at a time; else how long the rest still lasts, ms. */
  enter(): number;
  readonly resting: boolean;
  readonly failures: number;
  worked(): void;
  failed(): void;
  /** A try that ended without saying anything about the other side. */
  undecided(): void;
}

/** A server that fails is left alone so. */
export const SERVER_REST = { after: 5, first_ms: 5000, most_ms: 60_000 } as const;

/**
 * `after` failures in a row begin a rest of `first_ms`, doubled each time up to `most_ms`. `ticks` is monotonic, so that
 * a clock that is set back does not prolong it.
 */
export function rest(
  {
    after,
    first_ms,
    most_ms,
  }: { readonly after: number; readonly first_ms: number; readonly most_ms: number },
  ticks: () => number = () => performance.now(),
): Rest {
  let failures = 0;
  let rests = 0;
  let until = 0;
  let trying = false;
  return {
    get failures() {
      return failures;
    },
    get resting() {
      return failures >= after && ticks() < until;
    },
    enter() {
      if (failures < after) return 0;
      const left = until - ticks();
      if (left > 0) return left;
      if (trying) return first_ms;
      trying = true;
      return 0;
    },
    worked() {
      failures = 0;
      rests = 0;
      trying = false;
    },
    failed() {
      failures += 1;
      // What failed while resting had begun before, and says nothing new.
      if (failures < after || (!trying && ticks() < until)) return;
      trying = false;
      until = ticks() + Math.min(most_ms, first_ms * 2 ** rests);
      rests += 1;
    },
    undecided() {
      trying = false;
    },
  };
}
