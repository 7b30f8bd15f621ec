import fc from "fast-check";
import { expect, test } from "vitest";
import { elsewhereTry, nextTry } from "./backoff.ts";

const HOUR_MS = 3_600_000;
const chance = fc.double({ min: 0, max: 1, noNaN: true });

test("waits grow up to an hour, and differ", () => {
  const waits = Array.from({ length: 8 }, (_, at) => nextTry(0, 0, at + 1, 0, 1));
  expect(waits).toEqual([5_000, 15_000, 45_000, 135_000, 405_000, 1_215_000, HOUR_MS, HOUR_MS]);
  expect(nextTry(0, 0, 1, 0, 0)).toBe(2_500);
});

test("a receiver that says when is not asked before, and cannot put it off for ever", () => {
  expect(nextTry(0, 1000, 1, 60_000, 0)).toBe(61_000);
  expect(nextTry(0, 1000, 1, 1e12, 0)).toBe(1000 + HOUR_MS);
});

test("no wait is negative or longer than an hour, and nothing is tried after a day", () => {
  const ms = fc.integer({ min: 0, max: 48 * HOUR_MS });
  fc.assert(
    fc.property(
      ms,
      ms,
      fc.integer({ min: 0, max: 10_000 }),
      ms,
      chance,
      (written, age, attempts, after, by) => {
        const now = written + age;
        for (const at of [nextTry(written, now, attempts, after, by), elsewhereTry(written, now, by)]) {
          if (at === undefined) expect(age + HOUR_MS).toBeGreaterThan(24 * HOUR_MS);
          else {
            expect(at).toBeGreaterThan(now);
            expect(at - now).toBeLessThanOrEqual(HOUR_MS);
            expect(at - written).toBeLessThanOrEqual(24 * HOUR_MS);
          }
        }
      },
    ),
  );
});
