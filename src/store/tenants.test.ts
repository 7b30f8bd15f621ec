import { beforeEach, describe, expect, test } from "vitest";
import { engines } from "../../test/engines.ts";
import { openStore } from "./open.ts";
import type { Store } from "./store.ts";
import type { Tenant } from "./tenants.ts";

const ENGINES = engines();

const tenant = (id: string, more: Partial<Tenant> = {}): Tenant => ({
  id,
  kind: "tenant",
  parent: "",
  name: id,
  state: "active",
  share: 1,
  made_at: 1,
  made_by: "ana",
  changed_at: 1,
  ...more,
});

describe.each(ENGINES)("$name", ({ name, address }) => {
  let store: Store;
  beforeEach(async () => {
    store = await openStore(await address());
    return () => store.close();
  });

  test("a name is given once, and found again as it was", async () => {
    const acme = tenant("acme", { kind: "org", name: "Ärzte & Söhne", share: 3 });
    expect(await store.tenants.add(acme)).toBe(true);
    expect(await store.tenants.add(tenant("acme"))).toBe(false);
    expect(await store.tenants.add(tenant("Acme"))).toBe(true);
    expect(await store.tenants.list()).toEqual([tenant("Acme"), acme]);
  });

  test("a state is left only for the next, and each change of them is noticed", async () => {
    const { tenants } = store;
    const at = [await tenants.changes()];
    await tenants.add(tenant("acme"));
    at.push(await tenants.changes());
    expect(await tenants.move("acme", ["active"], "suspended", 5)).toBe(true);
    at.push(await tenants.changes());
    expect(new Set(at).size).toBe(3);
    expect(await tenants.move("acme", ["active", "deleting"], "deleted", 6)).toBe(false);
    expect(await tenants.move("nobody", ["active"], "suspended", 6)).toBe(false);
    expect(await tenants.add(tenant("acme"))).toBe(false);
    expect(await tenants.changes()).toBe(at[2]);
    expect(await tenants.list()).toEqual([tenant("acme", { state: "suspended", changed_at: 5 })]);
  });

  test("what a table holds of a tenant is read and deleted without a word of another's", async () => {
    for (const id of ["acme", "globex"]) {
      const keyed = { who: "ana", key: "k", digest: "d", at: 1 };
      await store.forTenant(id).idempotency.begin(keyed);
    }
    const { tenants } = store;
    expect(await tenants.tables()).toContain("idempotency");
    expect(await tenants.tables()).not.toContain("gates");
    expect(await tenants.rows("acme", "idempotency", 0)).toMatchObject([{ tenant: "acme", who: "ana" }]);
    expect(await tenants.rows("acme", "idempotency", 1)).toEqual([]);
    expect(await tenants.purge("acme", "idempotency")).toBe(1);
    expect(await tenants.rows("acme", "idempotency", 0)).toEqual([]);
    expect(await tenants.rows("globex", "idempotency", 0)).toHaveLength(1);
    await expect(tenants.purge("acme", 'idempotency"; --')).rejects.toThrow("No table");
    await expect(tenants.rows("acme", "gates", 0)).rejects.toThrow("No table");
  });

  test("how tenants are kept apart is said", async () => {
    expect(await store.tenants.fence()).toBe(name === "SQLite" ? "types" : "rows");
  });
});
