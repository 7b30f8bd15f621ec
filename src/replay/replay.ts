import type { CallId, Instant } from "../call/id.ts";
import type { RuleSet } from "../policy/rule.ts";
import type { CallRecord, TenantJournal } from "../store/store.ts";
import { countFrom } from "./counters.ts";
import { asDecided, underPolicy } from "./outcome.ts";
import { recordedCalls } from "./recorded.ts";
import { type Report, tally } from "./report.ts";

export interface ReplayOptions {
  /** Calls that began from here up to, and without, there. */
  readonly since: Instant;
  readonly until: Instant;
  /** Only these are reported; limits count all. */
  readonly server?: string | undefined;
  readonly principal?: string | undefined;
  /** Hears now and then how many calls were read. */
  readonly progress?: (calls: number) => void;
}

const PAGE = 250;

/** Every recorded call of a stretch of time, oldest first, a page at a time. */
export async function* walk(
  journal: Pick<TenantJournal, "page">,
  { since, until, progress }: Pick<ReplayOptions, "since" | "until" | "progress">,
): AsyncGenerator<CallRecord> {
  let after: CallId | undefined;
  for (let calls = 0; ; ) {
    const page = await journal.page({ since, limit: PAGE, ...(after !== undefined && { after }) });
    for (const record of page) {
      if (record.opened.at >= until) return;
      yield record;
    }
    after = page.at(-1)?.opened.call;
    if (page.length < PAGE) return;
    calls += page.length;
    progress?.(calls);
  }
}

/**
 * Judges recorded calls again: what a policy (`after`) makes of them, beside what was decided then, or beside what another
 * policy (`before`) makes of them. Memory does not grow with the number of calls. Rejects where the store cannot be read.
 */
export async function replay(
  journal: Pick<TenantJournal, "page">,
  { before, after }: { readonly before?: RuleSet | undefined; readonly after: RuleSet },
  options: ReplayOptions,
): Promise<Report> {
  const { since, server, principal } = options;
  const read = recordedCalls();
  const then = before === undefined ? asDecided : underPolicy(before);
  const now = underPolicy(after);
  const found = tally();
  const from = countFrom(before === undefined ? [after] : [before, after], since);
  for await (const record of walk(journal, { ...options, since: from })) {
    const recorded = read(record);
    const outcomes = [then(recorded), now(recorded)] as const;
    const { opened } = record;
    const meant =
      opened.at >= since &&
      (server === undefined || opened.server === server) &&
      (principal === undefined || opened.principal === principal);
    if (meant) found.add(recorded, ...outcomes);
  }
  return found.report();
}
