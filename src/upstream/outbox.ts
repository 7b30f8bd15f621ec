import type { Beat, Listener } from "./leg.ts";

/** What one client may leave untaken before it holds the server back. */
const BEATS_MOST = 256;
const BYTES_MOST = 1024 * 1024;
/** The same for all clients of a leg together. */
const LEG_BYTES_MOST = 32 * 1024 * 1024;
/** How long a client whose box is full may hold back a server that others wait for too. */
const HOLD_MS = 250;

/** What is the same for every box of a leg. */
export interface Boxes {
  /** Bytes that wait in all of them. */
  bytes: number;
  /** Whether somebody else waits for the server. */
  readonly others: () => boolean;
}

/** What a server said to one client and that client has not taken yet. */
export interface Outbox {
  /** A promise holds the server back: the box is full. */
  put(beat: Beat): void | Promise<void>;
  readonly idle: boolean;
  /** `last` runs when everything before it has been taken. */
  end(last: () => void): void;
  /** Nobody takes it any more. */
  drop(): void;
}

/** The end of a request comes after what was said before it, unless its client leaves: then `left` instead. */
export function finish(out: Outbox, signal: AbortSignal, end: () => void, left: () => void): void {
  if (out.idle) return end();
  const aborted = (): void => {
    out.drop();
    left();
  };
  signal.addEventListener("abort", aborted, { once: true });
  out.end(() => {
    signal.removeEventListener("abort", aborted);
    end();
  });
}

/** Holds a server back for one client, and says when that has lasted too long. */
function holding(others: () => boolean, outpaced: () => void) {
  let go: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  let soon: NodeJS.Immediate | undefined;
  /** Monotonic ms of the hold that lasts, and how long the client has held since its box was empty. */
  let since = 0;
  let held_ms = 0;
  const look = (): void => {
    if (others()) return outpaced();
    held_ms = 0;
    wait();
  };
  const wait = (): void => {
    since = performance.now();
    // A client takes what it can before this process, which may have stood still, finds it slow.
    timer = setTimeout(() => (soon = setImmediate(look)), Math.max(1, HOLD_MS - held_ms)).unref();
  };
  return {
    hold: (): Promise<void> =>
      new Promise((resolve) => {
        go = resolve;
        wait();
      }),
    release(): void {
      if (go === undefined) return;
      clearTimeout(timer);
      clearImmediate(soon);
      held_ms += performance.now() - since;
      go();
      go = undefined;
    },
    forgive(): void {
      held_ms = 0;
    },
  };
}

/**
 * The box of a client. Where it has the server for itself (`all` is undefined) it holds that back as long as it likes.
 * Where it shares it, its messages wait here while it is slow, and the others go on. A full box holds the server back
 * until there is room; while others wait for the server, for a moment only: then `outpaced` hears that this client has
 * to go.
 */
export function outbox(listener: Listener, all: Boxes | undefined, outpaced: () => void): Outbox {
  if (all === undefined) return { put: listener, idle: true, end: (last) => last(), drop: () => undefined };
  const queue: Beat[] = [];
  const server = holding(all.others, outpaced);
  let bytes = 0;
  let taking = false;
  let last: (() => void) | undefined;

  const weigh = (by: number): void => {
    bytes += by;
    all.bytes += by;
  };
  const isFull = (): boolean =>
    queue.length >= BEATS_MOST || bytes >= BYTES_MOST || (queue.length > 0 && all.bytes >= LEG_BYTES_MOST);
  const give = (beat: Beat): void => {
    const taken = listener(beat);
    if (taken === undefined) return;
    taking = true;
    // A listener that fails has taken what it was given: its own side reports why.
    void taken.catch(() => undefined).then(goOn);
  };
  const goOn = (): void => {
    taking = false;
    for (let beat = queue.shift(); beat !== undefined; beat = taking ? undefined : queue.shift()) {
      weigh(-(beat.frame?.bytes.length ?? 0));
      give(beat);
    }
    if (!isFull()) server.release();
    if (taking) return;
    server.forgive();
    const end = last;
    last = undefined;
    end?.();
  };

  return {
    put(beat) {
      if (!taking) return give(beat);
      queue.push(beat);
      weigh(beat.frame?.bytes.length ?? 0);
      return isFull() ? server.hold() : undefined;
    },
    get idle() {
      return !taking;
    },
    end(then) {
      if (taking) last = then;
      else then();
    },
    drop() {
      queue.length = 0;
      weigh(-bytes);
      last = undefined;
      server.release();
    },
  };
}
