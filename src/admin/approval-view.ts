import { previewOf } from "../approval/preview.ts";
import { standingOf } from "../approval/state.ts";
import { isListed, missing } from "../approval/vote.ts";
import type { Instant } from "../call/id.ts";
import { digestBytes } from "../call/json.ts";
import { may } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import type { Act, Actor, Approval } from "../store/approvals.ts";
import type { ApprovalView } from "./approval-shapes.ts";

const text = (at: Instant): string => new Date(at).toISOString();

/** "" is told as it is: nobody knows. */
function keyOf({ made_by }: Pick<Actor, "made_by">): Pick<ApprovalView, "key_made_by"> {
  return made_by === undefined ? {} : { key_made_by: made_by.map(({ id }) => id) };
}

function actOf({ at, by, deed, reason }: Act): ApprovalView["acts"][number] {
  const to = deed.kind === "delegate" || deed.kind === "change" ? { to: deed.to } : {};
  return { at: text(at), by: by.id, source: by.source, ...keyOf(by), deed: deed.kind, reason, ...to };
}

/** A question as it is told. */
export function viewOf(approval: Approval, now: Instant): ApprovalView {
  const { question, acts } = approval;
  const { id, at, principal, call, asks, shown } = question;
  const { server, method, target, args, args_digest, whole } = shown;
  const { state, until } = standingOf(approval, now);
  return {
    id,
    at: text(at),
    state,
    until: text(until),
    principal,
    ...keyOf(question),
    ...(call !== undefined && { call }),
    server,
    method,
    target,
    args,
    args_digest,
    whole,
    rules: asks.map(({ rule, why, approvers, quorum }) => ({ rule, why, approvers: [...approvers], quorum })),
    missing: [...missing(approval)],
    acts: acts.map(actOf),
    preview: previewOf(question),
  };
}

/** The strong ETag of a view. */
export function etagOf(view: ApprovalView): string {
  return `"${digestBytes(JSON.stringify(view)).slice("sha256:".length, 39)}"`;
}

/**
 * Whether somebody may know of a question: who asks, who is asked, whom it was handed to, and who sees all of their tenant. To
 * anybody else it does not exist.
 */
export function isVisible({ question, acts }: Approval, to: Principal): boolean {
  if (may(to, "approvals.read", to.tenant) || question.principal === to.id) return true;
  return (
    question.asks.some((ask) => isListed(ask, to)) ||
    acts.some(({ by, deed }) => by.id === to.id || (deed.kind === "delegate" && deed.to === to.id))
  );
}
