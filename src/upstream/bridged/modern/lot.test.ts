import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { lot } from "./lot.ts";
import { open, seal } from "./seal.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const call = () => ({ expire: vi.fn<() => void>() });

describe("a call that waits", () => {
  test("is found once under each state, and only about the same", () => {
    const all = lot(Object.seal({ parked: 0 }), Date.now);
    const one = call();
    const first = all.park(one, "about") ?? "";
    expect(all.find(first, "about")).toBe(one);
    expect(all.find(first, "other")).toBeUndefined();
    all.take(one);
    expect(all.find(first, "about")).toBeUndefined();
    const second = all.park(one, "about") ?? "";
    expect([all.find(first, "about"), all.find(second, "about")]).toEqual([undefined, one]);
    all.leave(one);
    expect(all.find(second, "about")).toBeUndefined();
  });

  test("hears that nobody came, and not when somebody did", () => {
    const yard = { parked: 0 };
    const all = lot(yard, Date.now);
    const [gone, back] = [call(), call()];
    const state = all.park(gone, "a") ?? "";
    all.park(back, "b");
    all.take(back);
    vi.advanceTimersByTime(600_000);
    expect([gone.expire.mock.calls.length, back.expire.mock.calls.length]).toEqual([1, 0]);
    expect([all.find(state, "a"), yard.parked]).toEqual([undefined, 1]);
    all.clear();
    expect(yard.parked).toBe(0);
  });

  test("has no room beside too many of its own, or of others", () => {
    const yard = { parked: 0 };
    const own = lot(yard, Date.now);
    const states = Array.from({ length: 65 }, () => own.park(call(), "a"));
    expect(states.filter((state) => state === undefined)).toHaveLength(1);
    for (let others = 0; others < 15; others += 1) {
      const theirs = lot(yard, Date.now);
      for (let at = 0; at < 64; at += 1) theirs.park(call(), "b");
    }
    expect(lot(yard, Date.now).park(call(), "c")).toBeUndefined();
  });
});

describe("a seal", () => {
  test("opens for what was sealed, and for nothing that differs in a character", () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.nat(), fc.nat(), (about, round, expires, at) => {
        const said = { call: "c", round, expires };
        const state = seal(said, about);
        expect(open(state, about)).toEqual(said);
        expect(open(state, `${about} `)).toBeUndefined();
        const place = at % state.length;
        const other = state[place] === "A" ? "B" : "A";
        expect(open(state.slice(0, place) + other + state.slice(place + 1), about)).toBeUndefined();
        expect(open(state.slice(0, place), about)).toBeUndefined();
      }),
    );
  });

  test("says nothing of what is inside, and never the same twice", () => {
    const said = { call: "secret-call", round: 1, expires: 1 };
    const [one, two] = [seal(said, "a"), seal(said, "a")];
    expect(one).not.toBe(two);
    expect(Buffer.from(one, "base64url").toString("latin1")).not.toContain("secret");
  });

  test("that is none is none", () => {
    for (const text of ["", "x", "=", "a".repeat(600), "ä".repeat(50), "{}"])
      expect(open(text, "a")).toBeUndefined();
  });
});
