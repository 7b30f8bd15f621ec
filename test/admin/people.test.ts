import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Principal } from "../../src/call/principal.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { becoming } from "../../src/identity/directory.ts";
import { principalOfKey } from "../../src/identity/keyring.ts";
import { type Api, openApi } from "./api.ts";

let api: Api;
beforeAll(async () => {
  api = await openApi();
});
afterAll(() => api.close());

const someone = (id: string, roles: readonly string[], tenant = "default"): Principal => ({
  id,
  tenant,
  roles,
  scopes: [],
  source: "token",
});
const ADMIN = someone("root", ["admin"]);
const OWNER = someone("olga", ["tenant_admin"]);
beforeEach(() => {
  api.credential = ADMIN;
});

type Said = Record<string, unknown>;

async function send(method: string, path: string, body?: object): Promise<{ status: number; said: Said }> {
  const answer = await fetch(`${api.url}${path}`, {
    method,
    ...(body !== undefined && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  const text = await answer.text();
  return { status: answer.status, said: text === "" ? {} : (JSON.parse(text) as Said) };
}

/** Whose a key is now, or why it opens nothing. */
async function opened(key: unknown): Promise<Principal | string> {
  const { credentials, people } = api.running.store;
  const parts = { credentials, people, implies: {}, now: Date.now };
  return await principalOfKey(String(key), "127.0.0.1", parts).catch((error: unknown) => String(error));
}

const acts = async (tenant = "default"): Promise<readonly string[]> =>
  (await api.running.store.forTenant(tenant).acts.list({ limit: 1000 })).map(
    ({ act }) => `${act.principal} ${act.action} ${act.object}`,
  );

describe("users and service accounts", () => {
  test("are made, read, changed and forgotten, each on record", async () => {
    const made = await send("POST", "/users", { id: "ana/é", name: "Ana", roles: ["operator"] });
    expect(made).toMatchObject({
      status: 201,
      said: { id: "ana/é", kind: "user", state: "active", made_by: "root" },
    });
    expect((await send("POST", "/users", { id: "ana/é" })).said).toMatchObject({
      status: 409,
      code: "already-there",
    });
    const one = `/users/${encodeURIComponent("ana/é")}`;
    expect((await send("GET", one)).said).toEqual(made.said);
    expect((await send("GET", one.replace("users", "service-accounts"))).status).toBe(404);
    const changed = await send("PATCH", one, { roles: ["auditor"], state: "disabled" });
    expect(changed).toMatchObject({ status: 200, said: { roles: ["auditor"], state: "disabled" } });
    expect((await send("PATCH", one, {})).said).toMatchObject({ code: "invalid-request" });
    // Clients name the type of a body that they do not send.
    const bare = { method: "DELETE", headers: { "content-type": "application/json" } };
    expect((await fetch(`${api.url}${one}`, bare)).status).toBe(204);
    expect((await send("DELETE", one)).status).toBe(404);
    const written = await acts();
    for (const action of ["user.made", "role.given", "user.disabled", "user.removed"])
      expect(written).toContain(`root ${action} ana/é`);
  });

  test("are listed a page at a time, each kind by itself", async () => {
    for (const id of ["l1", "l2", "l3"]) await send("POST", "/users", { id });
    await send("POST", "/service-accounts", { id: "l2a" });
    const seen: unknown[] = [];
    for (let cursor = "?limit=2", turns = 0; turns < 9; turns += 1) {
      const { said } = await send("GET", `/users${cursor}`);
      seen.push(...(said["items"] as { id: string }[]).map(({ id }) => id));
      if (said["next"] === null) break;
      cursor = `?limit=2&cursor=${said["next"] as string}`;
    }
    expect(seen).toEqual(["l1", "l2", "l3"]);
    expect((await send("GET", "/service-accounts")).said).toMatchObject({
      items: [{ id: "l2a" }],
      next: null,
    });
  });

  test("nobody gives what they lack, or touches who has more", async () => {
    await send("POST", "/users", { id: "boss", roles: ["admin"] });
    api.credential = OWNER;
    expect((await send("POST", "/users", { id: "me2", roles: ["admin"] })).said).toMatchObject({
      code: "not-granted",
    });
    expect((await send("PATCH", "/users/boss", { state: "disabled" })).said).toMatchObject({
      code: "not-granted",
    });
    expect((await send("DELETE", "/users/boss")).status).toBe(403);
    expect((await send("POST", "/users", { id: "dev", roles: ["developer"] })).status).toBe(201);
    expect((await send("PATCH", "/users/dev", { roles: ["auditor"] })).said).toMatchObject({
      code: "not-granted",
    });
  });
});

describe("who is kept out", () => {
  const admitted = async (who: Principal): Promise<boolean> => {
    const person = await api.running.store.people.get(who.tenant, who.id);
    try {
      return becoming(who, person).id === who.id;
    } catch {
      return false;
    }
  };

  test("is no administrator whose role only their token says, unless another administrator says so", async () => {
    const boss = someone("boss@idp", ["admin"]);
    await send("POST", "/users", { id: boss.id });
    api.credential = OWNER;
    const out = { state: "disabled" };
    // That they have the role nobody can tell by the store.
    expect((await send("PATCH", `/users/${boss.id}`, out)).status).toBe(200);
    expect([await admitted(boss), await admitted({ ...boss, roles: ["user"] })]).toEqual([true, false]);
    api.credential = ADMIN;
    await send("PATCH", `/users/${boss.id}`, out);
    expect(await admitted(boss)).toBe(false);
    api.credential = OWNER;
    for (const [method, body] of [
      ["PATCH", { state: "active" }],
      ["PATCH", { roles: [] }],
      ["DELETE", undefined],
    ] as const)
      expect((await send(method, `/users/${boss.id}`, body)).said).toMatchObject({ code: "not-granted" });
    expect(await admitted(boss)).toBe(false);
    api.credential = ADMIN;
    expect((await send("PATCH", `/users/${boss.id}`, { state: "active" })).status).toBe(200);
    expect(await admitted(boss)).toBe(true);
  });
});

describe("API keys", () => {
  test("are shown once, and open what they say", async () => {
    const made = await send("POST", "/keys", {
      principal: "ci",
      roles: ["developer"],
      servers: ["files"],
      expires_in: "1h",
    });
    expect(made).toMatchObject({
      status: 201,
      said: { principal: "ci", state: "active", service_account: false },
    });
    expect(await opened(made.said["key"])).toMatchObject({
      id: "ci",
      roles: ["developer"],
      reach: { servers: ["files"] },
    });
    const { key, ...kept } = made.said;
    expect((await send("GET", `/keys/${String(made.said["id"])}`)).said).toMatchObject({ id: kept["id"] });
    expect(JSON.stringify((await send("GET", "/keys")).said)).not.toContain(String(key));
    expect(JSON.stringify((await send("GET", "/keys")).said)).not.toContain("sha256");
  });

  test("are kept by no Idempotency-Key", async () => {
    const answer = await api.post("/keys", { principal: "ci" }, { "idempotency-key": "once" });
    expect(answer.status).toBe(400);
  });

  test("are replaced by another that leads where they led, and good for a time of grace", async () => {
    const old = (await send("POST", "/keys", { principal: "ci", tools: ["read_*"], expires_in: "30d" })).said;
    const made = await send("POST", `/keys/${String(old["id"])}/rotate`, { grace: "1h" });
    expect(made).toMatchObject({ status: 201, said: { principal: "ci", tools: ["read_*"] } });
    expect(Date.parse(String(made.said["expires_at"])) - Date.now()).toBeGreaterThan(29 * 86_400_000);
    expect(await opened(old["key"])).toMatchObject({ id: "ci" });
    expect(await opened(made.said["key"])).toMatchObject({ id: "ci" });
    const before = (await send("GET", `/keys/${String(old["id"])}`)).said;
    expect(Date.parse(String(before["expires_at"])) - Date.now()).toBeLessThanOrEqual(3_600_000);
    await send("POST", `/keys/${String(old["id"])}/rotate`, { grace: "0s" });
    expect(await opened(old["key"])).toContain("has expired");
  });

  test("are taken back, once", async () => {
    const { id, key } = (await send("POST", "/keys", { principal: "ci" })).said;
    expect((await send("DELETE", `/keys/${String(id)}`)).status).toBe(204);
    expect((await send("DELETE", `/keys/${String(id)}`)).status).toBe(404);
    expect(await opened(key)).toContain("taken back");
    expect(await acts()).toContain(`root key.revoked ${String(id)}`);
  });

  test("of a service account have its roles, and open nothing without it", async () => {
    expect((await send("POST", "/keys", { service_account: "bot" })).status).toBe(404);
    await send("POST", "/service-accounts", { id: "bot", roles: ["operator"] });
    const { key } = (await send("POST", "/keys", { service_account: "bot" })).said;
    expect(await opened(key)).toMatchObject({ id: "bot", roles: ["operator"] });
    await send("PATCH", "/service-accounts/bot", { state: "disabled" });
    expect(await opened(key)).toContain("disabled");
    await send("DELETE", "/service-accounts/bot");
    expect(await opened(key)).toContain("no service account");
  });

  test("give nobody what their maker lacks, and those of others stay theirs", async () => {
    const boss = (await send("POST", "/keys", { principal: "boss", roles: ["admin"] })).said;
    const foreign = (await api.running.store.credentials.list(undefined)).length;
    api.credential = OWNER;
    for (const body of [
      { principal: "me", roles: ["admin"] },
      { principal: "me", roles: ["auditor"] },
      { principal: "me", scopes: ["files.write"] },
      { principal: "anonymous" },
    ])
      expect((await send("POST", "/keys", body)).said).toMatchObject({ status: 403, code: "not-granted" });
    expect((await send("DELETE", `/keys/${String(boss["id"])}`)).said).toMatchObject({ code: "not-granted" });
    expect((await send("POST", `/keys/${String(boss["id"])}/rotate`, {})).said).toMatchObject({
      code: "not-granted",
    });
    api.credential = { ...OWNER, reach: { servers: ["files"], tools: [] } };
    expect((await send("POST", "/keys", { principal: "me" })).said).toMatchObject({ code: "not-granted" });
    expect((await api.running.store.credentials.list(undefined)).length).toBe(foreign);
    api.credential = someone("tess", ["tenant_admin"], "acme");
    expect((await send("DELETE", `/keys/${String(boss["id"])}`)).status).toBe(404);
    expect((await send("GET", `/keys/${String(boss["id"])}`)).status).toBe(404);
  });
});

const PATHS = ["/users", "/service-accounts", "/keys", "/users/x", "/keys/x"];
test.each([
  ["nobody in particular", ANONYMOUS],
  ["a user", someone("ana", [])],
  ["a viewer", someone("ana", ["viewer"])],
  ["an operator", someone("ana", ["operator"])],
  ["an auditor", someone("ana", ["auditor"])],
])("%s neither sees nor changes any of it", async (_, credential) => {
  api.credential = credential;
  for (const path of PATHS) expect((await send("GET", path)).said).toMatchObject({ code: "not-permitted" });
  expect((await send("POST", "/keys", { principal: "me" })).said).toMatchObject({ code: "not-permitted" });
  expect((await send("DELETE", "/users/x")).said).toMatchObject({ code: "not-permitted" });
});

test("another tenant is for the gate's administrators, and says of itself nothing to others", async () => {
  api.credential = someone("tess", ["tenant_admin"], "acme");
  const answers = ["default", "nowhere"].map(async (tenant) => await send("GET", `/users?tenant=${tenant}`));
  const [one, other] = await Promise.all(answers);
  for (const each of [one, other]) expect(each?.said).toMatchObject({ status: 403, code: "not-permitted" });
  expect(one?.said["detail"]).toEqual(other?.said["detail"]);
  api.credential = ADMIN;
  expect((await send("GET", "/users?tenant=nowhere")).status).toBe(404);
});

test.each([
  ["/keys", { principal: "a", service_account: "b" }, ""],
  ["/keys", {}, ""],
  ["/keys", { principal: "a", networks: ["10.0.0"] }, "/networks/0"],
  ["/keys", { principal: "a", hours: { allow: "9-5" } }, "/hours/allow"],
  ["/keys", { principal: "a", expires_in: "0s" }, "/expires_in"],
  ["/keys", { principal: "a", expires_in: "9999w" }, "/expires_in"],
  ["/keys", { service_account: "a", roles: ["user"] }, "/roles"],
  ["/users", { id: "a\u0007" }, "/id"],
  ["/users", { id: "a", roles: "user" }, "/roles"],
])("POST %s %j says what is wrong and where", async (path, body, pointer) => {
  const { status, said } = await send("POST", path, body);
  expect({ status, pointer: (said["errors"] as { pointer: string }[])[0]?.pointer }).toEqual({
    status: 400,
    pointer,
  });
});
