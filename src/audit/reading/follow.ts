import { actEntry, callEntry, type Entry, orderOf } from "./entry.ts";
import type { Records } from "./page.ts";

/** Up to where somebody who follows the records has come: among calls, and among acts. */
export interface Mark {
  readonly position: number;
  readonly acts: number;
}

/** What is on record after a mark: calls that have begun and not ended, calls that have ended, acts. */
export interface News {
  readonly entries: readonly Entry[];
  readonly mark: Mark;
  /** There is more already. */
  readonly more: boolean;
}

/** How many positions of calls and acts, each, one look takes at most. */
export const MAX_NEWS = 1_000;
const RECENT = 100;

/**
 * What came after a mark, in the order in which it happened. A call that had not ended comes again when it has; nothing is
 * passed over, whoever writes at the time. Rejects where the records cannot be read.
 */
export async function newsAfter(records: Records, mark: Mark, limit: number): Promise<News> {
  const most = Math.min(limit, MAX_NEWS);
  const [calls, acts] = await Promise.all([
    records.journal.list({ after: mark.position, limit: most }),
    records.acts.list({ after: mark.acts, limit: most }),
  ]);
  const entries = [...calls.map(callEntry), ...acts.map(actEntry)].toSorted((a, b) =>
    orderOf(a.id) < orderOf(b.id) ? -1 : 1,
  );
  return {
    entries,
    mark: {
      position: calls.reduce((last, { position }) => Math.max(last, position), mark.position),
      acts: acts.at(-1)?.position ?? mark.acts,
    },
    more: calls.length === most || acts.length === most,
  };
}

/** Where somebody begins who follows from now on. Calls that end after it are followed, whenever they began. */
export async function markNow(records: Records): Promise<Mark> {
  const [acts, calls] = await Promise.all([
    records.acts.list({ limit: 1 }),
    // The newest call may have begun before others ended.
    records.journal.list({ limit: RECENT }),
  ]);
  const position = calls.reduce((last, each) => Math.max(last, each.position), 0);
  return { position, acts: acts[0]?.position ?? 0 };
}
