import type { Instant } from "../call/id.ts";
import { wallClock } from "./zone.ts";

/** When something is allowed: minutes of the day on the days of the week, on the wall clock of a time zone. */
export interface Hours {
  /** Minutes since midnight, both ends included; `from` after `until` goes over midnight and belongs to the day it begins. */
  readonly spans: readonly { readonly from: number; readonly until: number }[];
  /** Days of the week that count, from Sunday. */
  readonly days: readonly boolean[];
  readonly zone: string;
  /** As it is written, for a sentence. */
  readonly text: string;
}

const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const DAY_MINUTES = 24 * 60;

/** What is wrong with hours that were written, and where. */
export interface HoursFault {
  readonly key: "allow" | "days" | "timezone";
  readonly message: string;
  readonly hint: string;
}

function minuteOf(hour: string, minute: string): number | undefined {
  const at = Number(hour) * 60 + Number(minute);
  return Number(minute) > 59 || at >= DAY_MINUTES ? undefined : at;
}

function spanOf(text: string): Hours["spans"][number] | undefined {
  const found = /^\s*(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})\s*$/.exec(text);
  if (found === null) return undefined;
  const [, from_hour = "", from_minute = "", until_hour = "", until_minute = ""] = found;
  const from = minuteOf(from_hour, from_minute);
  const until = minuteOf(until_hour, until_minute);
  return from === undefined || until === undefined ? undefined : { from, until };
}

/** `mon-fri`, `sat`, `mon,wed,fri-sun`: the days it means, or undefined where it means none. */
function daysOf(texts: readonly string[]): readonly boolean[] | undefined {
  const days = DAYS.map(() => false);
  for (const part of texts.flatMap((text) => text.toLowerCase().split(","))) {
    const [first = "", last = first, more] = part.trim().split("-");
    const from = DAYS.indexOf(first.trim());
    const until = DAYS.indexOf(last.trim());
    if (from === -1 || until === -1 || more !== undefined) return undefined;
    for (let day = from; ; day = (day + 1) % 7) {
      days[day] = true;
      if (day === until) break;
    }
  }
  return days;
}

export interface WrittenHours {
  readonly allow: string | readonly string[];
  readonly days?: string | readonly string[] | undefined;
  readonly timezone?: string | undefined;
}

const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;

/** Reads hours as a rule writes them. UTC where no zone is named, every day where no days are. */
export function hoursOf(written: WrittenHours): Hours | HoursFault {
  const spans: Hours["spans"][number][] = [];
  for (const text of list(written.allow)) {
    const span = spanOf(text);
    if (span === undefined)
      return { key: "allow", message: `"${text}" is no span of hours`, hint: 'write "09:00-17:59"' };
    spans.push(span);
  }
  const days = written.days === undefined ? DAYS.map(() => true) : daysOf(list(written.days));
  if (days === undefined)
    return { key: "days", message: "names a day that is none", hint: "write mon-fri, or sat,sun" };
  const zone = written.timezone ?? "UTC";
  try {
    wallClock(new Date(0), zone);
  } catch {
    const hint = "write an IANA name such as Europe/Amsterdam, or +02:00";
    return { key: "timezone", message: `there is no time zone "${zone}"`, hint };
  }
  const on = written.days === undefined ? "" : ` ${list(written.days).join(", ")}`;
  return Object.freeze({ spans, days, zone, text: `${list(written.allow).join(", ")}${on} (${zone})` });
}

/** Whether an instant is within the hours. */
export function isWithin({ spans, days, zone }: Hours, at: Instant): boolean {
  const { weekday, hour, minute } = wallClock(new Date(at), zone);
  const now = hour * 60 + minute;
  const today = days[weekday] === true;
  const yesterday = days[(weekday + 6) % 7] === true;
  return spans.some(({ from, until }) =>
    from <= until
      ? today && now >= from && now <= until
      : (today && now >= from) || (yesterday && now <= until),
  );
}
