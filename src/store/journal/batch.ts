import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Adjustment, Claim, Taken } from "../counters/claim.ts";
import type { JournalEvent } from "../store.ts";
import { JournalUnavailable } from "../unavailable.ts";
import { type Cell, OPENED_COLUMNS, pushClosed, pushOpened } from "./row.ts";

/** What goes to disk in one transaction. `beat`: renew the gate's row as well. */
export interface Batch {
  readonly opened: readonly Cell[];
  readonly closed: readonly Cell[];
  /** What some of the openings would take; an opening whose claim finds no room is not written. */
  readonly claims: readonly RowClaim[];
  readonly adjustments: readonly Adjustment[];
  readonly beat: boolean;
}

/** Before what a batch that claims may have counters forgotten: on the clock that its claims go by, if that is behind. */
export function sweptBefore({ claims }: Pick<Batch, "claims">): Instant {
  return Math.min(Date.now(), ...claims.map(({ at }) => at));
}

/** A claim, and the row of `opened` it belongs to. */
interface RowClaim extends Claim {
  readonly row: number;
}

/** Writes batches, one at a time. */
export interface Writer {
  /** Resolves when all of it is durable, to what came of each claim; otherwise none of it is there. */
  commit(batch: Batch): Promise<readonly Taken[]>;
  /** Takes the gate's row away and lets go of the database. Never rejects. */
  close(): Promise<void>;
}

/** The openings that are to be written: those without a claim, and those whose claim found room. */
export function granted({ opened, claims }: Batch, taken: readonly Taken[]): readonly Cell[] {
  const width = OPENED_COLUMNS.length;
  const refused = new Set(claims.filter((_, at) => taken[at]?.kind !== "taken").map(({ row }) => row));
  return refused.size === 0 ? opened : opened.filter((_, at) => !refused.has(Math.floor(at / width)));
}

/** One `append`: its part of the batch, and who waits for it. */
interface Waiter {
  readonly opened: readonly [from: number, to: number];
  readonly closed: readonly [from: number, to: number];
  readonly claim: Claim | undefined;
  readonly adjustments: readonly Adjustment[];
  readonly calls: number;
  readonly resolve: (taken: Taken) => void;
  readonly reject: (reason: unknown) => void;
}

/** A batch that grows. */
export interface Gathering {
  readonly opened: Cell[];
  readonly closed: Cell[];
  readonly waiters: Waiter[];
  events: number;
  chars: number;
  beat: boolean;
  /** Somebody waits for one of its rows. */
  urgent: boolean;
}

export function gathering(): Gathering {
  return { opened: [], closed: [], waiters: [], events: 0, chars: 0, beat: false, urgent: false };
}

const TAKEN: Taken = Object.freeze({ kind: "taken", notices: Object.freeze([]) });

/** The batch as its writer takes it: what waiters claim, each with its row. */
function toBatch({ opened, closed, beat, waiters }: Gathering): Batch {
  const width = OPENED_COLUMNS.length;
  return {
    opened,
    closed,
    beat,
    claims: waiters.flatMap(({ claim, opened: [from] }) =>
      claim === undefined ? [] : [{ ...claim, row: from / width }],
    ),
    adjustments: waiters.flatMap(({ adjustments }) => adjustments),
  };
}

/** The share of some appends in a batch, to be written apart from the others. */
function share(batch: Gathering, waiters: readonly Waiter[]): Gathering {
  const apart: Gathering = { ...batch, opened: [], closed: [], waiters: [] };
  for (const waiter of waiters) {
    const [from, since] = [apart.opened.length, apart.closed.length];
    apart.opened.push(...batch.opened.slice(...waiter.opened));
    apart.closed.push(...batch.closed.slice(...waiter.closed));
    apart.waiters.push({
      ...waiter,
      opened: [from, apart.opened.length],
      closed: [since, apart.closed.length],
    });
  }
  return apart;
}

/** Whether what a call brings beside its limits may undo its transaction. */
function isFickle({ claim }: Waiter): boolean {
  return claim?.matter !== undefined;
}

/** What one append brings: events, what its calls claim, and what their ends change. */
export interface Entering {
  readonly events: readonly JournalEvent[];
  readonly claim?: Claim | undefined;
  readonly adjustments?: readonly Adjustment[] | undefined;
}

/** Puts events into what gathers; `told` hears what became of them. */
export function gather(
  into: Gathering,
  tenant: TenantId,
  gate: string,
  { events, claim, adjustments = [] }: Entering,
  told: Pick<Waiter, "resolve" | "reject">,
): void {
  const [from, since] = [into.opened.length, into.closed.length];
  let calls = 0;
  for (const event of events) {
    if (event.kind === "opened") {
      into.chars += pushOpened(into.opened, tenant, gate, event);
      into.urgent = true;
      calls += 1;
    } else {
      into.chars += pushClosed(into.closed, tenant, event);
      calls -= 1;
    }
  }
  into.events += events.length;
  into.waiters.push({
    opened: [from, into.opened.length],
    closed: [since, into.closed.length],
    claim,
    adjustments,
    calls,
    resolve: told.resolve,
    reject: told.reject,
  });
}

/**
 * Writes the batch as a whole; where it is refused for what a row says, each append alone, so that one harms no other.
 * What hangs on the word of people is written alone in any case.
 * Tells everybody who waits. Resolves to how many more calls are open by it; never rejects.
 */
export async function settle(writer: Writer, batch: Gathering): Promise<number> {
  const { waiters } = batch;
  const fickle = waiters.length > 1 ? waiters.filter(isFickle) : [];
  if (fickle.length > 0) {
    let calls = await settle(
      writer,
      share(
        batch,
        waiters.filter((waiter) => !isFickle(waiter)),
      ),
    );
    for (const waiter of fickle) calls += await settle(writer, share(batch, [waiter]));
    return calls;
  }
  let taken: readonly Taken[];
  try {
    taken = await writer.commit(toBatch(batch));
  } catch (error) {
    let calls = 0;
    if (error instanceof JournalUnavailable || waiters.length < 2) {
      for (const { reject } of waiters) reject(error);
    } else {
      for (const waiter of waiters) calls += await settle(writer, share(batch, [waiter]));
    }
    return calls;
  }
  let calls = 0;
  let claims = 0;
  for (const waiter of waiters) {
    const came = waiter.claim === undefined ? TAKEN : (taken[claims++] ?? TAKEN);
    if (came.kind === "taken") calls += waiter.calls;
    waiter.resolve(came);
  }
  return calls;
}
