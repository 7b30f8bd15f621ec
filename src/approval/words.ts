import type { Act } from "../store/approvals.ts";
import type { Standing } from "./state.ts";

/** What a question is, after its name. */
export const STATE_WORDS: Readonly<Record<Standing["state"], string>> = {
  pending: "waits for an answer",
  approved: "is approved",
  denied: "was denied",
  used: "was approved, and has run",
  unreviewed: "was taken in an emergency, and waits for a review",
  reviewed: "was taken in an emergency, and has been reviewed",
  expired: "has expired: nobody decided in time, or what was approved was not used in time",
  void: "is void: what it was about has changed, or was taken back",
};

/** What somebody did, after their name. */
export const DEED_WORDS: Readonly<Record<Act["deed"]["kind"], string>> = {
  approve: "approved it",
  deny: "denied it",
  delegate: "handed it on",
  break: "took it in an emergency",
  review: "reviewed it",
  use: "ran it",
  expire: "ended it: nobody decided, or nobody used it, in time",
  void: "made it void",
  change: "approved it with other arguments",
};
