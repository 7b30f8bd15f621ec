import { permissionsOf } from "../call/permission.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { NO_TENANTS } from "../config/config.ts";
import { type Directory, directoryOf } from "../tenancy/directory.ts";
import type { GovernanceParts } from "./parts.ts";

const NOBODY_ELSE = directoryOf(NO_TENANTS, []);
/** The tenants that there are. */
export const directoryIn = ({ tenancy }: Pick<GovernanceParts, "tenancy">): Directory =>
  tenancy?.directory() ?? NOBODY_ELSE;

/** Whether a tenant is below that of a credential. */
export function isBelow(directory: Directory, { tenant }: Principal, id: TenantId): boolean {
  return id !== tenant && (directory.get(id)?.path.includes(tenant) ?? false);
}

/** Whether somebody governs a tenant that is above it: they see and change it as a whole, and are nobody in it. */
export function governs(
  parts: Pick<GovernanceParts, "tenancy">,
  credential: Principal,
  id: TenantId,
): boolean {
  return isBelow(directoryIn(parts), credential, id) && permissionsOf(credential).has("tenant.write");
}
