import { beforeEach, describe, expect, test } from "vitest";
import { engines, sql } from "../../test/engines.ts";
import type { StoreAddress } from "../config/config.ts";
import { openStore } from "./open.ts";
import type { PolicyChange } from "./policies.ts";
import type { Store } from "./store.ts";

const ENGINES = engines();

const change = (seq: number, who: string): PolicyChange => ({
  seq,
  at: 1000 + seq,
  who,
  act: "apply",
  before: "sha256:a",
  after: "sha256:b",
  message: "é ✓ '; drop table policies; --",
  state: "{}",
});

describe.each(ENGINES)("policies in $name", ({ address: place }) => {
  let address: StoreAddress;
  let store: Store;
  let other: Store;
  beforeEach(async () => {
    address = await place();
    [store, other] = [await openStore(address), await openStore(address)];
    return async () => {
      await store.close();
      await other.close();
    };
  });

  test("a change is an act on record too, once", async () => {
    expect(await store.policies.change(change(1, "ana"))).toBe(true);
    expect(await other.policies.change(change(1, "bob"))).toBe(false);
    const acts = await store.forTenant("default").acts.list({ action: "policy.", limit: 10 });
    expect(acts.map(({ act: { action, principal, object } }) => [action, principal, object])).toEqual([
      ["policy.apply", "ana", "sha256:b"],
    ]);
  });

  test("a version is kept as it was first, and found by its beginning", async () => {
    const texts = [{ file: "policy/main.yaml", text: "é\n'x'" }];
    await store.policies.keep({ version: "sha256:ab1", at: 1, who: "ana", texts });
    await other.policies.keep({ version: "sha256:ab1", at: 2, who: "eve", texts: [] });
    await other.policies.keep({ version: "sha256:ab2", at: 3, who: "bob", texts: [] });
    expect(await other.policies.get("sha256:ab1")).toEqual({
      version: "sha256:ab1",
      at: 1,
      who: "ana",
      texts,
    });
    expect(await store.policies.get("sha256:none")).toBeUndefined();
    const found = async (prefix: string) =>
      (await store.policies.versions(prefix, 10)).map(({ version }) => version);
    expect(await found("")).toEqual(["sha256:ab2", "sha256:ab1"]);
    expect(await found("sha256:ab1")).toEqual(["sha256:ab1"]);
    expect(await found("%")).toEqual([]);
    expect(await found("sha256:a_1")).toEqual([]);
  });

  test("of two who change at once one does, and it is told who", async () => {
    const [one, two] = await Promise.all([
      store.policies.change(change(1, "ana")),
      other.policies.change(change(1, "bob")),
    ]);
    expect([one, two].filter(Boolean)).toHaveLength(1);
    expect(await other.policies.change(change(2, "eve"))).toBe(true);
    expect(await store.policies.changes(10)).toEqual([change(2, "eve"), change(1, one ? "ana" : "bob")]);
    expect(await store.policies.changes(1)).toHaveLength(1);
  });

  test("what many count at once adds up", async () => {
    await Promise.all(
      [store, other].flatMap(({ policies }) =>
        Array.from({ length: 10 }, () => policies.count(7, "shadow", { calls: 3, denied: 1 })),
      ),
    );
    const none = { calls: 0, denied: 0 };
    expect(await store.policies.tallies(7)).toEqual({ share: none, shadow: { calls: 60, denied: 20 } });
    expect(await store.policies.tallies(8)).toEqual({ share: none, shadow: none });
  });

  test("what was in force cannot be rewritten", async () => {
    await store.policies.keep({ version: "sha256:ab", at: 1, who: "ana", texts: [] });
    await store.policies.change(change(1, "ana"));
    for (const statement of [
      "update policies set texts = '[]'",
      "delete from policies",
      "update policy_changes set who = 'eve'",
      "delete from policy_changes",
    ])
      await expect(sql(address, statement)).rejects.toThrow("immutable");
  });

  test("more than is kept is refused, and nothing of it is there", async () => {
    const texts = [{ file: "a.yaml", text: "x".repeat(9 * 1024 * 1024) }];
    await expect(store.policies.keep({ version: "sha256:big", at: 1, who: "ana", texts })).rejects.toThrow(
      "larger",
    );
    expect(await store.policies.get("sha256:big")).toBeUndefined();
  });
});
