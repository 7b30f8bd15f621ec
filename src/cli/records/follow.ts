import { setTimeout as wait } from "node:timers/promises";
import { type Entry, orderOf } from "../../audit/reading/entry.ts";
import { MAX_NEWS, type Mark, newsAfter } from "../../audit/reading/follow.ts";
import { MAX_ENTRIES, type Records, readPage } from "../../audit/reading/page.ts";
import { isFollowed, type RecordQuery, wantsActs, wantsCalls } from "../../audit/reading/query.ts";

const POLL_MS = 300;

/** The newest entries that are looked for, at most so many, the oldest of them first. */
export async function newest(records: Records, query: RecordQuery, limit: number): Promise<readonly Entry[]> {
  const found: Entry[] = [];
  let from: string | undefined;
  do {
    const most = Math.min(MAX_ENTRIES, limit - found.length);
    const page = await readPage(records, { ...query, order: "newest" }, most, from);
    found.push(...page.items);
    from = page.next;
  } while (from !== undefined && found.length < limit);
  return found.reverse();
}

/** Goes on with entries as they come to an end, until the process is interrupted; not with those that were shown. */
export async function follow(
  records: Records,
  query: RecordQuery,
  from: Mark,
  shown: readonly Entry[],
  show: (entry: Entry) => Promise<void>,
): Promise<never> {
  // Only what ended since the mark may come again.
  const known = new Set(shown.map(({ id }) => orderOf(id)));
  let mark = from;
  for (;;) {
    const news = await newsAfter(records, mark, MAX_NEWS);
    ({ mark } = news);
    for (const entry of news.entries) {
      if (entry.kind === "call" && (entry.record.status === "open" || !wantsCalls(query))) continue;
      if (entry.kind === "act" && !wantsActs(query)) continue;
      if (known.delete(orderOf(entry.id)) || !isFollowed(entry, query)) continue;
      await show(entry);
    }
    if (!news.more) await wait(POLL_MS);
  }
}
