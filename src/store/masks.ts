import type { Instant } from "../call/id.ts";

/** What a mark stands for, sealed by whoever put it there. */
export interface KeptMask {
  /** Who was given the mark. */
  readonly principal: string;
  readonly id: string;
  readonly sealed: string;
  readonly expires: Instant;
}

/** Marks of one principal that are kept; beyond it nothing new is. */
export const MAX_MASKS = 10_000;

/** The marks of a tenant. There is no way to those of another tenant. */
export interface Masks {
  /** Keeps marks, or keeps them longer. Forgets those of the tenant that are over. */
  put(masks: readonly KeptMask[], now: Instant): Promise<void>;
  /** Undefined where the principal has no such mark, or it is over. */
  get(principal: string, id: string, now: Instant): Promise<string | undefined>;
}
