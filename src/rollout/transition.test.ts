import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Plan, Rolling, State } from "./state.ts";
import { readState, stageOf } from "./state.ts";
import { begun, due, finished, returned, type Tallies } from "./transition.ts";

const plan: Plan = {
  stages: [
    { share_bp: 0, for_ms: 1000 },
    { share_bp: 1000, for_ms: 2000 },
    { share_bp: 5000, for_ms: 2000 },
  ],
  by: "principal",
  max_deny_bp: 200,
  least_calls: 50,
};
const rolling = (over: Partial<Rolling> = {}): Rolling => ({
  kind: "rolling",
  from: "old",
  to: "new",
  over: "files",
  plan,
  stage: 0,
  since: 0,
  ...over,
});
const seen = (share: readonly [number, number], shadow: readonly [number, number]): Tallies => ({
  share: { calls: share[0], denied: share[1] },
  shadow: { calls: shadow[0], denied: shadow[1] },
});
const WELL = seen([0, 0], [50, 1]);

describe("a rollout", () => {
  test("goes from shadow to each share to everybody, each after its time and enough calls", () => {
    let state: State = begun("old", "new", "files", plan, 0);
    const way: string[] = [];
    for (let now = 0; state.kind === "rolling"; now += 100) {
      const step = due(state, WELL, now);
      if (step === undefined) continue;
      way.push(`${now} ${step.act}`);
      ({ state } = step);
    }
    expect(way).toEqual(["1000 advance", "3000 advance", "5000 finish"]);
    expect(state).toEqual({ kind: "settled", version: "new", over: "files" });
  });

  test("waits for its time, and for enough calls where there is a bound", () => {
    expect(due(rolling(), WELL, 999)).toBeUndefined();
    expect(due(rolling(), seen([0, 0], [49, 0]), 1_000_000)).toBeUndefined();
    const unbound = rolling({ plan: { ...plan, max_deny_bp: null } });
    expect(due(unbound, seen([0, 0], [0, 0]), 1000)?.act).toBe("advance");
  });

  test("goes back where too much is newly denied, of those it decides or of those it only watched", () => {
    for (const tallies of [seen([0, 0], [50, 2]), seen([50, 2], [1000, 0])]) {
      const step = due(rolling(), tallies, 0);
      expect(step).toMatchObject({ act: "auto-rollback", state: { kind: "settled", version: "old" } });
      expect(step?.message).toContain("2 of 50 calls");
    }
  });

  test("does not go back for as much as the bound allows, nor by too few calls", () => {
    expect(due(rolling(), seen([0, 0], [50, 1]), 0)).toBeUndefined();
    expect(due(rolling(), seen([49, 49], [49, 49]), 0)).toBeUndefined();
  });

  test("that ends with a share of less than all stays there until a person goes on", () => {
    const last = rolling({ plan: { ...plan, stages: [{ share_bp: 1000, for_ms: null }] } });
    expect(due(last, WELL, Number.MAX_SAFE_INTEGER)).toBeUndefined();
    expect(finished(last).version).toBe("new");
    expect(returned(last).version).toBe("old");
  });

  test("without a plan is over at once", () => {
    expect(begun("old", "new", null, undefined, 0)).toEqual({ kind: "settled", version: "new", over: null });
  });
});

const counts = fc
  .tuple(fc.nat(1000), fc.nat(1000))
  .map(([calls, denied]) => [calls, Math.min(calls, denied)] as const);

test("never goes on beyond its bound, and every state it leads to can be stored and read", () => {
  fc.assert(
    fc.property(counts, counts, fc.nat(2), fc.nat(10_000), (share, shadow, stage, now) => {
      const state = rolling({ stage });
      const step = due(state, seen(share, shadow), now);
      const beyond = [share, shadow].some(([calls, denied]) => calls >= 50 && denied > 0.02 * calls);
      expect(step?.act === "auto-rollback").toBe(beyond);
      if (step === undefined) return;
      expect(readState(JSON.stringify(step.state))).toEqual(step.state);
      if (step.state.kind === "rolling")
        expect(stageOf(step.state).share_bp).toBeGreaterThan(stageOf(state).share_bp);
    }),
  );
});

test("a state that nobody wrote here is not read", () => {
  expect(() => readState('{"kind":"rolling"}')).toThrow("from");
  expect(() => readState('{"kind":"settled","version":"v","over":null,"more":1}')).toThrow("more");
  expect(() => readState(JSON.stringify(rolling({ stage: 7 })))).toThrow(
    "a stage that its plan does not have",
  );
});
