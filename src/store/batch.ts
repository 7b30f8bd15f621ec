import type { TenantId } from "../call/principal.ts";
import { type Cell, pushClosed, pushOpened } from "./row.ts";
import type { JournalEvent } from "./store.ts";
import { JournalUnavailable } from "./unavailable.ts";

/** What goes to disk in one transaction. `beat`: renew the gate's row as well. */
export interface Batch {
  readonly opened: readonly Cell[];
  readonly closed: readonly Cell[];
  readonly beat: boolean;
}

/** Writes batches, one at a time. */
export interface Writer {
  /** Resolves when all of it is durable; otherwise none of it is there. */
  commit(batch: Batch): Promise<void>;
  /** Takes the gate's row away and lets go of the database. Never rejects. */
  close(): Promise<void>;
}

/** One `append`: its part of the batch, and who waits for it. */
interface Waiter {
  readonly opened: readonly [from: number, to: number];
  readonly closed: readonly [from: number, to: number];
  readonly calls: number;
  readonly resolve: () => void;
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

/** One append's share of a batch, to be written alone. */
function share(batch: Gathering, waiter: Waiter): Gathering {
  const opened = batch.opened.slice(...waiter.opened);
  return { ...batch, opened, closed: batch.closed.slice(...waiter.closed), waiters: [waiter] };
}

/** Puts events into what gathers; gives how many more calls are open by them. */
export function gather(
  into: Gathering,
  tenant: TenantId,
  gate: string,
  events: readonly JournalEvent[],
): number {
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
  return calls;
}

/**
 * Writes the batch as a whole; where it is refused for what a row says, each append alone, so that one harms no other.
 * Tells everybody who waits. Resolves to how many more calls are open by it; never rejects.
 */
export async function settle(writer: Writer, batch: Gathering): Promise<number> {
  const { opened, closed, beat, waiters } = batch;
  try {
    await writer.commit({ opened, closed, beat });
  } catch (error) {
    let calls = 0;
    if (error instanceof JournalUnavailable || waiters.length < 2) {
      for (const { reject } of waiters) reject(error);
    } else {
      for (const waiter of waiters) calls += await settle(writer, share(batch, waiter));
    }
    return calls;
  }
  let calls = 0;
  for (const waiter of waiters) {
    calls += waiter.calls;
    waiter.resolve();
  }
  return calls;
}
