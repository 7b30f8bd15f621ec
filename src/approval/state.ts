import type { Instant } from "../call/id.ts";
import type { Act, Approval, State } from "../store/approvals.ts";

/** What a question is at a moment, and until when that holds if nobody acts; what has ended has ended for good. */
export interface Standing {
  /** `unreviewed`: what was taken in an emergency is over, and nobody has looked at it yet. */
  readonly state: State | "unreviewed";
  readonly until: Instant;
}

/** No question is open for longer, and nothing is let be done for longer. */
export const OLDEST_MS = 62 * 86_400_000;

/** How long what people said may be relied on: as long as the most impatient of the rules gave them to say it. */
function patience({ question }: Approval): number {
  return Math.min(...question.asks.map(({ within_ms }) => within_ms));
}

/** Folds what happened. Time ends what nobody decided, and what was approved and not used, whether or not that is written. */
export function standingOf(approval: Approval, now: Instant): Standing {
  const { question, acts } = approval;
  const last: Act | undefined = acts.at(-1);
  const state = last?.state ?? "pending";
  switch (state) {
    case "pending":
      return { state: now < question.expires ? state : "expired", until: question.expires };
    case "approved": {
      const until = (last?.at ?? question.at) + (question.sought?.for_ms ?? patience(approval));
      if (now < until) return { state, until };
      return { state: question.sought?.kind === "break_glass" ? "unreviewed" : "expired", until };
    }
    case "denied":
      return { state, until: (last?.at ?? question.at) + patience(approval) };
    case "used":
    case "reviewed":
    case "expired":
    case "void":
      return { state, until: last?.at ?? question.at };
  }
}
