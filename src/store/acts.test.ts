import { beforeEach, describe, expect, test } from "vitest";
import { engines, sql } from "../../test/engines.ts";
import { type ActId, actId } from "../call/id.ts";
import type { StoreAddress } from "../config/config.ts";
import type { Act } from "./acts.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const ENGINES = engines();

const act = (at: number, action: string, more: Partial<Act> = {}): Act => ({
  kind: "act",
  id: actId(at),
  at,
  principal: "é ✓ '; drop table acts; --",
  action,
  object: "key_1",
  outcome: "ok",
  detail: { roles: ["admin"], deep: { "": null } },
  ...more,
});

describe.each(ENGINES)("acts in $name", ({ address: place }) => {
  let address: StoreAddress;
  let store: Store;
  beforeEach(async () => {
    address = await place();
    store = await openStore(address);
    return () => store.close();
  });

  test("come back as they were written, oldest first, and to their tenant only", async () => {
    const { acts } = store.forTenant("a");
    const written = [act(1000, "key.made"), act(2000, "key.revoked", { outcome: "refused" })];
    for (const one of written) await acts.write(one);
    await store.forTenant("A").acts.write(act(3000, "key.made"));
    const listed = await acts.list({ limit: 10 });
    expect(listed.map((record) => record.act)).toEqual(written);
    expect(listed.every(({ tenant }) => tenant === "a")).toBe(true);
    expect((await acts.list({ limit: 1 })).map((record) => record.act)).toEqual(written.slice(1));
  });

  test("are found by action, by the beginning of one, by time and by position", async () => {
    const { acts } = store.forTenant("t");
    for (const [at, action] of ["key.made", "key_made.x", "key.revoked", "keyXmade.y"].entries())
      await acts.write(act(at, action.replace("X", "x")));
    const actions = async (filter: object) =>
      (await acts.list({ limit: 10, ...filter })).map((record) => record.act.action);
    expect(await actions({ action: "key.made" })).toEqual(["key.made"]);
    expect(await actions({ action: "key." })).toEqual(["key.made", "key.revoked"]);
    expect(await actions({ action: "key_made." })).toEqual(["key_made.x"]);
    expect(await actions({ action: "%" })).toEqual([]);
    expect(await actions({ since: 2 })).toEqual(["key.revoked", "keyxmade.y"]);
    const [first] = await acts.list({ after: 0, limit: 1 });
    expect(first?.act.action).toBe("key.made");
    expect(await actions({ after: first?.position })).toEqual(["key_made.x", "key.revoked", "keyxmade.y"]);
  });

  test("are found a page at a time, in both orders, between two moments", async () => {
    const { acts } = store.forTenant("t");
    const made = [1, 2, 3, 4].map((at) => act(at, at === 3 ? "key.revoked" : "key.made"));
    for (const one of made) await acts.write(one);
    const ids = async (query: Parameters<typeof acts.find>[0]) =>
      (await acts.find(query)).map((each) => each.act.at);
    expect(await ids({ order: "newest", limit: 2 })).toEqual([4, 3]);
    expect(await ids({ order: "newest", limit: 2, beyond: made[2]?.id as ActId })).toEqual([2, 1]);
    expect(await ids({ order: "oldest", limit: 9, since: 2, until: 4 })).toEqual([2, 3]);
    expect(await ids({ order: "oldest", limit: 9, beyond: made[1]?.id as ActId })).toEqual([3, 4]);
    expect(await ids({ order: "oldest", limit: 9, action: "key.revoked" })).toEqual([3]);
    expect(await store.forTenant("u").acts.find({ order: "newest", limit: 9 })).toEqual([]);
  });

  test("cannot be changed or taken away", async () => {
    await store.forTenant("t").acts.write(act(1, "key.made"));
    for (const statement of ["update acts set outcome = 'refused'", "delete from acts"])
      await expect(sql(address, statement)).rejects.toThrow("immutable");
  });

  test("are refused where they are too large, no dotted word, or there already", async () => {
    const { acts } = store.forTenant("t");
    const large = act(1, "key.made", { detail: { text: "x".repeat(20_000) } });
    await expect(acts.write(large)).rejects.toThrow(RangeError);
    await expect(acts.write(act(1, "key.made", { object: "x".repeat(3_000) }))).rejects.toThrow(RangeError);
    await expect(acts.write(act(1, "made"))).rejects.toThrow(RangeError);
    const once = act(1, "key.made");
    await acts.write(once);
    await expect(acts.write(once)).rejects.toThrow(/unique|duplicate/i);
    expect(await acts.list({ limit: 10 })).toHaveLength(1);
  });

  test("that cannot be written say so as the journal does", async () => {
    await sql(address, "alter table acts rename to lost");
    const wrote = store.forTenant("t").acts.write(act(1, "key.made"));
    await expect(wrote).rejects.toMatchObject({ name: "JournalUnavailable" });
    await sql(address, "alter table lost rename to acts");
  });
});
