import type { TenantId } from "../../call/principal.ts";

/** Somebody whose data a store keeps, with the key it is sealed with. */
export interface Subject {
  /** `sub_…`, random: what stands in rows. */
  readonly id: string;
  /** What they are called: the id of a principal. */
  readonly name: string;
  seal(text: string): string;
  /** Throws where the token is none of this key. */
  unseal(token: string): string;
  /** A keyed digest: the same for the same value, and nobody finds the value by it who has not the key. */
  readonly commit: (value: string) => string;
}

/** Knows the subjects of a store. Rejects with JournalUnavailable where keys cannot be had now. */
export interface Sealer {
  /** Whoever is called so; a new subject where nobody is. At once where they are known here. */
  of(tenant: TenantId, principal: string): Subject | Promise<Subject>;
  /** Whoever is called so, or undefined where nobody is. */
  find(tenant: TenantId, principal: string): Promise<Subject | undefined>;
  /** The subjects with these ids, but those whose keys were destroyed. */
  by(tenant: TenantId, ids: readonly string[]): Promise<ReadonlyMap<string, Subject>>;
  close(): Promise<void>;
}
