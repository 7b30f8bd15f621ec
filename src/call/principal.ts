/** Whose data a record is. `default` where tenants are not set up. */
export type TenantId = string;

/** Who asks, and how that is known. Every relaxation has a name, so that policy and journal see it. */
export interface Principal {
  readonly id: string;
  readonly tenant: TenantId;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /** `host`: the program that the gate is embedded in has verified a credential. */
  readonly source: "local-account" | "anonymous" | "host";
}
