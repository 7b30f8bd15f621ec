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

function closed(): JournalUnavailable {
  return new JournalUnavailable("closed", "The store is closed.");
}

/** Why so many events more cannot be taken, or undefined where they can. */
function full({ events, chars }: Gathering, more: number): JournalUnavailable | undefined {
  if (events + more <= MAX_EVENTS && chars <= MAX_CHARS) return undefined;
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
    if (next.waiters.length > 0) schedule();
  }

  function schedule(): void {
    if (flight !== undefined || scheduled === "now") return;
    if (next.urgent) {
      scheduled = "now";
      setImmediate(flush); // everything that this turn of the event loop brings shares a commit
    } else if (scheduled === "no") {
      scheduled = "lingering";
      linger = setTimeout(hurry, LINGER_MS);
    }
  }

  function hurry(): void {
    next.urgent = true; // should a batch be on its way now
    flush();
  }

  function enter(events: readonly JournalEvent[], tenant: TenantId): Promise<void> {
    const refused = shut ? closed() : full(next, events.length);
    if (refused !== undefined) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      const [from, until] = [next.opened.length, next.closed.length];
      const calls = gather(next, tenant, gate, events);
      const rows = { opened: [from, next.opened.length], closed: [until, next.closed.length] } as const;
      next.waiters.push({ ...rows, calls, resolve, reject });
      schedule();
    });
  }

  function beat(): Promise<void> {
    next.beat = true;
    next.urgent = true;
    return enter([], "");
  }

  const pulse = setInterval(() => void (open > 0 && beat().catch(() => {})), BEAT_MS).unref();

  return {
    append: (tenant, events) => (events.length === 0 ? Promise.resolve() : enter(events, tenant)),
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
