import type { ActId, CallId } from "../../call/id.ts";
import { MAX_FOUND } from "../../store/journal/found.ts";
import type { Store } from "../../store/store.ts";
import { actEntry, callEntry, type Entry, orderOf } from "./entry.ts";
import { callQuery, isPlain, isWanted, type RecordQuery, wantsActs, wantsCalls } from "./query.ts";
import type { Redact } from "./redaction.ts";

/** Where the records of one tenant are read. */
export type Records = Pick<ReturnType<Store["forTenant"]>, "journal" | "acts">;

/** Part of what is looked for. */
export interface EntryPage {
  /** In the order that was asked for. */
  readonly items: readonly Entry[];
  /** What the next page begins after (`from`); undefined where everything was looked at. */
  readonly next: string | undefined;
  /** Entries that were looked at for it. */
  readonly looked: number;
}

/** Entries that one page gives at most. */
export const MAX_ENTRIES = MAX_FOUND;
/** Entries that one page looks at for what the store cannot find, in portions, between which others have their turn. */
const MAX_LOOKED = 5_000;
const PORTION = 250;

interface Portion {
  readonly entries: readonly Entry[];
  /** Everything up to here was looked at; undefined: everything. */
  readonly upto: string | undefined;
}

async function calls(
  records: Records,
  query: RecordQuery,
  from: string | undefined,
  limit: number,
): Promise<Portion> {
  if (!wantsCalls(query)) return { entries: [], upto: undefined };
  const found = await records.journal.find({
    ...callQuery(query),
    ...(from !== undefined && { beyond: `call_${from}` as CallId }),
    limit,
  });
  return {
    entries: found.records.map(callEntry),
    upto: found.next === undefined ? undefined : orderOf(found.next),
  };
}

async function acts(
  records: Records,
  query: RecordQuery,
  from: string | undefined,
  limit: number,
): Promise<Portion> {
  if (!wantsActs(query)) return { entries: [], upto: undefined };
  const { since, until, action, order } = query;
  const found = await records.acts.find({
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(action !== undefined && { action }),
    ...(from !== undefined && { beyond: `act_${from}` as ActId }),
    order,
    limit,
  });
  const last = found.length < limit ? undefined : found.at(-1)?.act.id;
  return { entries: found.map(actEntry), upto: last === undefined ? undefined : orderOf(last) };
}

/** Both kinds in one order, as far as both were looked at. */
function merged(portions: readonly Portion[], order: RecordQuery["order"]): Portion {
  const before = (a: string, b: string): boolean => (order === "oldest" ? a < b : a > b);
  const upto = portions.reduce<string | undefined>(
    (nearest, each) =>
      each.upto !== undefined && (nearest === undefined || before(each.upto, nearest)) ? each.upto : nearest,
    undefined,
  );
  const entries = portions
    .flatMap((each) => each.entries)
    .filter(({ id }) => upto === undefined || !before(upto, orderOf(id)))
    .toSorted((a, b) => (before(orderOf(a.id), orderOf(b.id)) ? -1 : 1));
  return { entries, upto };
}

/**
 * One page of what is looked for, after `from` (a page's `next`). It looks at a bounded number of entries, so it may have
 * less than `limit`, or none, and still a `next`. `seen`: what words and addresses are looked for in, so that nobody finds what they
 * may not see. Rejects where the records cannot be read.
 */
export async function readPage(
  records: Records,
  query: RecordQuery,
  limit: number,
  from?: string,
  seen: Redact = (entry) => entry,
): Promise<EntryPage> {
  const most = Math.max(1, Math.min(limit, MAX_ENTRIES));
  const size = isPlain(query) ? most : PORTION;
  const items: Entry[] = [];
  let looked = 0;
  let next = from;
  for (;;) {
    const portions = await Promise.all([calls(records, query, next, size), acts(records, query, next, size)]);
    const { entries, upto } = merged(portions, query.order);
    for (const entry of entries) {
      looked += 1;
      if (!isWanted(entry, query, seen)) continue;
      items.push(entry);
      // There may be none after it; the next page then says so.
      if (items.length === most) return { items, next: orderOf(entry.id), looked };
    }
    if (upto === undefined || looked >= MAX_LOOKED || entries.length === 0)
      return { items, next: upto, looked };
    next = upto;
  }
}

/** Everything that is looked for, a page at a time; `seen` as `readPage`. */
export async function* readAll(
  records: Records,
  query: RecordQuery,
  seen?: Redact,
): AsyncGenerator<EntryPage, void, void> {
  let next: string | undefined;
  do {
    const page = await readPage(records, query, MAX_ENTRIES, next, seen);
    yield page;
    ({ next } = page);
  } while (next !== undefined);
}
