import { beforeEach, describe, expect, test } from "vitest";
import { engines } from "../../../test/engines.ts";
import { openStore } from "../open.ts";
import type { Store } from "../store.ts";
import type { ApiKey } from "./credentials.ts";
import type { Person } from "./people.ts";
import type { Factor, Session } from "./sign-ins.ts";

const ENGINES = engines();

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
  made_as: "own",
  made_with: "AAAAAAAAAAAA",
  expires_at: 2000,
  revoked_at: null,
  revoked_by: null,
  used_at: null,
};

const PERSON: Person = {
  tenant: "acme",
  id: "é ✓ '; drop table people; --",
  kind: "user",
  name: "Ana",
  roles: ["user"],
  state: "active",
  made_at: 1000,
  made_by: "bo",
  changed_at: 1000,
  changed_by: "bo",
};

describe.each(ENGINES)("credentials in $name", ({ address: place }) => {
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

  test("who is signed in is seen and ended by every gate of the store", async () => {
    const { signIns } = store;
    const session: Session = {
      tenant: "acme",
      id: "ses_1",
      digest: "sha256:00",
      principal: "é ✓ '; drop table sessions; --",
      facts: "{}",
      key_id: "",
      made_at: 1000,
      seen_at: 1000,
      idle_ms: 50,
      ends_at: 9000,
      ended_at: null,
      ended_by: null,
    };
    await signIns.begin(session, 0);
    expect(await other.signIns.session("acme", "ses_1")).toEqual(session);
    expect(await other.signIns.session("globex", "ses_1")).toBeUndefined();
    await signIns.seen("acme", "ses_1", 2000);
    await other.signIns.seen("acme", "ses_1", 1500);
    await signIns.begin({ ...session, tenant: "globex", made_at: 3000, ends_at: 3001 }, 0);
    expect((await other.signIns.sessions(undefined)).map(({ tenant }) => tenant)).toEqual(["globex", "acme"]);
    expect(await other.signIns.end("globex", "ses_2", 4000, "ana")).toBe(false);
    expect(await other.signIns.end("acme", "ses_1", 4000, "ana")).toBe(true);
    expect(await signIns.end("acme", "ses_1", 5000, "bob")).toBe(false);
    const ended = { ...session, seen_at: 2000, ended_at: 4000, ended_by: "ana" };
    expect(await signIns.sessions("acme")).toEqual([ended]);
    await signIns.begin({ ...session, id: "ses_3" }, 4000);
    expect((await signIns.sessions(undefined)).map(({ id }) => id)).toEqual(["ses_1", "ses_3"]);
  });

  test("the password of a step is good once, and wrong ones are counted", async () => {
    const { signIns } = store;
    const factor: Factor = {
      tenant: "acme",
      principal: "ana",
      sealed: "x",
      made_at: 1,
      made_by: "bob",
      step: 0,
      wrong: 0,
      wrong_at: 0,
    };
    await signIns.enrol({ ...factor, sealed: "old", step: 90 });
    await signIns.enrol(factor);
    const tried = (at: number, since: number) =>
      other.signIns.countTry("acme", "ana", { at, since, most: 2 });
    expect([await tried(100, 50), await tried(200, 50), await tried(300, 50)]).toEqual([true, true, false]);
    expect(await signIns.factor("acme", "ana")).toEqual({ ...factor, wrong: 2, wrong_at: 200 });
    expect(await tried(900, 500)).toBe(true);
    expect(await signIns.factor("acme", "ana")).toMatchObject({ wrong: 1, wrong_at: 900 });
    const both = [signIns.spendStep("acme", "ana", 7), other.signIns.spendStep("acme", "ana", 7)];
    expect((await Promise.all(both)).filter(Boolean)).toHaveLength(1);
    expect(await signIns.spendStep("acme", "ana", 6)).toBe(false);
    expect(await signIns.factor("acme", "ana")).toMatchObject({ step: 7, wrong: 0 });
    expect([await signIns.unenrol("acme", "ana"), await signIns.unenrol("acme", "ana")]).toEqual([
      true,
      false,
    ]);
  });

  test("gates that sign agree on a key, and forget those that are too old", async () => {
    const key = (id: string, made_at: number) => ({ id, public: "{}", sealed: "x", made_at });
    await store.signIns.addSigningKey(key("a", 100), 0, 0);
    await other.signIns.addSigningKey(key("b", 150), 50, 0);
    expect((await other.signIns.signingKeys()).map(({ id }) => id)).toEqual(["a"]);
    await other.signIns.addSigningKey(key("c", 900), 500, 0);
    expect((await store.signIns.signingKeys()).map(({ id }) => id)).toEqual(["c", "a"]);
    await other.signIns.addSigningKey(key("d", 1900), 1500, 500);
    expect(await store.signIns.signingKeys()).toEqual([key("d", 1900), key("c", 900)]);
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

  test("a key ends earlier where somebody says so, never later, and others notice", async () => {
    await store.credentials.add(KEY);
    const before = await other.credentials.changes();
    expect(await store.credentials.expire(KEY.id, 1900)).toBe(true);
    expect((await other.credentials.get(KEY.id))?.expires_at).toBe(1900);
    expect(await other.credentials.changes()).toBe(before + 1);
    await store.credentials.expire(KEY.id, 9000);
    expect((await other.credentials.get(KEY.id))?.expires_at).toBe(1900);
    await store.credentials.revoke(KEY.id, 1700, "ben");
    expect(await store.credentials.expire(KEY.id, 1000)).toBe(false);
    expect(await store.credentials.expire("another", 1000)).toBe(false);
  });

  test("people are what they were, each of their tenant, and every change of them is noticed", async () => {
    const { people } = store;
    const before = await other.credentials.changes();
    expect(await people.add(PERSON)).toBe(true);
    expect(await other.people.add({ ...PERSON, roles: [] })).toBe(false);
    expect(await people.add({ ...PERSON, tenant: "globex", kind: "service-account" })).toBe(true);
    expect(await other.people.get("acme", PERSON.id)).toEqual(PERSON);
    expect(await other.people.get("initech", PERSON.id)).toBeUndefined();
    const added = await other.credentials.changes();
    expect(added).toBeGreaterThanOrEqual(before + 2);

    const of = { at: 1700, by: "ben" };
    expect(await people.change("acme", PERSON.id, { roles: ["auditor"] }, of)).toBe(true);
    expect(await people.change("acme", PERSON.id, { state: "disabled" }, of)).toBe(true);
    expect(await people.change("initech", PERSON.id, { state: "disabled" }, of)).toBe(false);
    expect(await other.people.get("acme", PERSON.id)).toEqual({
      ...PERSON,
      roles: ["auditor"],
      state: "disabled",
      changed_at: 1700,
      changed_by: "ben",
    });
    expect(await other.people.get("globex", PERSON.id)).toMatchObject({ state: "active", roles: ["user"] });
    const changed = await other.credentials.changes();
    expect(changed).toBeGreaterThanOrEqual(added + 2);

    await people.add({ ...PERSON, id: "zoe" });
    expect((await people.list("acme", "", 10)).map(({ id }) => id)).toEqual(["zoe", PERSON.id]);
    expect((await people.list("acme", "zoe", 1)).map(({ id }) => id)).toEqual([PERSON.id]);
    expect((await people.all()).map(({ tenant }) => tenant)).toEqual(["acme", "acme", "globex"]);
    expect([await people.remove("acme", PERSON.id), await people.remove("acme", PERSON.id)]).toEqual([
      true,
      false,
    ]);
    expect(await other.credentials.changes()).toBeGreaterThan(changed);
    expect(await people.get("globex", PERSON.id)).toBeDefined();
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
