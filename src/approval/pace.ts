import type { Instant } from "../call/id.ts";
import { type Principal, whose } from "../call/principal.ts";

/** So many questions one principal may put in so long: people read them one by one, and are told of each. */
const MOST = 100;
const WINDOW_MS = 600_000;
/** Principals that are counted; the one that was first to ask is forgotten first. */
const COUNTED = 10_000;

/** Counts one more question; gives from when on there is room for it where there is none now. */
export type Pace = (principal: Pick<Principal, "tenant" | "id">, now: Instant) => Instant | undefined;

/** What one gate lets its principals ask. */
export function pace(): Pace {
  const counted = new Map<string, { readonly until: Instant; asked: number }>();
  return (principal, now) => {
    const key = whose(principal);
    const known = counted.get(key);
    const count = known !== undefined && now < known.until ? known : { until: now + WINDOW_MS, asked: 0 };
    if (count.asked >= MOST) return count.until;
    count.asked += 1;
    counted.delete(key);
    counted.set(key, count);
    const [oldest] = counted.keys();
    if (counted.size > COUNTED && oldest !== undefined) counted.delete(oldest);
    return undefined;
  };
}
