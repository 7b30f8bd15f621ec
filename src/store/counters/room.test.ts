import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Charge, Window } from "../../call/charge.ts";
import { type Cell, endsOf, oldestSlot, roomFor } from "./room.ts";

const START = Date.parse("2026-11-21T00:00:00Z");

function charge(window: Window, most: number, amount = 1): Charge {
  return {
    rule: "r",
    counter: "r",
    everybody: false,
    window,
    meter: "api_calls",
    most,
    amount,
    enforcement: "hard",
    alert_above: undefined,
    says: "",
    why: undefined,
  };
}

/** A counter as a store keeps it: what is too old is forgotten. */
function counter() {
  let cells: readonly Cell[] = [];
  return {
    take(of: Charge, at: number): boolean {
      cells = cells.filter(({ slot }) => slot >= oldestSlot(of, at));
      const room = roomFor(of, at, cells);
      if (room.free_at !== undefined) return false;
      cells = [...cells.filter(({ slot }) => slot !== room.cell.slot), room.cell];
      return true;
    },
    freeAt(of: Charge, at: number): number {
      const room = roomFor(of, at, cells);
      return room.free_at ?? at;
    },
    size: () => cells.length,
  };
}

const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 40_000 }), fc.integer({ min: 1, max: 3 })), {
  minLength: 1,
  maxLength: 120,
});

describe("a sliding window", () => {
  test("never allows more than its most in any stretch of its length", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 12 }),
        fc.integer({ min: 1, max: 90_000 }),
        (all, most, length) => {
          const kept = counter();
          const taken: { at: number; amount: number }[] = [];
          let at = START;
          for (const [wait, amount] of all) {
            at += wait;
            if (kept.take(charge({ kind: "sliding", length_ms: length }, most, amount), at))
              taken.push({ at, amount });
            const within = taken.filter((one) => one.at > at - length);
            expect(within.reduce((sum, one) => sum + one.amount, 0)).toBeLessThanOrEqual(most);
          }
        },
      ),
    );
  });

  test("says when there is room again, and keeps a bounded number of cells", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 3, max: 12 }),
        fc.integer({ min: 100, max: 90_000 }),
        (all, most, length) => {
          const kept = counter();
          let at = START;
          for (const [wait, amount] of all) {
            at += wait;
            const one = charge({ kind: "sliding", length_ms: length }, most, amount);
            if (kept.take(one, at)) continue;
            const free = kept.freeAt(one, at);
            expect(free).toBeGreaterThan(at);
            expect(free).toBeLessThanOrEqual(at + length + Math.ceil(length / 60) + 1);
            expect(kept.take(one, free)).toBe(true);
            at = free;
          }
          expect(kept.size()).toBeLessThanOrEqual(63);
        },
      ),
    );
  });
});

describe("a span", () => {
  const span = { kind: "span", from: START, until: START + 86_400_000 } as const;
  test("allows exactly its most, and is free when it ends", () => {
    const kept = counter();
    const passed = Array.from({ length: 1100 }, (_, at) => kept.take(charge(span, 1000), START + at));
    expect(passed.filter(Boolean)).toHaveLength(1000);
    expect(kept.freeAt(charge(span, 1000), START + 5000)).toBe(span.until);
  });
  test("adds up decimals as they are written", () => {
    const kept = counter();
    expect([1, 2, 3].map(() => kept.take(charge(span, 0.3, 0.1), START))).toEqual([true, true, true]);
    expect(kept.take(charge(span, 0.3, 0.1), START)).toBe(false);
  });
});

describe("a bucket", () => {
  test("gives its burst at once, then one at a time as it refills", () => {
    const kept = counter();
    const one = charge({ kind: "bucket", every_ms: 1000 }, 5);
    expect(Array.from({ length: 7 }, () => kept.take(one, START))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ]);
    expect(kept.freeAt(one, START)).toBe(START + 1000);
    expect(kept.take(one, START + 999)).toBe(false);
    expect(kept.take(one, START + 1000)).toBe(true);
    expect(kept.take(one, START + 1000)).toBe(false);
  });
  test("never gives more than its burst and what refilled", () => {
    fc.assert(
      fc.property(
        steps,
        fc.integer({ min: 1, max: 9 }),
        fc.integer({ min: 1, max: 20_000 }),
        (all, most, every) => {
          const kept = counter();
          let at = START;
          let given = 0;
          for (const [wait, amount] of all) {
            at += wait;
            if (kept.take(charge({ kind: "bucket", every_ms: every }, most, amount), at)) given += amount;
            expect(given).toBeLessThanOrEqual(most + (at - START) / every + 1e-6);
          }
        },
      ),
    );
  });
});

test("what a store forgets once it has ended changes nothing for whoever comes later", () => {
  const length = fc.integer({ min: 1, max: 31 * 86_400_000 });
  const windows = fc.oneof(
    length.map((length_ms): Window => ({ kind: "sliding", length_ms })),
    length.map((every_ms): Window => ({ kind: "bucket", every_ms })),
  );
  const [taken, after] = [fc.integer({ min: 1, max: 100 }), fc.nat(1e9)];
  fc.assert(
    fc.property(windows, taken, fc.nat(1e9), after, (window, amount, passed, later) => {
      const at = START + passed;
      const { cell } = roomFor(charge(window, 100, amount), at, []);
      const then = endsOf(charge(window, 100), cell) + later;
      const next = charge(window, 100);
      expect(roomFor(next, then, [cell])).toEqual(roomFor(next, then, []));
    }),
  );
});
