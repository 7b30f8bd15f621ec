import { hkdfSync } from "node:crypto";
import type { TenantId } from "../../call/principal.ts";
import { KEY_BYTES, seal, sealingKey, Unreadable, unseal } from "../../privacy/jwe.ts";

/** Seals a tenant's secrets, each under a key for its own name: what is moved to another name or tenant does not open. */
export interface Sealing {
  seal(tenant: TenantId, name: string, secret: string): string;
  /** Undefined where it was altered, or sealed with another secret of the gates. */
  open(tenant: TenantId, name: string, sealed: string): string | undefined;
}

/** `secret` is what all gates of one store know. */
export function sealing(secret: Uint8Array): Sealing {
  const keyFor = (tenant: TenantId, name: string) => {
    const about = JSON.stringify(["portcullis stored secret", tenant, name]);
    return sealingKey(new Uint8Array(hkdfSync("sha256", secret, "", about, KEY_BYTES)), "gate");
  };
  return {
    seal: (tenant, name, text) => seal(keyFor(tenant, name), text),
    open(tenant, name, sealed) {
      try {
        return unseal(keyFor(tenant, name), sealed);
      } catch (error) {
        if (error instanceof Unreadable) return undefined;
        throw error;
      }
    },
  };
}
