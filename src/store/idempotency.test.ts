import { beforeEach, describe, expect, test } from "vitest";
import { engines, sql } from "../../test/engines.ts";
import { KEY_MS, MAX_KEYS, MAX_OWN_KEYS } from "./idempotency.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const ENGINES = engines();
const [SQLITE] = ENGINES;

describe.each(ENGINES)("keys of requests, $name", ({ address: addressed }) => {
  let one: Store;
  let other: Store;
  beforeEach(async () => {
    const address = await addressed();
    one = await openStore(address);
    other = await openStore(address);
    return async () => {
      await one.close();
      await other.close();
    };
  });
  const keyed = { who: "ana", key: "k1", digest: "sha256:a", at: 1_000_000 };
  const answer = { status: 200, media: "application/json", body: '{"allowed":true}' };

  test("of several processes that claim a key at once, one is the first", async () => {
    const begun = await Promise.all(
      Array.from({ length: 12 }, (_, at) =>
        (at % 2 === 0 ? one : other).forTenant("default").idempotency.begin(keyed),
      ),
    );
    expect(begun.map(({ kind }) => kind).toSorted()).toEqual(["first", ...Array(11).fill("running")]);
  });

  test("what was answered once is answered again, to the same request of the same principal in the same tenant", async () => {
    const mine = one.forTenant("default").idempotency;
    await mine.begin(keyed);
    await mine.finish("ana", "k1", answer);
    const again = other.forTenant("default").idempotency;
    expect(await again.begin(keyed)).toEqual({ kind: "answered", answer });
    expect(await again.begin({ ...keyed, digest: "sha256:b" })).toEqual({ kind: "other" });
    expect(await again.begin({ ...keyed, who: "bo" })).toEqual({ kind: "first" });
    expect(await other.forTenant("acme").idempotency.begin(keyed)).toEqual({ kind: "first" });
  });

  test("a request that failed may be made again; one that was answered is not forgotten", async () => {
    const { idempotency } = one.forTenant("default");
    await idempotency.begin(keyed);
    await idempotency.forget("ana", "k1");
    expect(await idempotency.begin(keyed)).toEqual({ kind: "first" });
    await idempotency.finish("ana", "k1", answer);
    await idempotency.forget("ana", "k1");
    expect(await idempotency.begin(keyed)).toEqual({ kind: "answered", answer });
  });

  test("after a day a key is new", async () => {
    const { idempotency } = one.forTenant("default");
    await idempotency.begin(keyed);
    expect(await idempotency.begin({ ...keyed, at: keyed.at + KEY_MS })).toEqual({ kind: "running" });
    expect(await idempotency.begin({ ...keyed, at: keyed.at + KEY_MS + 1 })).toEqual({ kind: "first" });
  });
});

test("a tenant has a bounded number of keys, and takes none from another", async () => {
  const address = await SQLITE.address();
  const store = await openStore(address);
  const { idempotency } = store.forTenant("default");
  await idempotency.begin({ who: "ana", key: "k", digest: "d", at: 1000 });
  await sql(
    address,
    `insert into idempotency with recursive n (i) as (select 1 union all select i + 1 from n where i < ${MAX_KEYS})
     select 'default', 'p' || (i % 5), 'k' || i, 1000, 'd', 200, 'm', 'b' from n limit ${MAX_KEYS - 1}`,
  );
  const next = { who: "ana", key: "another", digest: "d", at: 2000 };
  expect(await idempotency.begin(next)).toEqual({ kind: "full" });
  expect(await store.forTenant("acme").idempotency.begin(next)).toEqual({ kind: "first" });
  expect(await idempotency.begin({ ...next, at: 1001 + KEY_MS })).toEqual({ kind: "first" });
  await store.close();
});

test.each(ENGINES)("a principal takes no more than its share of a tenant's keys: $name", async (engine) => {
  const address = await engine.address();
  const store = await openStore(address);
  const { idempotency } = store.forTenant("default");
  const request = { who: "ana", key: "last", digest: "d", at: 1000 };
  const first = await idempotency.begin(request);
  await sql(
    address,
    `insert into idempotency with recursive n (i) as (select 1 union all select i + 1 from n where i < ${MAX_OWN_KEYS})
     select 'default', 'ana', 'k' || i, 1000, 'd', 200, 'm', 'b' from n limit ${MAX_OWN_KEYS - 1}`,
  );
  const again = await idempotency.begin(request);
  const another = await idempotency.begin({ ...request, key: "another" });
  const others = await idempotency.begin({ ...request, who: "bo" });
  await store.close();
  const kinds = [first, again, another, others].map(({ kind }) => kind);
  expect(kinds).toEqual(["first", "running", "full", "first"]);
});
