import { isObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { KEY_BYTES } from "./jwe.ts";

/** A key as an inventory shows it: never the key. */
export interface RootKey {
  /** As `tenant_keys.root` names it. */
  readonly id: string;
  /** ms; undefined where it is not known here. */
  readonly at: number | undefined;
  /** Whether new keys are wrapped by it. */
  readonly primary: boolean;
}

/**
 * What wraps the master keys of tenants: a key in a file, in the environment, in Vault, in a cloud. Asked once for a tenant and a
 * process, never on the path of a call. Rejects with JournalUnavailable where it cannot be asked now, with MissingKey where it
 * has not the key that is wanted.
 */
export interface Root {
  /** Where the key is, for people. */
  readonly where: string;
  /** The name of the key that wraps now. */
  readonly primary: () => Promise<string>;
  readonly wrap: (plain: Uint8Array) => Promise<string>;
  readonly unwrap: (wrapped: string, by: string) => Promise<Uint8Array>;
  readonly keys: () => Promise<readonly RootKey[]>;
  /** Makes a new primary key beside the old ones; undefined where somebody else makes them. */
  readonly renew?: () => Promise<string>;
  /** Destroys keys that wrap nothing any more. */
  readonly retire?: (ids: readonly string[]) => Promise<void>;
}

/** The key that wrapped something is not here. */
export class MissingKey extends JournalUnavailable {
  constructor(by: string, where: string) {
    super(
      "unreachable",
      `The records were sealed under the key ${by}, which is not in ${where}. Put it back beside the others; without it they cannot be read or added to.`,
    );
  }
}

/** A tenant's key, in what is wrapped: so that it cannot be taken for another tenant's, or another of its own. */
export function bound(tenant: TenantId, n: number, key: Uint8Array): Uint8Array {
  return Buffer.from(JSON.stringify({ tenant, n, key: Buffer.from(key).toString("base64url") }));
}

/** The key in what was unwrapped. Throws where it is another's. */
export function unbound(plain: Uint8Array, tenant: TenantId, n: number): Uint8Array {
  const said: unknown = JSON.parse(Buffer.from(plain).toString());
  if (isObject(said) && said["tenant"] === tenant && said["n"] === n && typeof said["key"] === "string") {
    const key = Buffer.from(said["key"], "base64url");
    if (key.length === KEY_BYTES) return key;
  }
  throw new JournalUnavailable(
    "damaged",
    "A tenant's master key is not the one it should be: the store was changed by hand.",
  );
}
