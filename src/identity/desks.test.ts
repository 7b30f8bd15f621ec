import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { Ungranted } from "./granting.ts";
import { type KeyDesk, keyDesk, type NewKey } from "./key-desk.ts";
import { type PeopleDesk, peopleDesk } from "./people-desk.ts";
import { endSession } from "./session-desk.ts";

const ROOT: Principal = { id: "me", tenant: "default", roles: [], scopes: [], source: "local-account" };
const OLGA: Principal = {
  id: "olga",
  tenant: "default",
  roles: ["tenant_admin"],
  scopes: [],
  source: "token",
};

let store: Store;
let keys: KeyDesk;
let people: PeopleDesk;
let parts: Parameters<typeof endSession>[0];
beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), "desks-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "d.db") });
  const actsOf = (tenant: string) => store.forTenant(tenant).acts;
  const { credentials, signIns } = store;
  parts = { people: store.people, credentials, signIns, actsOf, now: () => 1000 };
  [keys, people] = [keyDesk(parts), peopleDesk(parts)];
  return async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  };
});

const key = (principal: string, roles: readonly string[] = []): NewKey => ({
  tenant: "default",
  principal,
  name: "",
  roles,
  scopes: [],
  servers: [],
  tools: [],
  networks: [],
  expires_at: 100_000,
});
const person = (id: string, roles: readonly string[]) =>
  people.add(ROOT, { tenant: "default", id, kind: "user", name: "", roles });

describe("whoever may do more than who looks after people", () => {
  test("has no key made in their name, replaced or taken back: it would have their roles", async () => {
    await person("ada", ["admin"]);
    await expect(keys.make(OLGA, key("ada"))).rejects.toThrow(Ungranted);
    const made = await keys.make(ROOT, key("ada"));
    const id = made?.key.id ?? "";
    await expect(keys.replace(OLGA, "default", id, 0)).rejects.toThrow(Ungranted);
    await expect(keys.revoke(OLGA, "default", id)).rejects.toThrow(Ungranted);
    expect(await keys.make(OLGA, key("bo"))).toBeDefined();
  });

  test("is not kept out because only their key has the role, until that is over", async () => {
    const made = await keys.make(ROOT, key("ada", ["admin"]));
    await people.add(OLGA, { tenant: "default", id: "ada", kind: "user", name: "", roles: [] });
    await expect(people.setState(OLGA, "default", "ada", "disabled")).rejects.toThrow(Ungranted);
    await keys.revoke(ROOT, "default", made?.key.id ?? "");
    expect(await people.setState(OLGA, "default", "ada", "disabled")).toMatchObject({ state: "disabled" });
  });

  test("is not signed out; everybody else is, and who it is themselves", async () => {
    const session = (id: string, principal: string, roles: readonly string[]) => ({
      tenant: "default",
      id,
      digest: "sha256:00",
      principal,
      facts: JSON.stringify({ roles, scopes: [] }),
      key_id: "",
      made_at: 1,
      seen_at: 1,
      idle_ms: 9_000,
      ends_at: 9_000,
      ended_at: null,
      ended_by: null,
    });
    await person("eve", ["admin"]);
    for (const [id, who, roles] of [
      ["ses_a", "ada", ["admin"]],
      ["ses_b", "bo", ["user"]],
      ["ses_e", "eve", []],
    ] as const)
      await store.signIns.begin(session(id, who, roles), 0);
    const end = (by: Principal, id: string): Promise<boolean> => endSession(parts, by, "default", id);
    await expect(end(OLGA, "ses_a")).rejects.toThrow(Ungranted);
    await expect(end(OLGA, "ses_e")).rejects.toThrow(Ungranted);
    expect([await end(OLGA, "ses_b"), await end(OLGA, "ses_b"), await end(OLGA, "ses_x")]).toEqual([
      true,
      false,
      false,
    ]);
    expect(await end({ ...ROOT, id: "ada", source: "session", roles: ["admin"] }, "ses_a")).toBe(true);
  });
});
