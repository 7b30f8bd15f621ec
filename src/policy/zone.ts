const FORMATS = new Map<string, Intl.DateTimeFormat>();
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = FORMATS.get(zone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    weekday: "short",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  if (FORMATS.size >= 1000) FORMATS.clear();
  FORMATS.set(zone, made);
  return made;
}

/** What a wall clock shows. Months, days of the month and of the year count from 0, weekdays from Sunday, as in CEL. */
export interface WallClock {
  readonly year: number;
  readonly month: number;
  readonly day: number;
  readonly weekday: number;
  readonly yearday: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
}

/**
 * An instant on the wall clock of a time zone (IANA name or `+02:00`); it does not depend on the machine's own zone.
 * Throws RangeError where there is no such zone.
 */
export function wallClock(instant: Date, zone: string): WallClock {
  const parts = new Map(
    formatOf(zone)
      .formatToParts(instant)
      .map((part) => [part.type, part.value]),
  );
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
  const year = number("year");
  const month = number("month") - 1;
  const day = number("day") - 1;
  return {
    year,
    month,
    day,
    weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""),
    yearday: (Date.UTC(year, month, day + 1) - Date.UTC(year, 0, 1)) / 86_400_000,
    hour: number("hour"),
    minute: number("minute"),
    second: number("second"),
  };
}
