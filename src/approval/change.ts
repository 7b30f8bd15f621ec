import type { ApprovalId, Instant } from "../call/id.ts";
import { digest, type JsonObject } from "../call/json.ts";
import type { Act, Actor, Approval, Question } from "../store/approvals.ts";
import type { Bound } from "./binding.ts";
import { type Voted, vote } from "./vote.ts";

/** The call as an approver would have it: a question of its own, which that person has approved, in place of the first. */
export interface Changed {
  readonly question: Question;
  readonly approved: Act;
  readonly replaced: Act;
}

/** Puts other arguments in place of those that were asked about. Only where all of them were shown can somebody know them. */
export function change(
  approval: Approval,
  by: Actor,
  to: { readonly id: ApprovalId; readonly args: JsonObject; readonly bound: Bound; readonly preview: string },
  reason: string,
  now: Instant,
): Changed | Extract<Voted, { readonly kind: "refused" }> {
  const { question, acts } = approval;
  if (!question.shown.whole) {
    const why = "Parts of the arguments are hidden, so nobody can say what others would stand beside them.";
    return { kind: "refused", code: "not-approver", why };
  }
  const shown = { ...question.shown, args: to.args, args_digest: digest(to.args) };
  const other: Question = { ...question, ...to.bound, id: to.id, at: now, shown };
  const voted = vote(
    { question: other, acts: [] },
    by,
    { kind: "approve", preview: to.preview },
    reason,
    now,
  );
  if (voted.kind === "refused") return voted;
  const before = vote(approval, by, { kind: "deny" }, reason, now);
  if (before.kind === "refused") return before;
  const deed = { kind: "change", to: to.id } as const;
  return {
    question: other,
    approved: voted.act,
    replaced: { seq: acts.length + 1, at: now, by, reason, deed, state: "void" },
  };
}
