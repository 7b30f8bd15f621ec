import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rest } from "./rest.ts";

function clocked() {
  let now = 0;
  const it = rest({ after: 3, first_ms: 100, most_ms: 300 }, () => now);
  return { it, pass: (ms: number) => void (now += ms) };
}

describe("rest", () => {
  it("begins after failures in a row, lets one try through, and grows up to its bound", () => {
    const { it: one, pass } = clocked();
    one.failed();
    one.failed();
    one.worked();
    one.failed();
    one.failed();
    expect(one.enter()).toBe(0);
    one.failed();
    for (const rest_ms of [100, 200, 300, 300]) {
      expect([one.resting, one.enter()]).toEqual([true, rest_ms]);
      pass(rest_ms - 1);
      expect(one.enter()).toBe(1);
      pass(1);
      expect([one.resting, one.enter()]).toEqual([false, 0]);
      expect(one.enter()).toBeGreaterThan(0);
      one.failed();
    }
    pass(300);
    one.enter();
    one.worked();
    expect([one.enter(), one.enter(), one.failures]).toEqual([0, 0, 0]);
  });

  it("a try that says nothing lets another through", () => {
    const { it: one, pass } = clocked();
    for (let n = 0; n < 3; n += 1) one.failed();
    pass(100);
    expect(one.enter()).toBe(0);
    one.undecided();
    expect(one.enter()).toBe(0);
  });

  it("what began before the rest and fails during it does not prolong it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 50 }), (late) => {
        const { it: one, pass } = clocked();
        for (let n = 0; n < 3 + late; n += 1) one.failed();
        pass(100);
        expect(one.enter()).toBe(0);
      }),
    );
  });
});
