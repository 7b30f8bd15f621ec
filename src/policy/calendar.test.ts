import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CALENDAR_UNITS, calendarSpan } from "./calendar.ts";

const ZONES = [
  "UTC",
  "Europe/Amsterdam",
  "America/New_York",
  "Asia/Kathmandu",
  "Australia/Lord_Howe",
  "+05:45",
];
const iso = (at: number): string => new Date(at).toISOString();

describe("a calendar unit", () => {
  test.each([
    [
      "day",
      "Europe/Amsterdam",
      "2026-03-29T12:00:00Z",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
    ],
    [
      "day",
      "Europe/Amsterdam",
      "2026-10-25T00:30:00Z",
      "2026-10-24T22:00:00.000Z",
      "2026-10-25T23:00:00.000Z",
    ],
    [
      "month",
      "America/New_York",
      "2026-11-21T12:00:00Z",
      "2026-11-01T04:00:00.000Z",
      "2026-12-01T05:00:00.000Z",
    ],
    ["week", "UTC", "2026-11-21T12:00:00Z", "2026-11-16T00:00:00.000Z", "2026-11-23T00:00:00.000Z"],
    [
      "year",
      "Asia/Kathmandu",
      "2026-01-01T00:00:00Z",
      "2025-12-31T18:15:00.000Z",
      "2026-12-31T18:15:00.000Z",
    ],
    [
      "hour",
      "Asia/Kathmandu",
      "2026-11-21T12:34:56Z",
      "2026-11-21T12:00:00.000Z",
      "2026-11-21T13:00:00.000Z",
    ],
  ] as const)("%s in %s around %s", (unit, zone, at, from, until) => {
    const span = calendarSpan(unit, zone, Date.parse(at));
    expect([iso(span.from), iso(span.until)]).toEqual([from, until]);
  });

  test("holds its instant, and the next begins where it ends", () => {
    const instant = fc.integer({ min: Date.parse("2000-01-01"), max: Date.parse("2100-01-01") });
    fc.assert(
      fc.property(
        fc.constantFrom(...CALENDAR_UNITS),
        fc.constantFrom(...ZONES),
        instant,
        (unit, zone, at) => {
          const { from, until } = calendarSpan(unit, zone, at);
          expect(from).toBeLessThanOrEqual(at);
          expect(until).toBeGreaterThan(at);
          expect(calendarSpan(unit, zone, from)).toEqual({ from, until });
          expect(calendarSpan(unit, zone, until).from).toBe(until);
        },
      ),
      { numRuns: 300 },
    );
  });
});
