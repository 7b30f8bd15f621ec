import { expect, onTestFinished, test, vi } from "vitest";
import type { Tenant } from "../store/tenants.ts";
import { openTenancy } from "./tenancy.ts";

const OFF = { enabled: false, strict: false, declared: [] };
const ON = { ...OFF, enabled: true };

function held(...rows: readonly Tenant[]) {
  const state = { rows: [...rows], changes: 0, away: false };
  return {
    state,
    change(id: string, to: Tenant["state"]) {
      state.rows = state.rows.map((row) => (row.id === id ? { ...row, state: to } : row));
      state.changes += 1;
    },
    tenants: {
      changes: async () => {
        if (state.away) throw new Error("away");
        return state.changes;
      },
      list: async () => state.rows,
    },
  };
}
const acme: Tenant = {
  id: "acme",
  kind: "tenant",
  parent: "",
  name: "acme",
  state: "active",
  share: 1,
  made_at: 1,
  made_by: "ana",
  changed_at: 1,
};

async function following(config: typeof ON, store: ReturnType<typeof held>) {
  vi.useFakeTimers();
  const log = { info: vi.fn<() => void>(), warn: vi.fn<() => void>() };
  const tenancy = await openTenancy({ config, tenants: store.tenants, log });
  onTestFinished(async () => {
    vi.useRealTimers();
    await tenancy.close();
  });
  return { tenancy, log };
}

test("where tenants are set up only those are let in; elsewhere whoever is not suspended", async () => {
  const store = held(acme);
  const { tenancy } = await following(ON, store);
  expect([tenancy.admits("acme"), tenancy.admits("default"), tenancy.admits("globex")]).toEqual([
    true,
    true,
    false,
  ]);
  const other = await openTenancy({
    config: OFF,
    tenants: held({ ...acme, state: "suspended" }).tenants,
    log: { info: vi.fn<() => void>(), warn: vi.fn<() => void>() },
  });
  expect([other.admits("acme"), other.admits("globex"), other.has("globex")]).toEqual([false, true, false]);
  await other.close();
});

test("what is open for a tenant ends within a second of its suspension, and nobody else's", async () => {
  const store = held(acme, { ...acme, id: "globex" });
  const { tenancy } = await following(ON, store);
  const ended: string[] = [];
  tenancy.follow(
    () => ["acme", "acme", "globex", "default"],
    (tenant) => ended.push(tenant),
  );
  store.change("acme", "suspended");
  await vi.advanceTimersByTimeAsync(999);
  expect(ended).toEqual(["acme"]);
  expect([tenancy.admits("acme"), tenancy.admits("globex")]).toEqual([false, true]);
  store.change("acme", "active");
  await tenancy.refresh();
  expect(tenancy.admits("acme")).toBe(true);
  expect(ended).toEqual(["acme"]);
});

test("while the store is away what was known stays, and that is said once", async () => {
  const store = held(acme);
  const { tenancy, log } = await following(ON, store);
  store.state.away = true;
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tenancy.admits("acme")).toBe(true);
  expect(log.warn).toHaveBeenCalledTimes(1);
  store.state.away = false;
  store.change("acme", "deleting");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tenancy.admits("acme")).toBe(false);
  expect(log.info).toHaveBeenCalledTimes(1);
});
