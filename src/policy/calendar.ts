import type { Instant } from "../call/id.ts";
import { wallClock, type WallClock } from "./zone.ts";

export const CALENDAR_UNITS = ["minute", "hour", "day", "week", "month", "year"] as const;
export type CalendarUnit = (typeof CALENDAR_UNITS)[number];

/** A stretch of time: from the first instant up to, and without, the last. */
export interface Span {
  readonly from: Instant;
  readonly until: Instant;
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const LENGTHS: Readonly<Record<CalendarUnit, number>> = {
  minute: MINUTE_MS,
  hour: 60 * MINUTE_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 31 * DAY_MS,
  year: 366 * DAY_MS,
};

/** A number that is the same within a unit and grows from one to the next. */
function ordinal(unit: "day" | "week" | "month" | "year", { year, month, day }: WallClock): number {
  const days = Math.floor(Date.UTC(year, month, day + 1) / DAY_MS);
  if (unit === "day") return days;
  // Weeks begin on Monday (ISO 8601); 1970-01-01 was a Thursday.
  if (unit === "week") return Math.floor((days + 3) / 7);
  return unit === "month" ? year * 12 + month : year;
}

/** The first instant, to the ms, in (`before`, `after`] for which `holds`, which holds for `after` and not for `before`. */
function boundary(before: Instant, after: Instant, holds: (at: Instant) => boolean): Instant {
  let [low, high] = [before, after];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function search(unit: "day" | "week" | "month" | "year", zone: string, at: Instant): Span {
  const nth = (instant: Instant): number => ordinal(unit, wallClock(new Date(instant), zone));
  const now = nth(at);
  // Two days more than it is long: no change of clocks is larger.
  const reach = LENGTHS[unit] + 2 * DAY_MS;
  return {
    from: boundary(at - reach, at, (instant) => nth(instant) >= now),
    until: boundary(at, at + reach, (instant) => nth(instant) > now),
  };
}

const KNOWN = new Map<string, Span>();

/**
 * The calendar unit that an instant lies in, on the wall clock of a zone; weeks begin on Monday. Minutes and hours are
 * those of UTC, because a wall clock may show the same one twice. Throws RangeError where there is no such zone.
 */
export function calendarSpan(unit: CalendarUnit, zone: string, at: Instant): Span {
  if (unit === "minute" || unit === "hour") {
    const from = Math.floor(at / LENGTHS[unit]) * LENGTHS[unit];
    return { from, until: from + LENGTHS[unit] };
  }
  const key = `${unit} ${zone}`;
  const known = KNOWN.get(key);
  if (known !== undefined && at >= known.from && at < known.until) return known;
  const span = Object.freeze(search(unit, zone, at));
  if (KNOWN.size >= 1000) KNOWN.clear();
  KNOWN.set(key, span);
  return span;
}
