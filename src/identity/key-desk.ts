import type { Instant } from "../call/id.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { ApiKey, KeyBounds } from "../store/people/credentials.ts";
import { checkGrant, Ungranted } from "./granting.ts";
import { mint } from "./key.ts";
import { madeAs, madeWith } from "./makers.ts";
import { type DeskParts, noted } from "./people-desk.ts";

/** What a key is to be. */
export interface NewKey extends KeyBounds {
  readonly tenant: TenantId;
  readonly principal: string;
  readonly name: string;
  readonly expires_at: Instant;
}

/** A key that was made, and its text, which nobody keeps. */
export interface Made {
  readonly key: ApiKey;
  readonly text: string;
}

/** For how long a key that was replaced is still good, where nobody says. */
export const GRACE_MS = 24 * 3_600_000;
export const MAX_GRACE_MS = 30 * GRACE_MS;
/** How long a key is good where nobody says. */
export const LIFE_MS = 90 * GRACE_MS;
/** No key is good for longer. */
export const MAX_LIFE_MS = 3660 * 24 * 3_600_000;

/** API keys, changed by somebody: nobody gives what they lack, and each change is on record. */
export interface KeyDesk {
  /** Undefined where it is for a service account that is not there. Rejects with Ungranted, here and below. */
  make(by: Principal, key: NewKey, kind?: ApiKey["kind"]): Promise<Made | undefined>;
  /** Another key in a key's place, for as long as that was good; the old one is good until then at most. Undefined where it is over. */
  replace(by: Principal, tenant: TenantId, id: string, grace_ms: number): Promise<Made | undefined>;
  /** False where there is no such key, or it was taken back already. */
  revoke(by: Principal, tenant: TenantId, id: string): Promise<boolean>;
}

/** What leads where a key led, and lasts as long from now on. */
function another(old: ApiKey, now: Instant): NewKey {
  const { tenant, principal, name, roles, scopes, servers, tools, networks, hours, account, made_at } = old;
  return {
    tenant,
    principal,
    name,
    roles,
    scopes,
    servers,
    tools,
    networks,
    ...(hours !== undefined && { hours }),
    ...(account !== undefined && { account }),
    expires_at: now + Math.min(old.expires_at - made_at, MAX_LIFE_MS),
  };
}

export function keyDesk(parts: DeskParts): KeyDesk {
  const { credentials, people, now } = parts;

  /** What a key lets do: its own roles, and those that its holder's tenant gives them. Undefined where its account is not there. */
  async function rolesOf({ tenant, principal, roles, account }: NewKey | ApiKey) {
    const person = await people.get(tenant, principal);
    if (account === true && person?.kind !== "service-account") return undefined;
    return [...roles, ...(person?.roles ?? [])];
  }

  async function give(by: Principal, key: NewKey, kind: ApiKey["kind"], action: string, old?: string) {
    const { text, ...own } = mint(kind);
    const made: ApiKey = {
      ...key,
      ...own,
      made_at: now(),
      made_by: by.id,
      made_as: madeAs(by, key.tenant),
      ...madeWith(by),
      revoked_at: null,
      revoked_by: null,
      used_at: null,
    };
    const { tenant, principal, roles, scopes, expires_at } = made;
    const until = new Date(expires_at).toISOString();
    const of = {
      principal,
      roles: [...roles],
      scopes: [...scopes],
      until,
      ...(old !== undefined && { old }),
    };
    // A key that is not on record must not be one.
    await noted(parts, by, tenant, action, made.id, of);
    await credentials.add(made);
    return { key: made, text };
  }

  /** A key of that tenant, where it lets do no more than whoever would change it may. */
  async function standing(by: Principal, tenant: TenantId, id: string, what: string) {
    const key = await credentials.get(id);
    const found = key?.tenant === tenant ? key : undefined;
    const roles = (found && (await rolesOf(found))) ?? found?.roles ?? ["user"];
    checkGrant(by, { tenant, roles, scopes: found?.scopes ?? [] }, `${what} key ${id}`);
    return found;
  }

  return {
    async make(by, key, kind = "live") {
      if (key.principal === "anonymous")
        throw new Ungranted("nobody in particular has no key: `anonymous` is who shows none");
      const roles = await rolesOf(key);
      const what = `making a key for ${key.principal}`;
      checkGrant(by, { tenant: key.tenant, roles: roles ?? ["user"], scopes: key.scopes }, what);
      return roles === undefined ? undefined : await give(by, key, kind, "key.made");
    },
    async replace(by, tenant, id, grace_ms) {
      const old = await standing(by, tenant, id, "replacing");
      if (old === undefined || old.revoked_at !== null || old.expires_at <= now()) return undefined;
      const made = await give(by, another(old, now()), old.kind, "key.replaced", id);
      // Only once there is another.
      await credentials.expire(id, now() + grace_ms);
      return made;
    },
    async revoke(by, tenant, id) {
      if ((await standing(by, tenant, id, "taking back")) === undefined) return false;
      if (!(await credentials.revoke(id, now(), by.id))) return false;
      await noted(parts, by, tenant, "key.revoked", id, {});
      return true;
    },
  };
}
