import type { Window } from "../../src/call/charge.ts";

/** Hours and calendars once more: minute by minute of a week, and by what a wall clock shows. */

const FORMATS = new Map<string, Intl.DateTimeFormat>();

/** What the wall clock of a zone shows: `2026-11-20`, the day of the week from Sunday, and the minute of the day. */
export function shown(
  at: number,
  zone: string,
): { readonly date: string; readonly weekday: number; readonly minute: number } {
  const format =
    FORMATS.get(zone) ??
    new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  FORMATS.set(zone, format);
  const [date = "", time = ""] = format.format(at).split(" ");
  const [hour = 0, minute = 0] = time.split(":").map(Number);
  return { date, weekday: new Date(`${date}T12:00:00Z`).getUTCDay(), minute: hour * 60 + minute };
}

export interface WrittenHours {
  /** From and until, in minutes of the day, both included. */
  readonly spans: readonly { readonly from: number; readonly until: number }[];
  /** Days of the week from Sunday; none: every day. */
  readonly days: readonly number[];
  readonly zone: string | undefined;
}

/** Whether the hours are open: a span that goes over midnight belongs to the day on which it begins. */
export function isOpen({ spans, days, zone }: WrittenHours, at: number): boolean {
  const { weekday, minute } = shown(at, zone ?? "UTC");
  for (const day of days.length === 0 ? [0, 1, 2, 3, 4, 5, 6] : days) {
    for (const { from, until } of spans) {
      let open = from;
      for (let length = 0; length < 1440; length++) {
        if (weekday === (day + Math.floor(open / 1440)) % 7 && minute === open % 1440) return true;
        if (open % 1440 === until) break;
        open++;
      }
    }
  }
  return false;
}

const LENGTH_MS = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
} as const;
export type Unit = keyof typeof LENGTH_MS | "month" | "year";

export function lengthOf(unit: Unit): number {
  return unit === "month" || unit === "year" ? Number.NaN : LENGTH_MS[unit];
}

/** Something that is the same within one day, week, month or year of a zone's calendar and different in the next. */
function page(unit: Unit, zone: string, at: number): string {
  const { date, weekday } = shown(at, zone);
  if (unit === "year") return date.slice(0, 4);
  if (unit === "month") return date.slice(0, 7);
  if (unit === "day") return date;
  return new Date(Date.parse(date) - ((weekday + 6) % 7) * 86_400_000).toISOString();
}

/** Whether a window is the whole calendar unit in which an instant lies. Minutes and hours are those of UTC. */
export function isCalendarUnit(window: Window, unit: Unit, zone: string, at: number): boolean {
  if (window.kind !== "span" || at < window.from || at >= window.until) return false;
  const { from, until } = window;
  if (unit === "minute" || unit === "hour")
    return from % lengthOf(unit) === 0 && until === from + lengthOf(unit);
  const now = page(unit, zone, at);
  return (
    page(unit, zone, from) === now &&
    page(unit, zone, until - 1) === now &&
    page(unit, zone, from - 1) !== now &&
    page(unit, zone, until) !== now
  );
}
