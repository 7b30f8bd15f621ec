import { expect, test } from "vitest";
import type { DeclaredTenant, TenantsConfig } from "../config/tenants.ts";
import type { Tenant } from "../store/tenants.ts";
import { directoryOf } from "./directory.ts";

const ON: TenantsConfig = { enabled: true, strict: false, declared: [] };
const row = (id: string, more: Partial<Tenant> = {}): Tenant => ({
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
const declared = (id: string, more: Partial<DeclaredTenant> = {}): DeclaredTenant => ({
  id,
  kind: "tenant",
  parent: "",
  name: id,
  policy: [],
  servers: undefined,
  env: {},
  secrets: [],
  share: 1,
  ...more,
});

test("default is always there, and never closed; under strict isolation only where it is declared", () => {
  const mad = [row("default", { state: "suspended" })];
  expect(directoryOf(ON, mad).get("default")).toMatchObject({ open: true, state: "active" });
  const strict: TenantsConfig = { ...ON, strict: true };
  expect(directoryOf(strict, []).get("default")).toBeUndefined();
  expect(directoryOf({ ...strict, declared: [declared("default")] }, []).get("default")?.open).toBe(true);
});

test("what is declared says what a tenant is, the store in which state", () => {
  const config: TenantsConfig = {
    ...ON,
    declared: [declared("acme", { kind: "org", name: "Acme", share: 4 })],
  };
  const rows = [row("acme", { state: "suspended", share: 9 }), row("globex")];
  const directory = directoryOf(config, rows);
  expect(directory.all().map(({ id }) => id)).toEqual(["acme", "default", "globex"]);
  expect(directory.get("acme")).toMatchObject({ kind: "org", share: 4, state: "suspended", open: false });
  expect(directory.get("globex")).toMatchObject({ open: true, declared: false, path: ["globex"] });
});

test("who is below somebody that is not active is closed, and so is who is below nobody", () => {
  const rows = [
    row("org", { kind: "org" }),
    row("tenant", { parent: "org" }),
    row("project", { kind: "project", parent: "tenant" }),
    row("lost", { parent: "nobody" }),
    row("beside", { parent: "tenant" }),
  ];
  const open = (state: Tenant["state"]) =>
    directoryOf(ON, [{ ...row("org", { kind: "org" }), state }, ...rows.slice(1)])
      .all()
      .filter((each) => each.open)
      .map(({ id }) => id);
  expect(open("active")).toEqual(["default", "org", "project", "tenant"]);
  for (const state of ["suspended", "deleting", "deleted"] as const) expect(open(state)).toEqual(["default"]);
  expect(directoryOf(ON, rows).get("project")?.path).toEqual(["org", "tenant", "project"]);
});
