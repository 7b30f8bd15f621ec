import { decisionId } from "../call/id.ts";
import type { Allow, Cause, Deny, Verdict } from "../call/verdict.ts";
import type { Decision } from "../pipeline/stage.ts";
import { CREDENTIAL } from "../stages/credential.ts";
import { obligationsOf } from "./obligation.ts";
import type { AuthorizeAnswer } from "./shapes.ts";

type Reason = AuthorizeAnswer["reason"];

/** Handshakes, pings and lists pass as they come. */
export const NOT_JUDGED: Allow = Object.freeze({
  kind: "allow",
  rule: Object.freeze({ source: "gateway", rule: "not-judged" }),
});

/** The rule that speaks where the tenant is not one of this gate's. */
export const UNKNOWN_TENANT = "unknown-tenant";

const OF_CAUSE: Readonly<Record<Exclude<Cause["kind"], "policy" | "hidden">, Reason>> = {
  argument: "invalid_argument",
  limit: "limit_reached",
  broken: "check_failed",
  content: "content_refused",
  "not-approved": "not_approved",
  scope: "insufficient_scope",
  uncounted: "limit_unknown",
  unrecorded: "not_recorded",
};

function reasonOf(verdict: Verdict): Reason {
  if (verdict === NOT_JUDGED) return "not_judged";
  if (verdict.kind === "allow") return "allowed";
  if (verdict.kind === "hold") return "approval_required";
  const { cause, rule } = verdict;
  if (cause.kind === "hidden")
    return rule.rule === UNKNOWN_TENANT ? "unknown_tenant" : "resource_not_granted";
  if (cause.kind !== "policy") return OF_CAUSE[cause.kind];
  return rule.source === "policy" && rule.rule === "default" ? "default_deny" : "denied_by_policy";
}

/** The rules that had a part in it; of what is hidden none, so that it cannot be told from what does not exist. */
function rulesOf(verdict: Verdict): string[] {
  if (verdict === NOT_JUDGED) return [];
  if (verdict.kind === "deny") return verdict.cause.kind === "hidden" ? [] : [verdict.rule.rule];
  const asks = verdict.kind === "hold" ? verdict.asks.map(({ rule }) => rule) : [];
  const charges = (verdict.charges ?? []).map(({ rule }) => rule);
  return [...new Set([verdict.rule.rule, ...asks, ...charges])];
}

const HIDDEN: Readonly<Partial<Record<Reason, string>>> = {
  unknown_tenant: "This gate has no tenant of that name.",
  resource_not_granted: "Nothing of that name is granted to this principal.",
};

function words(verdict: Verdict, reason: Reason): Pick<AuthorizeAnswer, "why" | "instead" | "retry_at"> {
  if (verdict.kind === "allow") return {};
  if (verdict.kind === "hold") return { why: verdict.why };
  const { instead } = verdict;
  return {
    why: HIDDEN[reason] ?? verdict.why,
    ...(instead !== undefined && HIDDEN[reason] === undefined && { instead }),
    ...retry(verdict),
  };
}

function retry({ cause }: Deny): Pick<AuthorizeAnswer, "retry_at"> {
  return cause.kind === "limit" ? { retry_at: new Date(cause.resets).toISOString() } : {};
}

/** What is known of an answer beside its decision. */
export interface Around {
  readonly mode: "enforce" | "observe";
  readonly policy_version: string;
  readonly cached: boolean;
  readonly ttl_seconds: number;
  readonly recorded: boolean;
}

/** A decision as it is told. In `observe` nothing is refused, and `why` says what would have been. */
export function answerOf(
  { call, verdict, edits }: Pick<Decision, "call" | "verdict" | "edits">,
  { mode, ...around }: Around,
): AuthorizeAnswer {
  const observed = mode === "observe" && verdict.kind !== "allow" && verdict.rule.source !== CREDENTIAL;
  const reason = reasonOf(verdict);
  return {
    allowed: observed || verdict.kind === "allow",
    decision: observed ? "allow" : verdict.kind,
    reason: observed ? "observed" : reason,
    decision_id: decisionId(call.id),
    policies: rulesOf(verdict),
    obligations: observed ? [] : obligationsOf(verdict, mode === "observe" ? [] : edits),
    ...around,
    evaluated_at: new Date(call.at).toISOString(),
    ...words(verdict, reason),
  };
}
