import type { Ask } from "./ask.ts";
import type { Charge } from "./charge.ts";
import type { Action } from "./guard.ts";
import type { ApprovalId, Instant } from "./id.ts";
import type { Json, JsonObject, JsonPath } from "./json.ts";

/** The rule that spoke: its name, and the policy version or the part of the gate it belongs to. */
interface RuleRef {
  readonly source: string;
  readonly rule: string;
}

/** How somebody is to sign in (RFC 9470): in one of these ways, and so long ago at most. */
export interface SignInDemand {
  readonly acr_values: readonly string[];
  readonly max_age_s: number | undefined;
}

/** Why a call is refused decides the words that the model reads. */
export type Cause =
  /** `sign_in`: how whoever signs in anew might pass. */
  | { readonly kind: "policy"; readonly sign_in?: SignInDemand }
  /** The principal may not know that the target exists: answered exactly as an unknown one. */
  | { readonly kind: "hidden" }
  /** One argument is wrong; the model can mend it. `path` is shown, its value never is. */
  | { readonly kind: "argument"; readonly path: string }
  | { readonly kind: "limit"; readonly resets: Instant }
  /** Whether a limit has room cannot be known now. */
  | { readonly kind: "uncounted" }
  /** A stage that must not be skipped could not do its work. */
  | { readonly kind: "broken"; readonly stage: string }
  /** People were asked, and it was refused, or nobody answered in time. */
  | {
      readonly kind: "not-approved";
      readonly approval: ApprovalId;
      /** They would have it with these arguments. */
      readonly instead?: JsonObject;
    }
  /** The principal lacks scopes that the call needs. */
  | { readonly kind: "scope"; readonly needs: readonly string[] }
  /** What guards found in the call, or in the answer that the server gave to it. `path` is where. */
  | { readonly kind: "content"; readonly of: "call" | "answer"; readonly path: string }
  /** The call could not be written down, so it must not happen. */
  | { readonly kind: "unrecorded" };

export interface Allow {
  readonly kind: "allow";
  readonly rule: RuleRef;
  /** What must have room, and is taken, before the call leaves; absent where no limit matches. */
  readonly charges?: readonly Charge[];
  /** What people approved, and is used up by this call. */
  readonly approval?: ApprovalId;
  /** The grant of access by which it passes, where no rule allows it by itself. */
  readonly grant?: string;
}
export interface Deny {
  readonly kind: "deny";
  readonly rule: RuleRef;
  readonly cause: Cause;
  /** A sentence for the model and its user. */
  readonly why: string;
  /** What can be done instead, a sentence. */
  readonly instead?: string;
}
/** The question that a call waits for, and where its asker sees what becomes of it. */
export interface Waiting {
  readonly id: ApprovalId;
  readonly expires: Instant;
  readonly link?: string;
  /** An approval of the same call in another form: it counts no more. */
  readonly outdated?: ApprovalId;
}
/** People decide; until then the call has not run. */
export interface Hold {
  readonly kind: "hold";
  readonly rule: RuleRef;
  readonly why: string;
  /** What can be done instead of waiting, a sentence. */
  readonly instead?: string;
  /** Every one of them must be satisfied; never empty. */
  readonly asks: readonly Ask[];
  /** What it takes once it runs, as of an allow. */
  readonly charges?: readonly Charge[];
  /** What it waits for, and until when, once it is on record. */
  readonly approval?: Waiting;
}

/** What happens to a call. There is no "undecided": whoever cannot decide denies. */
export type Verdict = Allow | Deny | Hold;
export type Refusal = Deny | Hold;

/** Something a stage noticed, for the judge and the journal. */
export interface Finding {
  readonly guard: string;
  readonly class: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly path?: string;
  /** Which of its class: `email`, `github`. */
  readonly kind?: string;
  /** 0 to 1. */
  readonly score?: number;
  /** What was done about it. */
  readonly action?: Action;
  /** The beginning of what was found, figures left out; never a secret, nor personal data. */
  readonly excerpt?: string;
}

/** A part of a text, in UTF-16 units, and what stands there instead. */
export interface Swap {
  readonly from: number;
  readonly until: number;
  readonly to: string;
}

/**
 * One change to a message. Paths refer to the message as it came; everything not named keeps its bytes. `swap` names parts of a text,
 * in order and apart from each other: what is between them keeps its bytes too.
 */
export type Edit =
  | { readonly kind: "set"; readonly path: JsonPath; readonly to: Json }
  | { readonly kind: "swap"; readonly path: JsonPath; readonly parts: readonly Swap[] }
  | { readonly kind: "remove"; readonly path: JsonPath };
