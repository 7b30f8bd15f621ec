import type { Charge } from "../call/charge.ts";
import type { Instant } from "../call/id.ts";
import type { Adjustment, Claim, Level, Notice } from "../store/counters/claim.ts";
import type { Receipt } from "../store/fence.ts";

/** What came of a claim on shared counters. */
export type Counted =
  | {
      readonly kind: "taken";
      readonly notices: readonly Notice[];
      /** In the order of the charges. */
      readonly levels: readonly Level[];
      /** The instant it was taken at, on the clock that the counters go by. */
      readonly at: Instant;
      readonly receipt: Receipt;
    }
  /** Nothing was taken. `lost`: nobody knows what was used, so there is no room until its window is over. */
  | { readonly kind: "full"; readonly charge: Charge; readonly free_at: Instant; readonly lost: boolean };

/**
 * Counters that replicas share beside their store. Where `cluster` is `memory` there are none, and limits are counted in
 * the store itself, in the transaction that writes the opening.
 */
export interface SharedCounters {
  /** Takes all charges of a claim or none, in one step. Rejects with CountersUnavailable. */
  take(claim: Claim): Promise<Counted>;
  /**
   * Changes what was taken under a receipt. Resolves when it is done or cannot be, and never rejects: what cannot be
   * freed or given back stays taken.
   */
  adjust(receipt: Receipt, adjustments: readonly Adjustment[]): Promise<void>;
  /** Asks the store whether what is counted here is whole: after it refused a receipt. Rejects with CountersUnavailable. */
  prove(): Promise<void>;
  /** For health: why nothing can be counted now, or undefined where all is well. */
  trouble(): string | undefined;
  /** Waits for what is under way. Never rejects. */
  close(): Promise<void>;
}

/** Limits cannot be counted now, so what they limit must not happen. `message` is for the operator and holds no secret. */
export class CountersUnavailable extends Error {
  override readonly name = "CountersUnavailable";
}
