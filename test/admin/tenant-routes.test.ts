import { afterAll, beforeAll, expect, test } from "vitest";
import type { Principal } from "../../src/call/principal.ts";
import { openTenancy, type Tenancy } from "../../src/tenancy/tenancy.ts";
import { type Api, openApi } from "./api.ts";

let api: Api;
let tenancy: Tenancy;
beforeAll(async () => {
  api = await openApi({
    async parts({ store, gate }) {
      tenancy = await openTenancy({
        config: { enabled: true, strict: false, declared: [] },
        tenants: store.tenants,
        log: gate.log,
      });
      return { tenancy, isTenant: (tenant) => tenancy.has(tenant) };
    },
  });
});
afterAll(async () => {
  await tenancy.close();
  await api.close();
});

const as = (tenant: string, ...roles: readonly string[]): Principal => ({
  id: "ana",
  tenant,
  roles,
  scopes: [],
  source: "token",
});
async function said(
  method: string,
  path: string,
  body?: object,
): Promise<readonly [number, Record<string, unknown>]> {
  const response = await fetch(`${api.url}${path}`, {
    method,
    ...(body !== undefined && { headers: { "content-type": "application/json" } }),
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return [response.status, (await response.json()) as Record<string, unknown>];
}
const ids = async (): Promise<readonly string[]> => {
  const [, { items }] = await said("GET", "/tenants");
  return (items as { id: string }[]).map(({ id }) => id);
};

test("the gate's administrators set tenants up, and each governs what is below it", async () => {
  api.credential = as("default", "admin");
  for (const id of ["acme", "globex"])
    expect((await said("POST", "/tenants", { id, kind: "org" }))[0]).toBe(201);
  expect(await ids()).toEqual(["acme", "default", "globex"]);
  expect((await said("POST", "/tenants", { id: "acme" }))[0]).toBe(409);
  expect((await said("POST", "/tenants", { id: "a/b" }))[0]).toBe(400);
  expect((await said("POST", "/tenants", { id: "x", parent: "nobody" }))[0]).toBe(422);

  api.credential = as("acme", "tenant_admin");
  const [status, made] = await said("POST", "/tenants", { id: "acme.sales", name: "Sales" });
  expect([status, made]).toMatchObject([
    201,
    { id: "acme.sales", parent: "acme", name: "Sales", open: true },
  ]);
  expect(await ids()).toEqual(["acme", "acme.sales"]);
  expect(await said("POST", "/tenants", { id: "acme.greedy", share: 1000 })).toMatchObject([
    422,
    { detail: "A share of more than 1, its own, is not acme's to give." },
  ]);
  expect((await said("GET", "/tenants/acme.sales"))[0]).toBe(200);
  // Clients name the type of a body that they do not send.
  const bare = { method: "POST", headers: { "content-type": "application/json" } };
  for (const [word, status] of [
    ["suspend", 200],
    ["resume", 200],
  ])
    expect((await fetch(`${api.url}/tenants/acme.sales/${word}`, bare)).status).toBe(status);
  expect(await said("POST", "/tenants/acme.sales/suspend")).toMatchObject([
    200,
    { state: "suspended", open: false },
  ]);
  expect((await said("POST", "/tenants/acme.sales/suspend"))[0]).toBe(409);
  expect(await said("POST", "/tenants/acme.sales/resume")).toMatchObject([200, { open: true }]);
});

test("who governs a tenant hears what there is in those below it, and nobody else does", async () => {
  const asked = async (tenant: string, role: string, about: string) => {
    api.credential = as(tenant, role);
    return await said("GET", `/tenants/${about}/resources`);
  };
  expect(await asked("acme", "tenant_admin", "acme.sales")).toMatchObject([200, { tenant_id: "acme.sales" }]);
  for (const [tenant, role, about] of [
    ["acme", "operator", "acme.sales"],
    ["acme.sales", "tenant_admin", "acme"],
    ["acme", "tenant_admin", "globex"],
    ["acme", "tenant_admin", "acme.nobody"],
  ] as const)
    expect([tenant, about, (await asked(tenant, role, about))[0]]).toEqual([tenant, about, 403]);
});

test("nobody hears whether another tenant is there", async () => {
  const of = async (id: string) => {
    const answers = [
      await said("GET", `/tenants/${id}`),
      await said("POST", `/tenants/${id}/suspend`),
      await said("POST", `/tenants/${id}/resume`),
      await said("DELETE", `/tenants/${id}?confirm=${id}`),
      await said("POST", "/tenants", { id }),
      await said("POST", "/tenants", { id: `${id}.x`, parent: id }),
      await said("GET", `/tenants/${id}/resources`),
    ];
    return answers.map(([status, { instance, request_id, ...body }]) => [
      status,
      JSON.stringify({ ...body, made: [typeof instance, typeof request_id] }).replaceAll(id, "X"),
    ]);
  };
  for (const role of ["tenant_admin", "admin", "viewer", "user", "operator"]) {
    api.credential = as("acme", role);
    const theirs = await of("globex");
    expect(theirs).toEqual(await of("nobody1"));
    expect(theirs.every(([status]) => status === 403)).toBe(true);
  }
});

test("a tenant governs neither itself nor what is above it, and roles that govern nothing change nothing", async () => {
  api.credential = as("acme", "tenant_admin");
  expect((await said("POST", "/tenants/acme/suspend"))[0]).toBe(403);
  expect((await said("POST", "/tenants/default/suspend"))[0]).toBe(403);
  api.credential = as("acme", "operator");
  expect((await said("POST", "/tenants/acme.sales/suspend"))[0]).toBe(403);
  api.credential = as("default", "admin");
  expect((await said("POST", "/tenants/default/suspend"))[0]).toBe(409);
  expect((await said("POST", "/tenants/nobody1/suspend"))[0]).toBe(404);
});

test("a tenant is deleted by whoever says its name again, and what stays is told", async () => {
  api.credential = as("acme", "tenant_admin");
  expect((await said("DELETE", "/tenants/acme.sales?confirm=acme"))[0]).toBe(422);
  expect((await said("DELETE", "/tenants/acme.sales"))[0]).toBe(400);
  const [status, deleted] = await said("DELETE", "/tenants/acme.sales?confirm=acme.sales");
  expect([status, deleted]).toMatchObject([200, { id: "acme.sales", remains: { acts: expect.any(String) } }]);
  expect(await said("GET", "/tenants/acme.sales")).toMatchObject([200, { state: "deleted", open: false }]);
  expect((await said("POST", "/tenants", { id: "acme.sales" }))[0]).toBe(409);
});
