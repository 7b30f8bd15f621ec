import type { Instant } from "../call/id.ts";
import type { Outcome } from "./outcome.ts";

/** Whether one more letter may go to a channel now, else from when on; `all`: nothing else may go there before either. */
type Way =
  | { readonly kind: "free" }
  | { readonly kind: "wait"; readonly until: Instant; readonly all: boolean };

/** How many letters are on their way to each channel, and which channels rest. */
export interface Lanes {
  /** Who finds the way free takes it, and leaves. */
  enter(to: string, now: Instant): Way;
  /** Gives until when the channel rests, where it does. */
  leave(to: string, now: Instant, outcome: Outcome): Instant | undefined;
}

interface Lane {
  under: number;
  failures: number;
  until: Instant;
}

const WIDE = 4;
const CROWDED_MS = 250;
const PROBE_MS = 5_000;
const FIRST_MS = 2_000;
const MOST_MS = 300_000;
/** Channels that are remembered. */
const LANES_MOST = 1000;

/**
 * A channel that works takes four letters at once. One that fails rests, twice as long each time up to five minutes or as long
 * as it asks for, and then takes one letter, to see; so the others need not wait for it.
 */
export function lanes(): Lanes {
  const known = new Map<string, Lane>();
  const laneOf = (to: string): Lane => {
    const lane = known.get(to) ?? { under: 0, failures: 0, until: 0 };
    known.set(to, lane);
    return lane;
  };
  return {
    enter(to, now) {
      const lane = laneOf(to);
      if (now < lane.until) return { kind: "wait", until: lane.until, all: true };
      if (lane.failures > 0 && lane.under > 0) return { kind: "wait", until: now + PROBE_MS, all: true };
      if (lane.under >= WIDE) return { kind: "wait", until: now + CROWDED_MS, all: false };
      lane.under += 1;
      return { kind: "free" };
    },
    leave(to, now, outcome) {
      const lane = laneOf(to);
      lane.under -= 1;
      if (outcome.kind === "later") {
        const rest_ms = Math.max(outcome.after_ms ?? 0, FIRST_MS * 2 ** Math.min(lane.failures, 16));
        lane.failures += 1;
        lane.until = now + Math.min(MOST_MS, rest_ms);
        const idle = [...known].find(([, each]) => each.under === 0)?.[0];
        if (known.size > LANES_MOST && idle !== undefined) known.delete(idle);
        return lane.until;
      }
      lane.failures = 0;
      if (lane.under === 0) known.delete(to);
      return undefined;
    },
  };
}
