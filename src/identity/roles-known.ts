import type { TenantId } from "../call/principal.ts";
import type { DeskParts } from "./people-desk.ts";

/** The roles that somebody is known to have: those that their tenant gives them, and those of their keys that are still good. */
export async function rolesKnown(
  { people, credentials, now }: Pick<DeskParts, "people" | "credentials" | "now">,
  tenant: TenantId,
  id: string,
): Promise<readonly string[]> {
  const person = await people.get(tenant, id);
  const at = now();
  const good = (await credentials.list(tenant)).filter(
    ({ principal, revoked_at, expires_at }) => principal === id && revoked_at === null && expires_at > at,
  );
  return [...new Set([...(person?.roles ?? []), ...good.flatMap(({ roles }) => roles)])];
}
