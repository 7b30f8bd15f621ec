import { DatabaseSync } from "node:sqlite";
import { Client } from "pg";
import { beforeEach, describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import { type Instant, noticeId } from "../call/id.ts";
import type { StoreAddress } from "../config/config.ts";
import { openStore } from "./open.ts";
import type { Letter } from "./outbox.ts";
import { postgresPut } from "./postgres/outbox.ts";
import { sqlitePut } from "./sqlite/outbox.ts";
import type { Store } from "./store.ts";

const ENGINES = engines();
const [SQLITE] = ENGINES;

const LEASE_MS = 1000;

function letter(at: Instant, more: Partial<Letter> = {}): Letter {
  return {
    id: noticeId(at),
    tenant: "default",
    at,
    topic: "violation",
    about: "call_1",
    to: "slack://ops",
    data: { why: "é ✓ '; drop table outbox; -- \0" },
    ...more,
  };
}

/** Puts letters in a transaction of somebody else's, which is then kept or not. */
async function beside(address: StoreAddress, letters: readonly Letter[], kept: boolean): Promise<void> {
  if (address.kind === "sqlite") {
    const db = new DatabaseSync(address.path);
    try {
      db.exec("begin immediate");
      sqlitePut(db)(letters);
      return db.exec(kept ? "commit" : "rollback");
    } finally {
      db.close();
    }
  }
  const client = new Client({ connectionString: address.url });
  await client.connect();
  try {
    await client.query("begin");
    await postgresPut(client, letters);
    await client.query(kept ? "commit" : "rollback");
  } finally {
    await client.end();
  }
}

describe.each(ENGINES)("the outbox in $name", ({ address: place }) => {
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

  test("a letter comes out as it was put, oldest first, and is listed", async () => {
    const [late, early] = [letter(2000), letter(1000, { to: "log:", dedupe: "x" })];
    await store.outbox.put([late, early]);
    expect(await other.outbox.waiting()).toBe(2);
    const taken = await other.outbox.take(3000, 10, LEASE_MS);
    expect(taken).toEqual(
      [early, late].map((each) => ({ ...each, state: "due", attempts: 1, due_at: 4000, why: "" })),
    );
    const listed = await store.outbox.list({ limit: 1 });
    expect(listed.map(({ id }) => id)).toEqual([late.id]);
    expect((await store.outbox.list({ limit: 5, before: late.id })).map(({ id }) => id)).toEqual([early.id]);
    expect(await store.outbox.list({ limit: 5, tenant: "else" })).toEqual([]);
    expect(await store.outbox.list({ limit: 5, state: "sent" })).toEqual([]);
  });

  test("what is not due yet is not taken", async () => {
    await store.outbox.put([letter(2000)]);
    expect(await store.outbox.take(1999, 10, LEASE_MS)).toEqual([]);
  });

  test("of many who take at once each letter is one's", async () => {
    await store.outbox.put(Array.from({ length: 40 }, (_each, at) => letter(1000 + at)));
    const takers = [store, other, store, other].map(({ outbox }) => outbox.take(3000, 13, LEASE_MS));
    const taken = (await Promise.all(takers)).flat();
    expect(new Set(taken.map(({ id }) => id)).size).toBe(40);
    expect(taken).toHaveLength(40);
  });

  test("who has a letter and dies leaves it to the next, and is not heard any more", async () => {
    await store.outbox.put([letter(1000)]);
    const [first] = await store.outbox.take(1000, 10, LEASE_MS);
    expect(await other.outbox.take(1999, 10, LEASE_MS)).toEqual([]);
    const [second] = await other.outbox.take(2000, 10, LEASE_MS);
    if (first === undefined || second === undefined) throw new Error("nothing was taken");
    expect(second).toMatchObject({ id: first.id, attempts: 2 });
    expect(await store.outbox.retry(first, 9000, "late")).toBe(false);
    expect(await store.outbox.dead(first, 9000, "late")).toBe(false);
    expect(await other.outbox.done(second, 2100)).toBe(true);
    expect(await other.outbox.done(second, 2200)).toBe(false);
    expect(await store.outbox.list({ limit: 5 })).toMatchObject([{ state: "sent", ended_at: 2100 }]);
    expect(await store.outbox.take(99_000, 10, LEASE_MS)).toEqual([]);
  });

  test("a letter that could not be sent is due again then, and says why", async () => {
    await store.outbox.put([letter(1000)]);
    const [taken] = await store.outbox.take(1000, 10, LEASE_MS);
    if (taken === undefined) throw new Error("nothing was taken");
    expect(await store.outbox.retry(taken, 5000, "line\none \0")).toBe(true);
    expect(await store.outbox.take(4999, 10, LEASE_MS)).toEqual([]);
    expect(await store.outbox.take(5000, 10, LEASE_MS)).toMatchObject([{ attempts: 2, why: "line one " }]);
  });

  test("what is put off has not been tried, and a whole channel can wait", async () => {
    await store.outbox.put([letter(1000), letter(1001), letter(1002, { to: "log:" })]);
    const [taken] = await store.outbox.take(1000, 1, LEASE_MS);
    if (taken === undefined) throw new Error("nothing was taken");
    expect(await store.outbox.defer(taken, 1500, "not now")).toBe(true);
    await other.outbox.hold("slack://ops", 5000);
    expect((await store.outbox.take(4999, 10, LEASE_MS)).map(({ to }) => to)).toEqual(["log:"]);
    expect(await store.outbox.take(5000, 10, LEASE_MS)).toMatchObject([
      { attempts: 1, why: "not now" },
      { attempts: 1, why: "" },
    ]);
  });

  test("a dead letter stays dead until somebody sends it again", async () => {
    const one = letter(1000);
    await store.outbox.put([one]);
    const [taken] = await store.outbox.take(1000, 10, LEASE_MS);
    if (taken === undefined) throw new Error("nothing was taken");
    expect(await store.outbox.again(one.id, 1500)).toBe(false);
    expect(await store.outbox.dead(taken, 2000, "gone")).toBe(true);
    expect(await store.outbox.take(90_000, 10, LEASE_MS)).toEqual([]);
    expect(await other.outbox.list({ state: "dead", limit: 5 })).toMatchObject([{ id: one.id, why: "gone" }]);
    expect(await other.outbox.again(one.id, 5000)).toBe(true);
    expect(await other.outbox.take(5000, 10, LEASE_MS)).toMatchObject([
      { id: one.id, attempts: 1, at: 5000 },
    ]);
  });

  test("a key lets one letter through until its time is over, whoever puts it", async () => {
    const keyed = (at: Instant, more: Partial<Letter> = {}): Letter =>
      letter(at, { dedupe: "k", cooldown_ms: 500, ...more });
    await Promise.all([store, other, store, other].map(({ outbox }, at) => outbox.put([keyed(1000 + at)])));
    expect(await store.outbox.waiting()).toBe(1);
    const [first] = await store.outbox.list({ limit: 9 });
    const until = (first?.at ?? 0) + 500;
    await store.outbox.put([keyed(until - 1), keyed(until), keyed(until + 1)]);
    expect((await store.outbox.list({ limit: 9 })).map(({ at }) => at)).toEqual([until, first?.at]);
    await store.outbox.put([keyed(until, { to: "log:" }), keyed(until, { tenant: "else" })]);
    expect(await store.outbox.waiting()).toBe(4);
  });

  test("letters written with something else are there exactly where that is", async () => {
    await beside(address, [letter(1000, { dedupe: "a" })], false);
    expect(await store.outbox.waiting()).toBe(0);
    await beside(address, [letter(1000, { dedupe: "a" }), letter(1001, { dedupe: "a" })], true);
    expect(await store.outbox.take(2000, 10, LEASE_MS)).toHaveLength(1);
  });

  test("what ended long ago is forgotten, what waits is not", async () => {
    await store.outbox.put([letter(1000), letter(1001), letter(1002, { dedupe: "k", cooldown_ms: 10 })]);
    const [one] = await store.outbox.take(1000, 1, LEASE_MS);
    if (one === undefined) throw new Error("nothing was taken");
    await store.outbox.done(one, 2000);
    await store.outbox.sweep(2000);
    expect(await store.outbox.list({ limit: 9 })).toHaveLength(3);
    await store.outbox.sweep(2001);
    expect(await store.outbox.list({ limit: 9 })).toHaveLength(2);
  });

  test("a letter that is too large is refused, and nothing of it is there", async () => {
    await expect(
      store.outbox.put([letter(1000), letter(1001, { data: { x: "y".repeat(20_000) } })]),
    ).rejects.toThrow(RangeError);
    await expect(store.outbox.put([letter(1000, { to: "x".repeat(3000) })])).rejects.toThrow(RangeError);
    expect(await store.outbox.waiting()).toBe(0);
  });
});

test("a file that another process has locked holds up nobody else in this one", async () => {
  const address = await SQLITE.address();
  const store = await openStore(address);
  const holder = new DatabaseSync(address.path);
  try {
    holder.exec("begin immediate");
    // Who waits in the same thread as the holder must let it go on, or waits in vain.
    const put = store.outbox.put([letter(1000)]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    holder.exec("commit");
    await put;
    expect(await store.outbox.waiting()).toBe(1);
  } finally {
    holder.close();
    await store.close();
  }
});
