import type { Charge, Meter } from "../call/charge.ts";
import { CALENDAR_UNITS, type CalendarUnit } from "./calendar.ts";
import { wallClock } from "./zone.ts";

/** Whose share a counter is. Every counter belongs to one tenant, except where it is `global`. */
export const SHARES = ["global", "tenant", "user", "role", "client", "server", "tool"] as const;
export type Share = (typeof SHARES)[number];

type Period =
  | { readonly kind: "sliding" | "fixed"; readonly length_ms: number }
  | { readonly kind: "calendar"; readonly unit: CalendarUnit; readonly zone: string }
  | { readonly kind: "held" };

/** A limit, checked, with nothing left to look up. */
export interface Limit {
  readonly most: number;
  readonly period: Period;
  readonly per: readonly Share[];
  readonly burst: number | undefined;
  /** The argument by which a call that is sent again is known, member by member; empty where none is named. */
  readonly once: readonly string[];
  readonly meter: Meter;
  /** The argument that is added up, member by member. */
  readonly argument: readonly string[];
  readonly enforcement: Charge["enforcement"];
  /** A share of `most`, 0 to 1. */
  readonly alert_at: number | undefined;
  readonly says: string;
}

/** A limit as a rule writes it. */
export interface WrittenLimit {
  readonly rate?: string | undefined;
  readonly quota?: string | undefined;
  readonly concurrency?: number | undefined;
  readonly window?: "sliding" | "fixed" | "calendar" | undefined;
  readonly per?: readonly Share[] | undefined;
  readonly burst?: number | undefined;
  readonly once?: string | undefined;
  readonly meter?: string | undefined;
  readonly on_exceeded?: "block" | "warn" | undefined;
  readonly enforcement?: Charge["enforcement"] | undefined;
  readonly alert_at?: string | undefined;
  readonly timezone?: string | undefined;
}

/** What is wrong with a limit, and at which of its keys. */
export interface LimitFault {
  readonly key: keyof WrittenLimit | undefined;
  readonly message: string;
  readonly hint: string | undefined;
}

/** Amounts beyond this are no longer added up exactly. */
export const MOST = 1e15;
/** So long a call with the same key is the same call. */
export const ONCE_MS = 86_400_000;
const LETTERS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNITS: Readonly<Record<CalendarUnit, number | undefined>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 7 * 86_400_000,
  month: undefined,
  year: undefined,
};
const SLIDING_MOST_MS = 31 * 86_400_000;

class Wrong extends Error {
  readonly fault: LimitFault;
  constructor(key: LimitFault["key"], message: string, hint?: string) {
    super(message);
    this.fault = { key, message, hint };
  }
}

interface Amount {
  readonly most: number;
  /** Undefined where the amount has no period: as much as there may ever be. */
  readonly unit: CalendarUnit | undefined;
  readonly length_ms: number | undefined;
}

/** `100/hour`, `5/15m`, `10000/month`, `100`. */
function amountOf(key: "rate" | "quota", text: string): Amount {
  const found = /^\s*(\d{1,15}(?:\.\d{1,6})?)\s*(?:(?:\/|\s+per\s+)\s*(\d{0,6})\s*([a-z]+))?\s*$/.exec(text);
  const hint = key === "rate" ? "write 100/hour, or 5/15m" : "write 10000/month";
  if (found === null) throw new Wrong(key, `"${text}" is no amount for a time`, hint);
  const [, number = "", count = "", name] = found;
  const most = Number(number);
  if (most <= 0 || most > MOST) throw new Wrong(key, `${number} is not above 0 and at most ${MOST}`, hint);
  if (name === undefined) return { most, unit: undefined, length_ms: undefined };
  const times = count === "" ? 1 : Number(count);
  const unit = CALENDAR_UNITS.find((each) => name === each || name === `${each}s`);
  const letter = name === "second" || name === "seconds" ? 1000 : LETTERS[name];
  const each = unit === undefined ? letter : UNITS[unit];
  if (times === 0 || (unit === undefined && letter === undefined))
    throw new Wrong(key, `"${count}${name}" is no stretch of time`, hint);
  if (unit !== undefined && times === 1) return { most, unit, length_ms: each };
  if (each === undefined) throw new Wrong(key, `${times} ${name} have no fixed length`, hint);
  return { most, unit: undefined, length_ms: times * each };
}

function periodOf({ window }: WrittenLimit, key: "rate" | "quota", amount: Amount, zone: string): Period {
  const { unit, length_ms } = amount;
  const kind = window ?? (key === "rate" ? "sliding" : "calendar");
  if (kind === "calendar") {
    if (unit === undefined)
      throw new Wrong(
        key,
        "a calendar window is one minute, hour, day, week, month or year",
        window === undefined ? "or say `window: sliding`" : undefined,
      );
    return { kind, unit, zone };
  }
  if (length_ms === undefined)
    throw new Wrong(
      key,
      unit === undefined ? `says no time` : `a ${unit} has no fixed length`,
      unit === undefined ? "write 100/hour" : "say `window: calendar`",
    );
  if (length_ms > SLIDING_MOST_MS) throw new Wrong(key, "is longer than 31 days", "say `window: calendar`");
  return { kind, length_ms };
}

/** `args.payment.id`, member by member; undefined where that is no argument. */
function argumentOf(text: string): readonly string[] | undefined {
  return /^args((?:\.[A-Za-z_][A-Za-z0-9_]*)+)$/.exec(text)?.[1]?.slice(1).split(".");
}

const METERS: readonly string[] = ["api_calls", "storage_gb", "compute_hours"];

function meterOf({ meter }: WrittenLimit): Pick<Limit, "meter" | "argument"> {
  if (meter === undefined) return { meter: "api_calls", argument: [] };
  if (METERS.includes(meter)) return { meter: meter as Meter, argument: [] };
  const argument = argumentOf(meter);
  if (argument === undefined)
    throw new Wrong("meter", `nothing is called "${meter}"`, `known: ${METERS.join(", ")}, args.NAME`);
  return { meter: "argument", argument };
}

function onceOf({ once, concurrency }: WrittenLimit, enforcement: Limit["enforcement"]): Limit["once"] {
  if (once === undefined) return [];
  const argument = argumentOf(once);
  if (argument === undefined)
    throw new Wrong("once", `"${once}" is no argument`, "write args.NAME: the argument that is the key");
  if (concurrency !== undefined)
    throw new Wrong("once", "what is under way at once has no key", "use it with `rate` or `quota`");
  if (enforcement !== "hard")
    throw new Wrong("once", `a limit that is \`${enforcement}\` refuses nothing`, "leave one of them out");
  return argument;
}

function enforcementOf({ enforcement, on_exceeded }: WrittenLimit): Limit["enforcement"] {
  const wanted = on_exceeded === undefined ? undefined : on_exceeded === "block" ? "hard" : "warn";
  if (enforcement === undefined || wanted === undefined) return enforcement ?? wanted ?? "hard";
  if ((enforcement === "hard") !== (wanted === "hard")) {
    const message = `\`on_exceeded: ${on_exceeded}\` and \`enforcement: ${enforcement}\` say opposite things`;
    throw new Wrong("on_exceeded", message, "leave one of them out");
  }
  return enforcement;
}

function alertOf({ alert_at }: WrittenLimit, levels: Readonly<Record<string, string>>): number | undefined {
  if (alert_at === undefined) return undefined;
  const text = Object.hasOwn(levels, alert_at) ? (levels[alert_at] ?? "") : alert_at;
  const found = /^\s*(\d{1,3})\s*%\s*$/.exec(text);
  const share = found === null ? Number.NaN : Number(found[1]) / 100;
  if (share >= 0 && share <= 1) return share;
  const known = Object.keys(levels);
  const hint = known.length === 0 ? "write 80%, or name it under `levels`" : `levels: ${known.join(", ")}`;
  throw new Wrong("alert_at", `"${alert_at}" is neither a percentage nor a level`, hint);
}

function zoneOf({ timezone }: WrittenLimit): string {
  const zone = timezone ?? "UTC";
  try {
    wallClock(new Date(0), zone);
    return zone;
  } catch {
    throw new Wrong(
      "timezone",
      `there is no time zone "${zone}"`,
      "write an IANA name such as Europe/Amsterdam",
    );
  }
}

function read(written: WrittenLimit, levels: Readonly<Record<string, string>>): Limit {
  const kinds = (["rate", "quota", "concurrency"] as const).filter((key) => written[key] !== undefined);
  const [key] = kinds;
  if (key === undefined || kinds.length > 1)
    throw new Wrong(kinds[1], "says exactly one of `rate`, `quota` and `concurrency`");
  const zone = zoneOf(written);
  const { meter, argument } = meterOf(written);
  const per = written.per ?? ["tenant"];
  const amount =
    key === "concurrency"
      ? { most: written.concurrency ?? 0, unit: undefined, length_ms: undefined }
      : amountOf(key, written[key] ?? "");
  const period: Period = key === "concurrency" ? { kind: "held" } : periodOf(written, key, amount, zone);
  if (meter === "api_calls" && !Number.isInteger(amount.most))
    throw new Wrong(key, "calls come whole", undefined);
  if (period.kind === "held" && written.window !== undefined)
    throw new Wrong("window", "what is under way at once has no window", "leave it out");
  if (written.burst !== undefined && (period.kind === "held" || period.kind === "calendar"))
    throw new Wrong("burst", "only a `rate` has a burst", "leave it out");
  if (meter !== "api_calls" && key !== "quota")
    throw new Wrong("meter", "only a `quota` counts something other than calls", "write `quota:`");
  const enforcement = enforcementOf(written);
  const said = key === "concurrency" ? `${amount.most} at once` : String(written[key]).trim();
  return Object.freeze<Limit>({
    most: amount.most,
    period,
    per,
    burst: written.burst,
    once: onceOf(written, enforcement),
    meter,
    argument,
    enforcement,
    alert_at: alertOf(written, levels),
    says: `${said}${meter === "api_calls" ? "" : ` of ${written.meter}`} per ${per.join(" and ")}`,
  });
}

/** Reads a limit as a rule writes it. `levels` name shares for `alert_at`. */
export function limitOf(
  written: WrittenLimit,
  levels: Readonly<Record<string, string>> = {},
): Limit | LimitFault {
  try {
    return read(written, levels);
  } catch (error) {
    if (error instanceof Wrong) return error.fault;
    throw error;
  }
}
