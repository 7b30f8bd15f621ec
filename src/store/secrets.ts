import type { Instant } from "../call/id.ts";

/** A secret of a tenant as it is kept: sealed by whoever put it there. */
export interface KeptSecret {
  /** Up to 64 letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly sealed: string;
  readonly at: Instant;
  readonly by: string;
}

/** Secrets that one `list` gives at most, and that a tenant may have. */
export const MAX_SECRETS = 1000;

/** A tenant's secrets. There is no way to a secret of another tenant. */
export interface Secrets {
  /** Takes the place of one of that name. False where the tenant has `MAX_SECRETS` others already. */
  put(secret: KeptSecret): Promise<boolean>;
  get(name: string): Promise<KeptSecret | undefined>;
  /** By name. */
  list(): Promise<readonly Omit<KeptSecret, "sealed">[]>;
  /** False where there is none of that name. */
  remove(name: string): Promise<boolean>;
}
