import { isObject } from "../call/json.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { Session, SignIns } from "../store/people/sign-ins.ts";
import { checkGrant } from "./granting.ts";
import { type DeskParts, noted } from "./people-desk.ts";
import { rolesKnown } from "./roles-known.ts";

/** The roles with which somebody signed in. */
function rolesIn({ facts }: Session): readonly string[] {
  const value: unknown = JSON.parse(facts);
  return isObject(value) && Array.isArray(value["roles"]) ? (value["roles"] as readonly string[]) : [];
}

/**
 * Signs a browser out, and puts that on record; false where there is no such session to end. Rejects with Ungranted where it is of
 * somebody who may do more than whoever would end it.
 */
export async function endSession(
  parts: DeskParts & { readonly signIns: Pick<SignIns, "session" | "end"> },
  by: Principal,
  tenant: TenantId,
  id: string,
): Promise<boolean> {
  const { signIns, now } = parts;
  const session = await signIns.session(tenant, id);
  const roles =
    session === undefined
      ? []
      : [...rolesIn(session), ...(await rolesKnown(parts, tenant, session.principal))];
  if (session?.principal !== by.id || tenant !== by.tenant)
    checkGrant(by, { tenant, roles, scopes: [] }, `ending session ${id}`);
  if (!(await signIns.end(tenant, id, now(), by.id))) return false;
  await noted(parts, by, tenant, "session.revoked", id, {});
  return true;
}
