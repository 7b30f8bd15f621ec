import type { TenantId } from "../../call/principal.ts";
import type { Taken } from "../counters/claim.ts";
import { JournalUnavailable } from "../unavailable.ts";
import { type Entering, type Gathering, gather, gathering, settle, type Writer } from "./batch.ts";
import { BEAT_MS, OPENED_COLUMNS } from "./row.ts";

export interface Queue {
  /** Resolves when the events are durable, to what came of the claim. */
  enter(tenant: TenantId, entering: Entering): Promise<Taken>;
  /** Writes something, even where nothing waits. */
  check(): Promise<unknown>;
  close(): Promise<void>;
}

/** How long events that nobody waits for may lie before they are written. */
const LINGER_MS = 20;
/**
 * Once this many calls shared a commit, the next one waits until as many have come again, and no longer than this: a
 * commit costs a processor some 140 µs however many share it, and one call no more than 10.
 */
const CROWD = 3;
const PACE_MS = 3;
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

/** Rings once, and then has to be set again. */
interface Alarm {
  /** Rings at the end of this turn of the event loop, whatever it was set to. */
  soon(): void;
  /** Rings then, unless it is set already. */
  within(ms: number): void;
  clear(): void;
}

function alarm(ring: () => void): Alarm {
  let timer: NodeJS.Timeout | undefined;
  let turn: NodeJS.Immediate | undefined;
  const clear = (): void => {
    clearTimeout(timer);
    clearImmediate(turn);
    timer = undefined;
    turn = undefined;
  };
  const rung = (): void => {
    clear();
    ring();
  };
  return {
    soon() {
      if (turn !== undefined) return;
      clear();
      turn = setImmediate(rung);
    },
    within(ms) {
      if (turn === undefined) timer ??= setTimeout(rung, ms);
    },
    clear,
  };
}

/**
 * Group commit: while one batch is being made durable the next gathers, and goes over as one. So the cost of an
 * `fsync` is shared by all calls that arrive during one, and a call alone waits for exactly one.
 */
export function queue(gate: string, writer: Writer): Queue {
  let next = gathering();
  let flight: Promise<void> | undefined;
  let beaten = Number.NEGATIVE_INFINITY;
  let open = 0;
  let crowd = 0; // calls that shared the last commit and are expected to come again
  let shut = false;
  const departure = alarm(depart);
  const pace = alarm(() => {
    crowd = 0;
    call();
  });

  function depart(): void {
    departure.clear();
    pace.clear();
    crowd = 0;
    if (next.waiters.length === 0) return;
    next.urgent = true; // where a batch is on its way, this one goes as soon as that is back
    if (flight !== undefined) return;
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
    const calls = batch.opened.length / OPENED_COLUMNS.length;
    crowd = calls < CROWD ? 0 : calls;
    if (crowd > 0) pace.within(PACE_MS);
    call();
  }

  /** Calls for a departure as soon as what gathers needs one. */
  function call(): void {
    if (next.waiters.length === 0 || flight !== undefined) return;
    if (!next.urgent) departure.within(LINGER_MS);
    else if (next.opened.length >= crowd * OPENED_COLUMNS.length) departure.soon();
  }

  function enter(tenant: TenantId, entering: Entering): Promise<Taken> {
    const refused = shut ? closed() : full(next, entering.events.length);
    if (refused !== undefined) return Promise.reject(refused);
    return new Promise((resolve, reject) => {
      gather(next, tenant, gate, entering, { resolve, reject });
      call();
    });
  }

  function beat(): Promise<unknown> {
    next.beat = true;
    next.urgent = true;
    return enter("", { events: [] });
  }

  const pulse = setInterval(() => void (open > 0 && beat().catch(() => {})), BEAT_MS).unref();

  return {
    enter,
    check: beat,
    async close() {
      shut = true;
      clearInterval(pulse);
      while (flight !== undefined || next.waiters.length > 0) {
        depart();
        await flight;
      }
      await writer.close();
    },
  };
}
