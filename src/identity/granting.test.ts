import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { may, type Permission, permissionsOf, PERMISSIONS, type Role, ROLES } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import { lacking } from "./granting.ts";

const someone = (roles: readonly string[], tenant = "acme", more: Partial<Principal> = {}): Principal => ({
  id: "ana",
  tenant,
  roles,
  scopes: [],
  source: "token",
  ...more,
});
const of = (roles: readonly string[], tenant = "acme", scopes: readonly string[] = []) => ({
  tenant,
  roles,
  scopes,
});
const names = Object.keys(ROLES) as readonly Role[];

describe("nobody gives what they lack", () => {
  test("who lets nobody in gives nothing, whatever else they may", () => {
    for (const role of ["viewer", "user", "operator", "approver", "dpo", "auditor"])
      expect(lacking(someone([role]), of([role]))).toEqual(["the permission people.write there"]);
  });

  test("a tenant's administrator gives what they have, in their tenant, and no more", () => {
    const own = someone(["tenant_admin"]);
    for (const role of ["viewer", "user", "operator", "approver", "tenant_admin", "developer"])
      expect([role, lacking(own, of([role]))]).toEqual([role, []]);
    expect(lacking(own, of(["auditor"]))).toEqual(["the permission payload.open"]);
    expect(lacking(own, of(["dpo"]))).toEqual(["the permission payload.personal"]);
    for (const role of ["auditor", "dpo"]) {
      const both = someone(["tenant_admin", role], "acme", { source: "api-key" });
      expect(lacking(both, of([role]))).toEqual([]);
    }
    expect(lacking(own, of(["user"], "globex"))).toEqual(["the permission people.write there"]);
    expect(lacking(own, of(["user"], "acme", ["files.write"]))).toEqual(["the scope files.write"]);
    expect(lacking(someone(["tenant_admin"], "default"), of(["admin"], "default"))).toContain("every tenant");
  });

  test("a scope that one has one gives", () => {
    const own = someone(["tenant_admin"], "acme", { scopes: ["files.write"] });
    expect(lacking(own, of([], "acme", ["files.write"]))).toEqual([]);
  });

  test("the gate's administrators and who runs it give everything everywhere", () => {
    for (const by of [someone(["admin"], "default"), someone([], "default", { source: "local-account" })])
      for (const role of names)
        for (const tenant of ["default", "acme"])
          expect(lacking(by, of([role, "developer"], tenant, ["x"]))).toEqual([]);
  });

  test("a credential that is confined to something gives nothing", () => {
    const by = someone(["admin"], "default", { reach: { servers: ["files"], tools: [] } });
    expect(lacking(by, of(["viewer"], "default"))).toEqual(["a credential that is confined to nothing"]);
  });

  test("nobody in particular gives nothing", () => {
    expect(lacking(someone([], "default", { source: "anonymous" }), of([], "default"))).not.toEqual([]);
  });

  test("whatever is given, nobody may do anywhere what whoever gave it may not", () => {
    const tenant = fc.constantFrom("default", "acme", "globex");
    const roles = fc.subarray([...names, "developer"]);
    fc.assert(
      fc.property(roles, tenant, roles, tenant, tenant, (held, home, given, there, anywhere) => {
        const by = someone(held, home);
        const to = someone(given, there);
        fc.pre(lacking(by, of(given, there)).length === 0);
        expect(permissionsOf(to).size).toBeGreaterThan(0);
        for (const permission of Object.keys(PERMISSIONS) as Permission[])
          if (may(to, permission, anywhere))
            expect([permission, may(by, permission, anywhere)]).toEqual([permission, true]);
      }),
      { numRuns: 2000 },
    );
  });
});
