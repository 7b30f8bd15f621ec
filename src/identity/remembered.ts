import { hash } from "node:crypto";
import type { Principal } from "../call/principal.ts";

/** A token that was verified, and what it needs with every request. */
export interface Verified {
  readonly principal: Principal;
  readonly issuer: string;
  /** ms. Not used after this without being verified again. */
  readonly until: number;
  /** Thumbprint of the key that its holder must prove to have (RFC 9449), or undefined. */
  readonly key: string | undefined;
  /** Digest of the certificate that its holder must show (RFC 8705), or undefined. */
  readonly certificate: string | undefined;
}

/** Verified tokens, by their digest. */
export interface Remembered {
  get(token: string, resource: string, at: number): Verified | undefined;
  keep(token: string, resource: string, verified: Verified): void;
  /** Forgets what an issuer's earlier keys have signed. */
  forget(issuer: string): void;
}

const MOST = 10_000;

const nameOf = (token: string, resource: string): string =>
  `${hash("sha256", token, "base64url")} ${resource}`;

export function remembered(): Remembered {
  const kept = new Map<string, Verified>();
  return {
    get(token, resource, at) {
      const name = nameOf(token, resource);
      const found = kept.get(name);
      if (found === undefined || found.until > at) return found;
      kept.delete(name);
      return undefined;
    },
    keep(token, resource, verified) {
      kept.set(nameOf(token, resource), verified);
      const [oldest] = kept.keys();
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest);
    },
    forget(issuer) {
      for (const [name, verified] of kept) if (verified.issuer === issuer) kept.delete(name);
    },
  };
}
