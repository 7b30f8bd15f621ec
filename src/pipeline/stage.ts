import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import type { Edit, Finding, Refusal, Verdict } from "../call/verdict.ts";

/**
 * What one stage says. It may pass, rewrite or stop what is in front of it; it can never allow. `skip` is its word
 * that it could not look, so that nobody takes that for a check.
 */
export type Ruling = (
  | { readonly kind: "skip"; readonly why: string; readonly findings?: never }
  | { readonly kind: "pass"; readonly findings?: readonly Finding[] }
  | { readonly kind: "rewrite"; readonly edits: readonly Edit[]; readonly findings?: readonly Finding[] }
  | { readonly kind: "stop"; readonly refusal: Refusal; readonly findings?: readonly Finding[] }
) & {
  /** What the stage did, for the trail. Small, and without secrets. */
  readonly detail?: JsonObject;
};

export const PASS: Ruling = Object.freeze({ kind: "pass" });

/** One inspection. Rulings may be given at once or promised; at once is cheaper. */
export interface Stage {
  readonly name: string;
  /** What a throw means. There is no default: whoever fails open writes it down where the stage is declared. */
  readonly broken: "stop" | "pass";
  /** Edits of a call have paths into `params`. */
  readonly before?: (call: Call) => Ruling | Promise<Ruling>;
  /** Edits of an answer have paths into `result`. A stopped aside is dropped. */
  readonly after?: (answer: Answer, call: Call) => Ruling | Promise<Ruling>;
}

/** The policy's seat: the only one that can allow. Pure, and last, after every rewrite. */
export type Judge = (call: Call, findings: readonly Finding[]) => Verdict;

/** One line of the trail: which stage, what it said, how long it took (µs). `broken`: it threw; `skip`: `why` it did not look. */
export type Step = {
  readonly stage: string;
  readonly said: Ruling["kind"] | Verdict["kind"] | "broken";
  readonly us: number;
  readonly why?: string;
  /** What the stage has to say of what it did. */
  readonly detail?: JsonObject;
};

/** `call` is what was judged and therefore what may be sent; `edits`, a batch a stage, lead to it from what came. */
export interface Decision {
  readonly call: Call;
  readonly edits: readonly (readonly Edit[])[];
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
  readonly trail: readonly Step[];
  /** While one version of policy replaces another: what the one that decides and the one beside it said of the call. */
  readonly beside?: { readonly decided: Verdict["kind"]; readonly other: Verdict["kind"] };
}

/** An answer after inspection: what to hand on, or why it may not be. */
export type Inspection = (
  | { readonly kind: "pass"; readonly edits: readonly (readonly Edit[])[] }
  | { readonly kind: "stop"; readonly refusal: Refusal }
) & { readonly findings: readonly Finding[]; readonly trail: readonly Step[] };
