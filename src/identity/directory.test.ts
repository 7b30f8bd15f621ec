import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Person } from "../store/people/people.ts";
import { type Door, openDoor } from "./door.oracle.ts";
import { mint } from "./key.ts";

let door: Door;
beforeEach(async () => {
  door = await openDoor({ api_keys: true });
  return () => door.close();
});

const of = { at: 1, by: "bo" };

async function person(id: string, kind: Person["kind"], roles: readonly string[], tenant = "acme") {
  const made = { made_at: 0, made_by: "bo", changed_at: 0, changed_by: "bo" };
  expect(await door.store.people.add({ tenant, id, kind, name: "", roles, state: "active", ...made })).toBe(
    true,
  );
}

/** What asks with a new key of somebody's. */
async function keyOf(principal: string, more: { readonly account?: true; readonly roles?: string[] } = {}) {
  const { text, ...own } = mint("live");
  const nothing = { roles: [], scopes: [], servers: [], tools: [], networks: [], name: "" };
  const times = { made_at: 0, expires_at: Date.now() + 60_000, revoked_at: null, used_at: null };
  const who = { tenant: "acme", principal, made_by: "bo", revoked_by: null };
  await door.store.credentials.add({ ...own, ...nothing, ...times, ...who, ...more });
  return async () => (await door.ask("/mcp", { authorization: `Bearer ${text}` })).principal;
}

describe("whom a tenant knows", () => {
  test("has the roles of their credential and those of the tenant, each once", async () => {
    await person("ana", "user", ["auditor", "user"]);
    const ask = await keyOf("ana", { roles: ["user", "developer"] });
    expect((await ask())?.roles).toEqual(["user", "developer", "auditor"]);
    expect((await (await keyOf("cy", { roles: ["user"] }))())?.roles).toEqual(["user"]);
  });

  test("is known by another name in another tenant", async () => {
    await person("ana", "user", ["auditor"]);
    await person("bo", "user", ["tenant_admin"], "globex");
    expect((await (await keyOf("bo"))())?.roles).toEqual([]);
  });

  test("is the same object to policy for as long as nothing changes", async () => {
    await person("ana", "user", ["auditor"]);
    const ask = await keyOf("ana");
    expect(await ask()).toEqual(await ask());
  });

  test("loses and gets roles within a second, and is kept out once disabled", async () => {
    await person("ana", "user", ["auditor"]);
    const ask = await keyOf("ana");
    expect((await ask())?.roles).toEqual(["auditor"]);
    await door.store.people.change("acme", "ana", { roles: [] }, of);
    await vi.waitFor(async () => expect((await ask())?.roles).toEqual([]), 1000);
    await door.store.people.change("acme", "ana", { state: "disabled" }, of);
    await vi.waitFor(async () => expect(await ask()).toBeUndefined(), 1000);
    await door.store.people.change("acme", "ana", { state: "active", roles: ["user"] }, of);
    await vi.waitFor(async () => expect((await ask())?.roles).toEqual(["user"]), 1000);
  });
});

describe("a key of a service account", () => {
  test("has the roles of the account, and opens nothing without it", async () => {
    const ask = await keyOf("robot", { account: true });
    expect(await ask()).toBeUndefined();
    await person("robot", "service-account", ["operator"]);
    await vi.waitFor(async () => expect((await ask())?.roles).toEqual(["operator"]), 1000);
    await door.store.people.remove("acme", "robot");
    await vi.waitFor(async () => expect(await ask()).toBeUndefined(), 1000);
  });

  test("is none of a user who is called the same", async () => {
    await person("robot", "user", ["operator"]);
    expect(await (await keyOf("robot", { account: true }))()).toBeUndefined();
  });
});

test("what is open for somebody ends when they change, are disabled or go, and for nobody else", async () => {
  for (const id of ["ana", "cy"]) await person(id, "user", ["auditor"]);
  await person("robot", "service-account", []);
  const asks = [await keyOf("ana"), await keyOf("cy"), await keyOf("robot", { account: true })];
  for (const ask of asks) await ask();
  const ended: string[] = [];
  door.identity.follow(
    () => ["acme/ana", "acme/cy", "acme/robot", "acme/unknown"],
    (what) => ended.push(what),
  );
  await door.store.people.change("acme", "ana", { roles: [] }, of);
  await vi.waitFor(() => expect(ended).toContain("acme/ana"), 1000);
  await door.store.people.remove("acme", "robot");
  await vi.waitFor(() => expect(ended).toContain("acme/robot"), 1000);
  await door.store.people.change("acme", "cy", { state: "disabled" }, of);
  await vi.waitFor(() => expect(ended).toContain("acme/cy"), 1000);
  expect(ended).not.toContain("acme/unknown");
});

test("who cannot be looked up is not let in", async () => {
  const ask = await keyOf("ana");
  expect(await ask()).toBeDefined();
  await door.store.close();
  await vi.waitFor(async () => expect(await ask()).toBeUndefined(), { timeout: 6000, interval: 300 });
});
