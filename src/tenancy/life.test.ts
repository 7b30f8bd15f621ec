import { beforeEach, describe, expect, test } from "vitest";
import { closed, opened } from "../../test/faults/journal-events.ts";
import { engines } from "../../test/engines.ts";
import { callId, noticeId } from "../call/id.ts";
import type { TenantsConfig } from "../config/tenants.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { directoryOf } from "./directory.ts";
import { exported, type Line } from "./export.ts";
import { createTenant, deleteTenant, type Doing, resumeTenant, suspendTenant, type Wanted } from "./life.ts";
import { HOLDINGS } from "./tables.ts";

const ENGINES = engines();
const ON: TenantsConfig = { enabled: true, strict: false, declared: [] };
const wanted = (id: string, more: Partial<Wanted> = {}): Wanted => ({
  id,
  kind: "tenant",
  parent: "",
  name: id,
  share: 1,
  ...more,
});

describe.each(ENGINES)("$name", ({ address }) => {
  let store: Store;
  let clock = 1_000;
  beforeEach(async () => {
    store = await openStore(await address());
    return () => store.close();
  });
  const doing = async (config = ON): Promise<Doing> => ({
    store,
    directory: directoryOf(config, await store.tenants.list()),
    who: "ana",
    now: ++clock,
  });
  const stateOf = async (id: string) => (await doing()).directory.get(id)?.state;
  const acts = async (tenant: string) =>
    (await store.forTenant(tenant).acts.list({ limit: 100 })).map(({ act }) => `${act.action} ${act.object}`);

  /** Something of everything. */
  async function fill(tenant: string): Promise<void> {
    const own = store.forTenant(tenant);
    const call = callId(5_000);
    await own.journal.append([{ ...opened(call), principal: "bob" }, closed(call)]);
    await own.idempotency.begin({ who: "bob", key: "k", digest: "d", at: Date.now() });
    const letter = { topic: "violation", about: "", to: "mailto:bob@a.example", data: {} };
    await store.outbox.put([{ id: noticeId(5_000), tenant, at: 5_000, ...letter }]);
    await store.credentials.add({
      id: `key-of-${tenant}`,
      kind: "live",
      digest: "sha256:secret",
      tenant,
      principal: "bob",
      name: "",
      made_at: 1,
      made_by: "ana",
      expires_at: 9e15,
      revoked_at: null,
      revoked_by: null,
      used_at: null,
      roles: [],
      scopes: [],
      servers: [],
      tools: [],
      networks: [],
    });
  }

  test("what becomes of every table is decided", async () => {
    expect(Object.keys(HOLDINGS).toSorted()).toEqual([...(await store.tenants.tables())].toSorted());
  });

  test("a tenant is made, shut out, let in and deleted, and each is on record", async () => {
    expect(await createTenant(await doing(), wanted("org", { kind: "org" }))).toMatchObject({ id: "org" });
    expect(await createTenant(await doing(), wanted("acme", { parent: "org", share: 3 }))).toMatchObject({
      share: 3,
    });
    expect(await suspendTenant(await doing(), "acme")).toBeUndefined();
    expect(await suspendTenant(await doing(), "acme")).toMatchObject({
      cause: "state",
      why: "The tenant acme is suspended.",
    });
    expect(await resumeTenant(await doing(), "acme")).toBeUndefined();
    expect(await deleteTenant(await doing(), "org")).toMatchObject({
      cause: "state",
      why: expect.stringContaining("acme is below"),
    });
    expect(await deleteTenant(await doing(), "acme")).toMatchObject({ kind: "deleted" });
    expect(await stateOf("acme")).toBe("deleted");
    expect(await createTenant(await doing(), wanted("acme"))).toMatchObject({ cause: "state" });
    expect(await resumeTenant(await doing(), "acme")).toMatchObject({ cause: "state" });
    const all = ["made", "suspended", "resumed", "deleting", "deleted"].map((what) => `tenant.${what} acme`);
    expect(await acts("default")).toEqual(["tenant.made org", ...all]);
    expect(await acts("acme")).toEqual(all.slice(0, 3));
  });

  test("what cannot be a tenant is not made, and it is said why", async () => {
    for (const [tenant, why] of [
      [wanted("a b"), "up to 64 letters"],
      [wanted("a", { name: "" }), "1 to 200 characters"],
      [wanted("a", { name: "x\u0000" }), "no control characters"],
      [wanted("a", { share: 0 }), "from 1 to 1000"],
      [wanted("a", { parent: "nobody" }), "no tenant nobody"],
      [wanted("a", { parent: "default" }), "A tenant is not below a tenant"],
      [wanted("default"), "given already"],
    ] as const)
      expect(await createTenant(await doing(), tenant)).toMatchObject({
        kind: "cannot",
        why: expect.stringContaining(why),
      });
    expect(await store.tenants.list()).toEqual([]);
  });

  test("the gate's own tenant, and one that nobody knows, cannot be shut out", async () => {
    expect(await suspendTenant(await doing(), "default")).toMatchObject({ cause: "state" });
    expect(await deleteTenant(await doing(), "default")).toMatchObject({ cause: "state" });
    expect(await suspendTenant(await doing(), "nobody")).toMatchObject({ cause: "unknown" });
    expect(await store.tenants.list()).toEqual([]);
  });

  test("one that the configuration declares is shut out too", async () => {
    const config: TenantsConfig = {
      ...ON,
      declared: [
        {
          id: "acme",
          kind: "org",
          parent: "",
          name: "Acme",
          policy: [],
          servers: undefined,
          env: {},
          secrets: [],
          share: 2,
        },
      ],
    };
    expect(await suspendTenant(await doing(config), "acme")).toBeUndefined();
    expect((await doing(config)).directory.get("acme")).toMatchObject({
      state: "suspended",
      open: false,
      declared: true,
    });
  });

  test("what is no evidence goes, what is stays and is named, and nobody else's is touched", async () => {
    for (const id of ["acme", "globex"]) {
      await createTenant(await doing(), wanted(id));
      await fill(id);
    }
    const before = await store.forTenant("globex").journal.list({ limit: 10 });
    const deleted = await deleteTenant(await doing(), "acme");
    expect(deleted).toMatchObject({ removed: { api_keys: 1, idempotency: 1, outbox: 1 } });
    expect(deleted.kind === "deleted" && Object.keys(deleted.remains)).toEqual(
      expect.arrayContaining(["acts", "closed", "opened", "tenants"]),
    );
    expect(await store.credentials.list("acme")).toEqual([]);
    expect(await store.forTenant("acme").journal.list({ limit: 10 })).toHaveLength(1);
    expect(await store.credentials.list("globex")).toHaveLength(1);
    expect(await store.forTenant("globex").journal.list({ limit: 10 })).toEqual(before);
    expect(await deleteTenant(await doing(), "acme")).toMatchObject({ kind: "deleted", removed: {} });
  });

  test("a deletion that ended in the middle is gone on with", async () => {
    await createTenant(await doing(), wanted("acme"));
    await fill("acme");
    const broken: Store = {
      ...store,
      tenants: { ...store.tenants, purge: () => Promise.reject(new Error("the power is out")) },
    };
    await expect(deleteTenant({ ...(await doing()), store: broken }, "acme")).rejects.toThrow("power");
    expect(await stateOf("acme")).toBe("deleting");
    expect(await resumeTenant(await doing(), "acme")).toMatchObject({ cause: "state" });
    expect(await deleteTenant(await doing(), "acme")).toMatchObject({ removed: { api_keys: 1 } });
    expect(await stateOf("acme")).toBe("deleted");
  });

  test("an export holds everything of one tenant that may leave, and nothing else", async () => {
    for (const id of ["acme", "globex"]) {
      await createTenant(await doing(), wanted(id));
      await fill(id);
    }
    const lines: Line[] = [];
    for await (const line of exported(store, "acme")) lines.push(line);
    expect([...new Set(lines.map(({ file }) => file))]).toEqual(
      expect.arrayContaining(["tenant", "keys", "calls", "acts", "notices", "manifest"]),
    );
    const text = JSON.stringify(lines);
    expect(text).not.toContain("globex");
    expect(text).not.toContain("sha256:secret");
    const manifest = lines.at(-1)?.value as {
      lines: Record<string, number>;
      left_out: Record<string, string>;
    };
    expect(manifest.lines).toMatchObject({ tenant: 1, keys: 1, calls: 1, acts: 1, notices: 1 });
    expect(Object.keys(manifest.left_out)).toContain("secrets");
  });
});
