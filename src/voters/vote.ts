import type { Call } from "../call/call.ts";

/** What a voter says of a call that policy allows. It can only tighten: `allow` leaves the verdict as it is. */
export type Vote =
  | { readonly kind: "allow" }
  /** `why`: its own reason, a sentence, bounded. */
  | { readonly kind: "deny"; readonly why: string | undefined }
  /** It could not be asked, or did not answer. `why` goes on after "it": "did not answer in time". `detail`: for the operator alone. */
  | { readonly kind: "unreachable"; readonly why: string; readonly detail?: string }
  /** It was asked, and what it said is no decision; that is a mistake in it and no outage. */
  | { readonly kind: "unclear"; readonly why: string; readonly detail?: string };

/** How a voter has been doing, for who watches the gate. Instants in ms. */
export interface VoterHealth {
  readonly name: string;
  readonly kind: "opa" | "opa-wasm" | "cedar";
  readonly asked: number;
  /** How often it gave no decision. */
  readonly failed: number;
  readonly last_failure: { readonly at: number; readonly why: string } | undefined;
  /** It failed so often in a row that it is left alone for a while. */
  readonly resting: boolean;
}

/** An engine beside the policy. */
export interface Engine {
  /** Never rejects. */
  readonly vote: (call: Call) => Vote | Promise<Vote>;
  readonly resting: () => boolean;
  readonly close: () => Promise<void>;
}

export const ALLOW: Vote = Object.freeze({ kind: "allow" });

export function unclear(why: string, detail?: string): Vote {
  return { kind: "unclear", why, ...(detail !== undefined && { detail: reason(detail) }) };
}

export function unreachable(why: string, detail?: string): Vote {
  return { kind: "unreachable", why, ...(detail !== undefined && { detail: reason(detail) }) };
}

const REASON_CHARS = 200;

/** A reason as it may be shown and stored: one line, no control characters, bounded. */
export function reason(text: string): string {
  const line = text
    .slice(0, 4 * REASON_CHARS)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return (line.length <= REASON_CHARS ? line : `${line.slice(0, REASON_CHARS - 1)}…`).toWellFormed();
}
