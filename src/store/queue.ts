import type { TenantId } from "../call/principal.ts";
import { type Gathering, gather, gathering, settle, type Writer } from "./batch.ts";
import { BEAT_MS } from "./row.ts";
import type { JournalEvent } from "./store.ts";
import { JournalUnavailable } from "./unavailable.ts";

export interface Queue {
  append(tenant: TenantId, events: readonly JournalEvent[]): Promise<void>;
  /** Writes something, even where nothing waits. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/** How long events that nobody waits for may lie before they are written. */
const LINGER_MS = 20;
/** What may wait while one batch is being written: events, and characters of their details. */
const MAX_EVENTS = 8_192;
const MAX_CHARS = 32 * 1024 * 1024;

function backlog(events: number): JournalUnavailable {
  const what = `${events} events wait to be written: the store is slower than the calls.`;
  return new JournalUnavailable(
    "backlog",
    `${what} Send fewer calls at once, or give the store a faster disk.`,
  );
}

/**
 * Group commit: while one batch is being made durable the next gathers, and goes over as one. So the cost of an
 * `fsync` is shared by all calls that arrive during one, and a call alone waits for exactly one.
 */
export function queue(gate: string, writer: Writer): Queue {
  let next = gathering();
  let flight: Promise<void> | undefined;
  let scheduled: "no" | "lingering" | "now" = "no";
  let linger: NodeJS.Timeout | undefined;
  let pulse: NodeJS.Timeout | undefined;
  let beaten = Number.NEGATIVE_INFINITY;
  let open = 0;
  let shut = false;

  function flush(): void {
    scheduled = "no";
    clearTimeout(linger);
    if (flight !== undefined || next.waiters.length === 0) return;
    const batch = next;
    next = gathering();
    const now = performance.now();
    if (now - beaten >= BEAT_MS) batch.beat = true;
    if (batch.beat) beaten = now;
    flight = fly(batch);
  }

  async function fly(batch: Gathering): Promise<void> {
    open = Math.max(0, open + (await settle(writer, batch)));
    flight = undefined;
    flush();
  }

  function schedule(urgent: boolean): void {
    if (flight !== undefined || scheduled === "now") return;
    if (urgent) {
      scheduled = "now";
      setImmediate(flush); // everything that this turn of the event loop brings shares a commit
    } else if (scheduled === "no") {
      scheduled = "lingering";
      linger = setTimeout(flush, LINGER_MS);
    }
  }

  function enter(events: readonly JournalEvent[], tenant: TenantId): Promise<void> {
    if (shut) return Promise.reject(new JournalUnavailable("closed", "The store is closed."));
    if (next.events + events.length > MAX_EVENTS || next.chars > MAX_CHARS)
      return Promise.reject(backlog(next.events));
    return new Promise((resolve, reject) => {
      const [opened, closed] = [next.opened.length, next.closed.length];
      const { calls, urgent } = gather(next, tenant, gate, events);
      const rows = { opened: [opened, next.opened.length], closed: [closed, next.closed.length] } as const;
      next.waiters.push({ ...rows, calls, resolve, reject });
      schedule(urgent || events.length === 0);
    });
  }

  function beat(): Promise<void> {
    next.beat = true;
    return enter([], "");
  }

  return {
    append(tenant, events) {
      if (events.length === 0) return Promise.resolve();
      pulse ??= setInterval(() => void (open > 0 && beat().catch(() => {})), BEAT_MS).unref();
      return enter(events, tenant);
    },
    check: beat,
    async close() {
      shut = true;
      clearInterval(pulse);
      while (flight !== undefined || next.waiters.length > 0) {
        flush();
        await flight;
      }
      await writer.close();
    },
  };
}
