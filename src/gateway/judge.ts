import type { ApprovalId } from "../call/id.ts";
import type { Deny } from "../call/verdict.ts";
import type { Judge } from "../pipeline/stage.ts";
import type { Policy } from "../policy/policy.ts";
import type { Gate } from "./gate.ts";

/**
 * A version of policy, with what the principal was let do; whoever took something in an emergency is let do nothing until it
 * is reviewed.
 */
export function judgeOf({ grants }: Pick<Gate, "grants">, policy: Policy): Judge {
  return (call, findings) => {
    const { principal, at } = call;
    const verdict = policy.judge(call, findings, grants.of(principal, at));
    const unreviewed = verdict.kind === "deny" ? undefined : grants.unreviewed(principal, at);
    return unreviewed === undefined ? verdict : unreviewedBy(unreviewed);
  };
}

/** No rule of a policy says it, and none changes it. */
function unreviewedBy(id: ApprovalId): Deny {
  return {
    kind: "deny",
    rule: { source: "access", rule: "unreviewed-emergency" },
    cause: { kind: "policy" },
    why: `What was taken in an emergency (${id}) is over, and nobody has reviewed it yet.`,
    instead: `Ask an approver to review ${id}.`,
  };
}
