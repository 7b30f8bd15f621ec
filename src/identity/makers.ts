import { isAcross } from "../call/permission.ts";
import type { Maker, Principal, TenantId } from "../call/principal.ts";
import type { ApiKey, Credentials, MadeAs } from "../store/people/credentials.ts";
import type { Person } from "../store/people/people.ts";

/** Keys that one after the other made the next. */
const DEEPEST = 16;
const FORGOTTEN: Maker = Object.freeze({ id: "" });

/** As what somebody makes a credential or an account for that tenant. */
export function madeAs(by: Principal, tenant: TenantId): MadeAs {
  if (by.source === "local-account") return "operator";
  if (by.tenant !== tenant) return "elsewhere";
  return isAcross(by) ? "admin" : "own";
}

/** The key that somebody shows who makes another. */
export function madeWith({ source, credential }: Principal): { readonly made_with?: string } {
  const is_key = source === "api-key" || source === "bootstrap";
  return is_key && credential !== undefined ? { made_with: credential } : {};
}

/** Whoever runs the gate has its files, and is nobody of a tenant. */
function makerOf(id: string, as: MadeAs | undefined): readonly Maker[] {
  if (as === "operator" || as === "elsewhere") return [];
  return [Object.freeze({ id, ...(as === "admin" && { gate: true as const }) })];
}

/** Who made a key, who made the key that it was made with, and so on. Rejects as the store does. */
export async function makersOf(
  key: ApiKey,
  credentials: Pick<Credentials, "get">,
): Promise<readonly Maker[]> {
  const makers: Maker[] = [];
  let at = key;
  for (let deep = 0; deep < DEEPEST; deep += 1) {
    const own = makerOf(at.made_by, at.made_as);
    makers.push(...own);
    if (own.length === 0 || at.made_with === undefined) return Object.freeze(makers);
    const before = await credentials.get(at.made_with);
    // It was erased with who had it, or somebody wants to be forgotten behind very many.
    if (before?.tenant !== key.tenant) break;
    at = before;
  }
  return Object.freeze([...makers, FORGOTTEN]);
}

/** A service account's maker, and who said last what it may do, could each have taken its part. */
export function makersOfAccount(
  { made_by = [] }: Pick<Principal, "made_by">,
  { made_by: maker, made_as, changed_by, changed_as }: Person,
): readonly Maker[] {
  const all = [...made_by, ...makerOf(maker, made_as), ...makerOf(changed_by, changed_as)];
  return Object.freeze(all.filter((each, at) => all.findIndex(({ id }) => id === each.id) === at));
}
