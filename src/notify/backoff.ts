import type { Instant } from "../call/id.ts";

const FIRST_MS = 5_000;
const MOST_MS = 3_600_000;
const ELSEWHERE_MS = 10_000;
/** Nobody acts on a notice that is older. */
const GIVE_UP_MS = 24 * 3_600_000;

/**
 * When a letter is tried again after so many attempts, or undefined where that would be more than a day after it was
 * written. Each wait is three times the one before, up to an hour, and between a half and the whole of that by `chance`
 * (0 to 1), so that what failed together does not come back together. A receiver that says when is not asked before.
 */
export function nextTry(
  written: Instant,
  now: Instant,
  attempts: number,
  after_ms: number,
  chance: number,
): Instant | undefined {
  const most = Math.min(MOST_MS, FIRST_MS * 3 ** Math.max(0, attempts - 1));
  const at = now + Math.max(Math.min(after_ms, MOST_MS), Math.round(most * (0.5 + chance / 2)));
  return at - written > GIVE_UP_MS ? undefined : at;
}

/** When a letter that another gate may be able to send is left to whoever looks first, for the same day. */
export function elsewhereTry(written: Instant, now: Instant, chance: number): Instant | undefined {
  const at = now + Math.round(ELSEWHERE_MS * (0.5 + chance / 2));
  return at - written > GIVE_UP_MS ? undefined : at;
}
