import { describe, expect, test } from "vitest";
import { hoursOf, isWithin, type WrittenHours } from "./hours.ts";

function within(written: WrittenHours, at: string): boolean {
  const hours = hoursOf(written);
  if ("message" in hours) throw new Error(hours.message);
  return isWithin(hours, Date.parse(at));
}

const OFFICE = { allow: "09:00-17:59", days: "mon-fri", timezone: "Europe/Amsterdam" };

describe("hours", () => {
  test.each([
    [OFFICE, "2026-11-20T08:00:00Z", true],
    [OFFICE, "2026-11-20T07:59:59Z", false],
    [OFFICE, "2026-11-20T16:59:59Z", true],
    [OFFICE, "2026-11-20T17:00:00Z", false],
    [OFFICE, "2026-11-21T10:00:00Z", false],
    [{ ...OFFICE, days: ["sat", "sun"] }, "2026-11-21T10:00:00Z", true],
    // Summer time: nine o'clock in Amsterdam is seven in UTC.
    [OFFICE, "2026-07-01T07:00:00Z", true],
    [{ allow: "22:00-05:59" }, "2026-11-21T23:30:00Z", true],
    [{ allow: "22:00-05:59" }, "2026-11-21T06:00:00Z", false],
    // A night belongs to the day on which it begins.
    [{ allow: "22:00-05:59", days: "fri" }, "2026-11-21T03:00:00Z", true],
    [{ allow: "22:00-05:59", days: "sat" }, "2026-11-21T03:00:00Z", false],
    [{ allow: ["08:00-11:59", "13:00-16:59"] }, "2026-11-20T12:30:00Z", false],
    [{ allow: "00:00-23:59", days: "fri-mon" }, "2026-11-22T12:00:00Z", true],
    [{ allow: "00:00-23:59", days: "fri-mon" }, "2026-11-24T12:00:00Z", false],
  ])("%j at %s: %s", (written, at, expected) => {
    expect(within(written, at)).toBe(expected);
  });

  test.each([
    [{ allow: "9 to 5" }, "allow"],
    [{ allow: "09:00-24:00" }, "allow"],
    [{ allow: "09:60-10:00" }, "allow"],
    [{ allow: "09:00-17:00", days: "weekdays" }, "days"],
    [{ allow: "09:00-17:00", days: "mon-fri-sun" }, "days"],
    [{ allow: "09:00-17:00", timezone: "Europe/Atlantis" }, "timezone"],
  ] as const)("%j is no hours: %s", (written, key) => {
    expect(hoursOf(written)).toMatchObject({ key });
  });
});
