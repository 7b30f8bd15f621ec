import { neighbourhood } from "./network.ts";

/** How many credentials of one address may prove nothing within a minute; after that nothing new is looked at. */
const MOST = 30;
const WINDOW_MS = 60_000;
/** Addresses that are counted; the one that failed longest ago is forgotten first. */
const ADDRESSES = 10_000;

/** Counts credentials that were refused, by address. */
export interface Failures {
  /** Seconds after which the address may try again; undefined: now. */
  wait(address: string): number | undefined;
  /** Notes a failure, and says whether it is within the bound, the one that reaches it, or beyond. */
  note(address: string): "within" | "last" | "beyond";
}

interface Count {
  began_ms: number;
  failed: number;
}

/** `ticks` is monotonic milliseconds. */
export function failures(ticks: () => number): Failures {
  const counts = new Map<string, Count>();
  const current = (key: string): Count | undefined => {
    const count = counts.get(key);
    return count !== undefined && ticks() - count.began_ms < WINDOW_MS ? count : undefined;
  };
  return {
    wait(address) {
      if (counts.size === 0) return undefined;
      const count = current(neighbourhood(address));
      if (count === undefined || count.failed < MOST) return undefined;
      return Math.ceil((count.began_ms + WINDOW_MS - ticks()) / 1000);
    },
    note(address) {
      const key = neighbourhood(address);
      const count = current(key) ?? { began_ms: ticks(), failed: 0 };
      count.failed += 1;
      counts.delete(key);
      counts.set(key, count);
      const [oldest] = counts.keys();
      if (counts.size > ADDRESSES && oldest !== undefined) counts.delete(oldest);
      if (count.failed === MOST) return "last";
      return count.failed < MOST ? "within" : "beyond";
    },
  };
}
