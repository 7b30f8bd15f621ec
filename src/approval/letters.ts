import { type Instant, noticeId } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { Question } from "../store/approvals.ts";
import type { Letter } from "../store/outbox.ts";

/** What people are told of a question: `access.taken` is an alarm, somebody broke the glass. */
type Topic = "approval.asked" | "approval.decided" | "approval.expired" | "access.taken";

/** Characters of a name; a notice shows fewer. */
const MOST = 500;

/** Whoever the rules want told, and what: enough to know what it is about, and never an argument. Each once per topic. */
export function lettersOf(
  question: Question,
  tenant: TenantId,
  topic: Topic,
  at: Instant = question.at,
  more: Readonly<Record<string, string>> = {},
): readonly Letter[] {
  const { id, principal, asks, expires, shown, sought } = question;
  const places = new Set(asks.flatMap(({ notify }) => notify));
  return [...places].map((to) => ({
    id: noticeId(at),
    tenant,
    at,
    topic,
    about: id,
    to,
    dedupe: [id, topic, more["decision"] ?? ""].join(" "),
    data: {
      principal,
      server: shown.server.slice(0, MOST),
      tool: (shown.target === "" ? shown.method : shown.target).slice(0, MOST),
      rule: asks.map(({ rule }) => rule),
      why: asks.map(({ why }) => why).join(" "),
      quorum: Math.max(...asks.map(({ quorum }) => quorum)),
      until: expires,
      ...(sought !== undefined && { message: sought.reason }),
      ...more,
    },
  }));
}
