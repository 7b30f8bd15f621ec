import type { Instant } from "./id.ts";

/**
 * What a counter counts over: a stretch of the calendar or clock; the last so many ms, whenever that is; a bucket
 * that refills, one every so many ms; or what is under way at once.
 */
export type Window =
  | { readonly kind: "span"; readonly from: Instant; readonly until: Instant }
  | { readonly kind: "sliding"; readonly length_ms: number }
  | { readonly kind: "bucket"; readonly every_ms: number }
  | { readonly kind: "held" };

/** What counts: calls, or what an argument says; bytes and time are known only in the end. */
export type Meter = "api_calls" | "argument" | "storage_gb" | "compute_hours";

/** What a call would take from one counter. The judge names charges, settling takes all of them or none. */
export interface Charge {
  /** The rule that asks for it. */
  readonly rule: string;
  /** Whose share of the rule it is; with the tenant it names the counter. */
  readonly counter: string;
  /** All tenants share it. */
  readonly everybody: boolean;
  readonly window: Window;
  readonly meter: Meter;
  /** At most so much may be taken; in a bucket, so much fits. */
  readonly most: number;
  /** What this call takes, in the meter's unit; 0 where only the end shows it. */
  readonly amount: number;
  /** `hard` refuses what goes beyond; `soft` lets it pass and tells the client; `warn` lets it pass and is logged. */
  readonly enforcement: "hard" | "soft" | "warn";
  /** Beyond this much taken, somebody wants to know. */
  readonly alert_above: number | undefined;
  /** The limit as its rule says it, for a sentence: `100/hour per user`. */
  readonly says: string;
  /** The rule's own reason. */
  readonly why: string | undefined;
}
