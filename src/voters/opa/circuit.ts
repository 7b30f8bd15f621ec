/** Leaves a server alone for a while after failures in a row, then lets one question through. */
export interface Circuit {
  /** Whether a question may be put now. */
  readonly enter: () => boolean;
  readonly answered: () => void;
  readonly failed: () => void;
  readonly resting: () => boolean;
}

/** `ticks` is monotonic, ms. */
export function circuit(
  { after, rest_ms }: { readonly after: number; readonly rest_ms: number },
  ticks: () => number,
): Circuit {
  let failures = 0;
  let until = 0;
  const resting = (): boolean => failures >= after && ticks() < until;
  return {
    resting,
    enter() {
      if (failures < after) return true;
      if (ticks() < until) return false;
      // One tries; the others wait for what it finds.
      until = ticks() + rest_ms;
      return true;
    },
    answered() {
      failures = 0;
    },
    failed() {
      failures += 1;
      if (failures >= after) until = ticks() + rest_ms;
    },
  };
}
