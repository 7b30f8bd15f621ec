import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const FIRST = { position: 7, acts: 3 };
const LATER = { position: 20, acts: 5, sent: 13, refused: 1, at: 2_000, why: "it was full" };

describe.each(engines())("sinks in $name", ({ address }) => {
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    const at = await address();
    store = await openStore(at);
    other = await openStore(at);
  });
  afterAll(async () => await Promise.all([store.close(), other.close()]));

  test("one process delivers at a time; the next goes on where it was", async () => {
    const [one, two] = [store.forTenant("t").sinks, other.forTenant("t").sinks];
    const mine = { sink: "siem", holder: "one", until: 1_000 };
    const theirs = { sink: "siem", holder: "two", until: 3_000 };
    expect(await one.get("siem")).toBeUndefined();
    expect(await one.hold(mine, 0, FIRST)).toEqual({ ...FIRST, sent: 0, refused: 0, at: 0, why: "" });
    expect(await two.hold(theirs, 999, FIRST)).toBeUndefined();
    expect(await two.move(theirs, LATER)).toBe(false);
    expect(await one.move({ ...mine, until: 2_000 }, LATER)).toBe(true);
    expect(await two.hold(theirs, 1_500, FIRST)).toBeUndefined();
    // Its holder is gone.
    expect(await two.hold(theirs, 2_000, FIRST)).toEqual(LATER);
    expect(await one.move(mine, { ...LATER, position: 1 })).toBe(false);
    await one.release("siem", "one");
    expect(await one.hold(mine, 2_500, FIRST)).toBeUndefined();
    await two.release("siem", "two");
    expect(await one.hold(mine, 2_500, FIRST)).toEqual(LATER);
  });

  test("each tenant has its own", async () => {
    const lease = { sink: "own", holder: "one", until: 1_000 };
    await store.forTenant("a").sinks.hold(lease, 0, FIRST);
    expect(await store.forTenant("b").sinks.get("own")).toBeUndefined();
    expect(await other.forTenant("a").sinks.get("own")).toMatchObject(FIRST);
  });

  test("a reason is kept short", async () => {
    const lease = { sink: "why", holder: "one", until: 1_000 };
    const { sinks } = store.forTenant("a");
    await sinks.hold(lease, 0, FIRST);
    await sinks.move(lease, { ...LATER, why: `\0${"x".repeat(5_000)}` });
    expect((await sinks.get("why"))?.why).toHaveLength(299);
  });
});
