import { isAcross, isRole, may, permissionsOf } from "../call/permission.ts";
import type { Principal, TenantId } from "../call/principal.ts";

/** What somebody would have by a key, or as a user or service account. */
export interface Granted {
  readonly tenant: TenantId;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

/** Somebody would give what they lack, or change who has it. The message is for them. */
export class Ungranted extends Error {
  override readonly name = "Ungranted";
}

/**
 * What somebody lacks of what they would give, in words; none: they may. Nobody gives what they lack: not a permission, not
 * a scope, and no credential that leads further than their own.
 */
export function lacking(granter: Principal, { tenant, roles, scopes }: Granted): readonly string[] {
  if (!may(granter, "people.write", tenant)) return ["the permission people.write there"];
  if (granter.reach !== undefined) return ["a credential that is confined to nothing"];
  const given = [...permissionsOf({ source: "token", roles, tenant })];
  const own = tenant === granter.tenant;
  const holds = (role: string): boolean => own && granter.roles.includes(role);
  return [
    ...given.filter((each) => !may(granter, each, tenant)).map((each) => `the permission ${each}`),
    ...(isAcross({ source: "token", roles, tenant }) && !isAcross(granter) ? ["every tenant"] : []),
    ...roles
      .filter((role) => !isRole(role) && !may(granter, "roles.give", tenant) && !holds(role))
      .map((role) => `the role ${role}`),
    ...scopes
      .filter((scope) => !isAcross(granter) && !(own && granter.scopes.includes(scope)))
      .map((scope) => `the scope ${scope}`),
  ];
}

/** Throws Ungranted where somebody lacks of that. `what` begins the sentence. */
export function checkGrant(granter: Principal, granted: Granted, what: string): void {
  const [first, ...more] = lacking(granter, granted);
  if (first === undefined) return;
  const others = more.length === 0 ? "" : `, ${more.slice(0, 9).join(", ")}`;
  throw new Ungranted(`${what} needs what ${granter.id} lacks: ${first}${others}`);
}
