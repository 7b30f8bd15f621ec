import { type CallEntry, type Entry, findingsOf } from "../reading/entry.ts";

/** How much a person should care, from 0 to 10. */
const OF_FINDINGS: Readonly<Record<string, number>> = { low: 3, medium: 5, high: 8, critical: 10 };

function ofCall({ record }: CallEntry): number {
  const { verdict } = record.opened;
  const decided = verdict === "deny" ? 6 : verdict === "hold" ? 4 : 1;
  const ended = record.status === "error" || record.status === "unknown" ? 3 : 0;
  return Math.max(decided, ended, ...findingsOf(record).map(({ severity }) => OF_FINDINGS[severity] ?? 0));
}

/** How much a person should care: 1 for what simply passed, 10 for a critical finding. */
export function severityOf(entry: Entry): number {
  if (entry.kind === "call") return ofCall(entry);
  return entry.record.act.outcome === "refused" ? 6 : 2;
}
