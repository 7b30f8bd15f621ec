import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { once } from "../once.ts";

/** What an API key may do, and from where and when. Empty lists confine nothing; roles and scopes give. */
export interface KeyBounds {
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** Globs. */
  readonly servers: readonly string[];
  /** Globs. */
  readonly tools: readonly string[];
  /** Addresses and CIDR ranges. */
  readonly networks: readonly string[];
  /** When it may be used; absent: always. */
  readonly hours?: KeyHours;
  /** It is a service account's: the account gives it roles, and without the account it opens nothing. */
  readonly account?: true;
}

/** As a policy rule writes its hours. */
export interface KeyHours {
  readonly allow: string;
  readonly days?: string;
  readonly timezone?: string;
}

/**
 * As what somebody made a credential or an account: who runs the gate on its machine, an administrator of the gate, one who
 * belongs elsewhere than to the tenant it is for, or anybody else who may.
 */
export type MadeAs = "operator" | "admin" | "elsewhere" | "own";

/** An API key as it is kept: never the key itself. */
export interface ApiKey extends KeyBounds {
  readonly id: string;
  readonly kind: "live" | "bootstrap";
  /** `sha256:…` of the whole key. */
  readonly digest: string;
  readonly tenant: TenantId;
  readonly principal: string;
  /** What it is for, in the words of whoever made it. */
  readonly name: string;
  readonly made_at: Instant;
  readonly made_by: string;
  /** Absent: of a time when it was not noted. */
  readonly made_as?: MadeAs;
  /** The key with which whoever made it showed who they are. */
  readonly made_with?: string;
  readonly expires_at: Instant;
  readonly revoked_at: Instant | null;
  readonly revoked_by: string | null;
  /** To the minute. */
  readonly used_at: Instant | null;
}

/** Keys that one `list` gives at most. */
export const MAX_KEYS = 10_000;

/** What callers prove who they are with, as far as the gates of a store share it. */
export interface Credentials {
  add(key: ApiKey): Promise<void>;
  get(id: string): Promise<ApiKey | undefined>;
  /** Newest first; of all tenants where none is named. At most `MAX_KEYS`. */
  list(tenant: TenantId | undefined): Promise<readonly ApiKey[]>;
  /** False where there is no such key, or it was taken back already. */
  revoke(id: string, at: Instant, who: string): Promise<boolean>;
  /** Has a key end at that moment, unless it ends before; false where there is none, or it was taken back. */
  expire(id: string, at: Instant): Promise<boolean>;
  /** Notes that a key was used. */
  used(id: string, at: Instant): Promise<void>;
  /** Grows with each key that is added or taken back, in the order in which that becomes visible. */
  changes(): Promise<number>;
  /** Uses up a proof that is fresh until then; false where it was used before, by whichever gate. Forgets those that are stale. */
  spend(proof: string, until: Instant, now: Instant): Promise<boolean>;
  /** The nonce of a slot of time: the one that came first, from whichever gate. Forgets those of long ago. */
  nonce(slot: number, candidate: string): Promise<string>;
}

/** A row as both engines give it. */
export interface KeyRow extends Omit<ApiKey, keyof KeyBounds | "made_as" | "made_with"> {
  readonly made_as: MadeAs | null;
  readonly made_with: string | null;
  /** JSON. */
  readonly bounds: string;
}

export const KEY_COLUMNS = [
  "id",
  "kind",
  "digest",
  "tenant",
  "principal",
  "name",
  "bounds",
  "made_at",
  "made_by",
  "made_as",
  "made_with",
  "expires_at",
  "revoked_at",
  "revoked_by",
  "used_at",
] as const satisfies readonly (keyof KeyRow)[];

/** The cells of a key, in the order of `KEY_COLUMNS`. */
export function cellsOf(key: ApiKey): readonly (string | number | null)[] {
  const { roles, scopes, servers, tools, networks, hours, account, ...rest } = key;
  const bounds = JSON.stringify({ roles, scopes, servers, tools, networks, hours, account });
  const row: KeyRow = { made_as: null, made_with: null, ...rest, bounds };
  return KEY_COLUMNS.map((column) => row[column]);
}

export function keyOf({ bounds, made_as, made_with, ...row }: KeyRow): ApiKey {
  return {
    ...row,
    ...(made_as !== null && { made_as }),
    ...(made_with !== null && { made_with }),
    ...(JSON.parse(bounds) as KeyBounds),
  };
}

/** Slots of nonces that are kept. */
export const KEPT_NONCES = 4;

/** Credentials whose engine is loaded with the first use: without keys and DPoP nobody asks. */
export function credentialsLater(load: () => Promise<Credentials>): Credentials {
  const engine = once(load);
  return {
    add: async (key) => await (await engine()).add(key),
    get: async (id) => await (await engine()).get(id),
    list: async (tenant) => await (await engine()).list(tenant),
    revoke: async (id, at, who) => await (await engine()).revoke(id, at, who),
    expire: async (id, at) => await (await engine()).expire(id, at),
    used: async (id, at) => await (await engine()).used(id, at),
    changes: async () => await (await engine()).changes(),
    spend: async (proof, until, now) => await (await engine()).spend(proof, until, now),
    nonce: async (slot, candidate) => await (await engine()).nonce(slot, candidate),
  };
}
