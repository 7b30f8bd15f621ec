import { expect, test } from "vitest";
import { lanes } from "./lanes.ts";
import { later, SENT } from "./outcome.ts";

const FREE = { kind: "free" };

test("a channel that works takes four at once", () => {
  const lane = lanes();
  for (let taken = 0; taken < 4; taken++) expect(lane.enter("a", 0)).toEqual(FREE);
  expect(lane.enter("a", 0)).toMatchObject({ kind: "wait", all: false });
  expect(lane.enter("b", 0)).toEqual(FREE);
  expect(lane.leave("a", 0, SENT)).toBeUndefined();
  expect(lane.enter("a", 0)).toEqual(FREE);
});

test("one that fails rests longer each time, and then is tried by one", () => {
  const lane = lanes();
  const rests: (number | undefined)[] = [];
  let now = 0;
  for (let tries = 0; tries < 10; tries++) {
    expect(lane.enter("a", now)).toEqual(FREE);
    expect(lane.enter("a", now)).toMatchObject(tries === 0 ? FREE : { kind: "wait", all: true });
    if (tries === 0) lane.leave("a", now, SENT);
    const until = lane.leave("a", now, later("x")) ?? 0;
    rests.push(until - now);
    expect(lane.enter("a", until - 1)).toEqual({ kind: "wait", until, all: true });
    expect(lane.enter("b", now)).toEqual(FREE);
    lane.leave("b", now, SENT);
    now = until;
  }
  expect(rests).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300].map((seconds) => seconds * 1000));
  expect(lane.enter("a", now)).toEqual(FREE);
  lane.leave("a", now, SENT);
  expect([lane.enter("a", now), lane.enter("a", now)]).toEqual([FREE, FREE]);
});

test("one that asks for a pause gets it, up to five minutes", () => {
  const lane = lanes();
  lane.enter("a", 0);
  expect(lane.leave("a", 0, { kind: "later", why: "x", after_ms: 30_000 })).toBe(30_000);
  lane.enter("a", 30_000);
  expect(lane.leave("a", 30_000, { kind: "later", why: "x", after_ms: 1e9 })).toBe(330_000);
});
