import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  isAcross,
  may,
  type Permission,
  PERMISSIONS,
  permissionsOf,
  type Role,
  ROLES,
} from "./permission.ts";
import type { Principal } from "./principal.ts";

const every = Object.keys(PERMISSIONS) as readonly Permission[];
const names = Object.keys(ROLES) as readonly Role[];

const someone = (
  roles: readonly string[],
  tenant = "acme",
  source: Principal["source"] = "token",
): Pick<Principal, "source" | "roles" | "tenant"> => ({ roles, tenant, source });

/** What the issue says of each role, in its own words. */
const SAID: Readonly<
  Record<Role, { readonly may: readonly Permission[]; readonly not: readonly Permission[] }>
> = {
  viewer: { may: ["state.read"], not: ["call", "act_as", "records.read", "policy.write", "people.read"] },
  user: { may: ["call", "ask"], not: ["state.read", "act_as", "policy.write"] },
  operator: { may: ["policy.write", "servers.write", "act_as"], not: ["people.write", "privacy.write"] },
  approver: { may: ["ask"], not: ["call", "approvals.read", "policy.write"] },
  tenant_admin: {
    may: ["people.write", "tenant.write", "roles.give"],
    not: ["tenants.write", "payload.open"],
  },
  dpo: { may: ["privacy.read", "privacy.write"], not: ["call", "records.read", "people.write"] },
  auditor: { may: ["records.read", "payload.open"], not: ["call", "policy.write", "privacy.write"] },
  admin: { may: ["people.write", "tenant.write"], not: ["tenants.write", "payload.open"] },
};

describe("roles", () => {
  test.each(names)("%s may do what it is for, and no more", (role) => {
    for (const permission of SAID[role].may)
      expect([permission, may(someone([role]), permission, "acme")]).toEqual([permission, true]);
    for (const permission of SAID[role].not)
      expect([permission, may(someone([role]), permission, "acme")]).toEqual([permission, false]);
  });

  test("nothing of a role holds in another tenant, whichever it is", () => {
    for (const role of names)
      for (const permission of every) expect(may(someone([role]), permission, "globex")).toBe(false);
  });

  test("the administrators of the gate itself may do everything everywhere; those of a tenant what tenant_admin may", () => {
    for (const permission of every) {
      expect(may(someone(["admin"], "default"), permission, "globex")).toBe(true);
      expect(may(someone(["tenant_admin"], "default"), permission, "globex")).toBe(false);
      expect(may(someone(["admin"]), permission, "acme")).toBe(
        may(someone(["tenant_admin"]), permission, "acme"),
      );
    }
  });

  test("who has no role, or one of policy's own, is somebody who calls", () => {
    for (const roles of [[], ["developer"], ["developer", "auditor"]])
      expect(may(someone(roles), "call", "acme")).toBe(true);
    expect(may(someone(["auditor"]), "call", "acme")).toBe(false);
    for (const name of ["constructor", "__proto__", "Admin", "admin "])
      expect([...permissionsOf(someone([name], "default"))]).toEqual([
        ...permissionsOf(someone([], "default")),
      ]);
  });

  test("nobody in particular asks and looks, in every tenant's name, and gives nothing", () => {
    const nobody = someone([], "default", "anonymous");
    expect(may(nobody, "act_as", "globex")).toBe(true);
    for (const permission of every.filter((each) => each.endsWith(".write") || each === "roles.give"))
      expect(may(nobody, permission, "default")).toBe(false);
    expect(may(nobody, "records.read", "globex")).toBe(false);
    expect(isAcross(nobody)).toBe(false);
  });

  test("more roles never let do less than each of the gate's own does", () => {
    fc.assert(
      fc.property(fc.subarray([...names]), fc.constantFrom(...names), (roles, more) => {
        const before = roles.length === 0 ? [] : [...permissionsOf(someone(roles))];
        const after = permissionsOf(someone([...roles, more]));
        expect(before.filter((each) => !after.has(each))).toEqual([]);
      }),
    );
  });
});
