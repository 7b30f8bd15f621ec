import type { Call, Target } from "../call/call.ts";
import type { DataClass } from "../call/classification.ts";
import type { Access, Grant } from "../call/grant.ts";
import type { Duties } from "../call/guard.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Deny, Finding, Verdict } from "../call/verdict.ts";
import type { Part } from "./account.ts";
import type { Range } from "./range.ts";

/** A compiled set of rules: pure, immutable, replaced as a whole. */
export interface Policy {
  /** `sha256:…` over the sources. */
  readonly version: string;
  /** A `Judge`. `grants` are those of the principal; a grant never helps against a rule that denies. */
  readonly judge: (call: Call, findings: readonly Finding[], grants?: readonly Grant[]) => Verdict;
  /** Whether every call of this target by this principal is denied, whatever the arguments. */
  hides(principal: Principal, server: string, target: Target): boolean;
  /** Whether there may be resources of the server that are hidden from this principal, whatever they are called. */
  withholds(principal: Principal, server: string): boolean;
  /** What calls of a target by this principal may come to, and on what that depends. `granted`: they hold access for a time. */
  range(principal: Principal, server: string, target: Target, granted: boolean): Range;
  /** The roles that rules name, without globs; each once. */
  readonly roles: readonly string[];
  /** Whether the verdict on a target follows from the call alone: no limit, no hours, no look at the time or at findings. */
  steady(server: string, target: Target): boolean;
  /** What rules want of guards before a call is judged, or the denial of one that cannot be asked. Undefined: none speaks of it. */
  duties(call: Call): Duties | Deny | undefined;
  /** What the data of a call is: the highest of what it, findings and rules say. */
  classOf(call: Call, findings: readonly Finding[]): DataClass;
  /** Guards that must run for what any rule masks or says of them. */
  readonly guards: ReadonlySet<string>;
  /** Whether any rule asks people. */
  readonly asks: boolean;
  /** What this principal may ask to be let do, each of the calls that its rule matches; in the order of the files. */
  offers(principal: Principal): readonly Access[];
  /** What each rule has to say, in the order of the files. `shown`: the arguments as they may be shown. */
  explain(
    call: Call,
    findings?: readonly Finding[],
    shown?: JsonObject,
    grants?: readonly Grant[],
  ): Explanation;
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly rules: readonly ExplainedRule[];
}

export interface ExplainedRule {
  readonly name: string;
  /** `policy/main.yaml:12`. */
  readonly at: string;
  readonly effect: "allow" | "deny" | "ask" | "access" | "limit" | "mask" | "guard" | "classify";
  /** `no match` names the first part of `match` that differs; `parts` are those of `when` that decided. */
  readonly outcome:
    | { readonly kind: "applies"; readonly parts: readonly Part[] }
    | { readonly kind: "no match"; readonly part: string }
    | { readonly kind: "condition false"; readonly when: string; readonly parts: readonly Part[] }
    | { readonly kind: "within hours"; readonly hours: string }
    | { readonly kind: "condition failed"; readonly when: string; readonly error: string };
}
