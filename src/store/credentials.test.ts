import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../../test/postgres.ts";
import type { StoreAddress } from "../config/config.ts";
import type { ApiKey } from "./credentials.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";

const folder = mkdtempSync(join(tmpdir(), "credentials-"));
let postgres: Postgres;
let files = 0;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

const ENGINES: readonly (readonly [string, () => Promise<StoreAddress>])[] = [
  ["SQLite", async () => ({ kind: "sqlite", path: join(folder, `${++files}.db`) })],
  ["PostgreSQL", async () => ({ kind: "postgres", url: await postgres.database() })],
];

const KEY: ApiKey = {
  id: "0123456789ab",
  kind: "live",
  digest: "sha256:00",
  tenant: "default",
  principal: "é ✓ '; drop table api_keys; --",
  name: "",
  roles: ["admin"],
  scopes: [],
  servers: ["files"],
  tools: ["read_*"],
  networks: ["10.0.0.0/8"],
  hours: { allow: "09:00-17:59", days: "mon-fri" },
  made_at: 1000,
  made_by: "ana",
  expires_at: 2000,
  revoked_at: null,
  revoked_by: null,
  used_at: null,
};

describe.each(ENGINES)("credentials in %s", (_, place) => {
  let store: Store;
  let other: Store;
  beforeEach(async () => {
    const address = await place();
    [store, other] = [await openStore(address), await openStore(address)];
    return async () => {
      await store.close();
      await other.close();
    };
  });

  test("a key is what it was, for every gate of the store", async () => {
    await store.credentials.add(KEY);
    expect(await other.credentials.get(KEY.id)).toEqual(KEY);
    expect(await other.credentials.get("another")).toBeUndefined();
    const { hours: _hours, ...always } = KEY;
    await store.credentials.add({ ...always, id: "b", tenant: "acme", made_at: 1500 });
    expect((await other.credentials.list(undefined)).map(({ id }) => id)).toEqual(["b", KEY.id]);
    expect(await other.credentials.list("acme")).toEqual([
      { ...always, id: "b", tenant: "acme", made_at: 1500 },
    ]);
  });

  test("a key is taken back once, and others notice", async () => {
    const before = await other.credentials.changes();
    await store.credentials.add(KEY);
    const added = await other.credentials.changes();
    expect(added).toBeGreaterThan(before);
    expect(await store.credentials.revoke(KEY.id, 1700, "ben")).toBe(true);
    expect(await store.credentials.revoke(KEY.id, 1800, "cy")).toBe(false);
    expect(await store.credentials.revoke("another", 1800, "cy")).toBe(false);
    expect(await other.credentials.changes()).toBe(added + 1);
    expect(await other.credentials.get(KEY.id)).toMatchObject({ revoked_at: 1700, revoked_by: "ben" });
  });

  test("that a key was used is noted, never backwards, and is no change", async () => {
    await store.credentials.add(KEY);
    const changes = await store.credentials.changes();
    await store.credentials.used(KEY.id, 1600);
    await other.credentials.used(KEY.id, 1500);
    expect((await store.credentials.get(KEY.id))?.used_at).toBe(1600);
    expect(await store.credentials.changes()).toBe(changes);
  });

  test("two gates cannot both use a proof, and what is stale is forgotten", async () => {
    const both = await Promise.all([
      store.credentials.spend("p", 5000, 1000),
      other.credentials.spend("p", 5000, 1000),
    ]);
    expect(both.toSorted()).toEqual([false, true]);
    expect(await store.credentials.spend("q", 9000, 5001)).toBe(true);
    expect(await other.credentials.spend("p", 9000, 5001)).toBe(true);
  });

  test("gates agree on the nonce of a slot", async () => {
    const [one, two] = await Promise.all([store.credentials.nonce(7, "a"), other.credentials.nonce(7, "b")]);
    expect(one).toBe(two);
    expect(await store.credentials.nonce(8, "c")).toBe("c");
    expect(await other.credentials.nonce(7, "d")).toBe(one);
  });
});
