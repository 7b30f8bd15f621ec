import type { Message, RequestId } from "../wire/frame.ts";

/** How long a server may wait for its client (a person who fills in a form) before its silence counts again. */
const HUMAN_MS = 600_000;
/** Requests of a server that nobody has answered; the oldest is forgotten beyond this. */
const ASKED_MOST = 256;

/**
 * Requests whose answer takes as long as it takes: a subscription is open until somebody ends it, and the result of a task
 * (2025-11-25, tasks/result) comes when the task is done. Silence of theirs means nothing.
 */
export function isLasting(method: string): boolean {
  return method === "subscriptions/listen" || method === "tasks/result";
}

/** One request's clock. */
export interface Watch {
  /** The server gave a sign of life. */
  heard(): void;
  end(): void;
}

/** How long one leg waits for a silent server. Silence does not count while the server waits for its client or for us. */
export interface Patience {
  watch(onSilence: () => void): Watch;
  /** The server said this: it may ask its client something, or take a question back. */
  said(message: Message): void;
  /** The client said this: it may answer. */
  replied(message: Message): void;
  /** We hold the server back because the client is slow. */
  readonly holding: (held: boolean) => void;
}

class Waiting implements Watch {
  last = performance.now();
  readonly onSilence: () => void;
  readonly #among: Set<Waiting>;

  constructor(onSilence: () => void, among: Set<Waiting>) {
    this.onSilence = onSilence;
    this.#among = among;
    among.add(this);
  }

  heard(): void {
    this.last = performance.now();
  }

  end(): void {
    this.#among.delete(this);
  }
}

/**
 * `timeout_ms` of silence end a request, at most a twentieth later. Time is monotonic, so a clock that is set back
 * changes nothing. One timer serves the whole leg: one for each request would cost 2 µs a call.
 */
export function patience(timeout_ms: number): Patience {
  const waiting = new Set<Waiting>();
  const open = new Map<RequestId, number>();
  let held = 0;
  let touched = 0;
  let timer: NodeJS.Timeout | undefined;

  const excused = (now: number): boolean => {
    if (held > 0) return true;
    for (const since of open.values()) if (now - since < HUMAN_MS) return true;
    return false;
  };
  const look = (): void => {
    timer = undefined;
    const now = performance.now();
    let least = timeout_ms;
    for (const one of excused(now) ? [] : waiting) {
      const left = Math.max(one.last, touched) + timeout_ms - now;
      if (left < 1) one.onSilence();
      else least = Math.min(least, left);
    }
    if (waiting.size > 0) arm(Math.max(least, timeout_ms / 20));
  };
  const arm = (within_ms: number): void => {
    // What came while this process stood still is heard before anybody is taken to be silent.
    timer = setTimeout(() => setImmediate(look), within_ms).unref();
  };
  const answered = (id: unknown): void => {
    if ((typeof id === "string" || typeof id === "number") && open.delete(id)) touched = performance.now();
  };

  return {
    watch(onSilence) {
      if (timer === undefined) arm(timeout_ms);
      return new Waiting(onSilence, waiting);
    },
    said(message) {
      if (message.kind === "notification" && message.method === "notifications/cancelled") {
        answered(message.params["requestId"]);
      }
      if (message.kind !== "request") return;
      open.set(message.id, performance.now());
      const [oldest] = open.keys();
      if (open.size > ASKED_MOST && oldest !== undefined) open.delete(oldest);
    },
    replied(message) {
      if (message.kind === "result" || message.kind === "error") answered(message.id);
    },
    holding(now_held) {
      held += now_held ? 1 : -1;
      touched = performance.now();
    },
  };
}
