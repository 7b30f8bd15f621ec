import { Fault } from "../../call/fault.ts";
import type { Instant } from "../../call/id.ts";
import type { PooledLeg } from "../crowd.ts";
import { over } from "../failure.ts";
import type { HttpLeg } from "../http.ts";
import type { Ending } from "../leg.ts";

/** A stale verdict would work for ever and nobody would notice that the server learned the newer transport. */
const HOLDS_MS = 60 * 60_000;
/** With these a server that has only HTTP+SSE turns a POST down (2025-11-25 transports, backwards compatibility). */
const TURNED_DOWN: ReadonlySet<number> = new Set([400, 404, 405]);

/** That a server, though its address is one of Streamable HTTP, turned out to have HTTP+SSE; kept with its date. */
export interface OlderVerdict {
  /** Since when; undefined where it does not hold. */
  readonly since: Date | undefined;
  found(): void;
  doubt(): void;
}

/** `now` is the wall clock: set back, it ends a verdict. */
export function olderVerdict(now: () => Instant): OlderVerdict {
  let at: Instant | undefined;
  return {
    get since() {
      const passed = at === undefined ? Number.POSITIVE_INFINITY : now() - at;
      return at !== undefined && passed >= 0 && passed < HOLDS_MS ? new Date(at) : undefined;
    },
    found() {
      at = now();
    },
    doubt() {
      at = undefined;
    },
  };
}

/**
 * A leg that is `first` unless its server turns `initialize` down, and `older` gives another: then it is that one, and
 * `initialize` is said again. What is not turned down, or has no other, stays as the server said it.
 */
export function fallingBack(first: HttpLeg, older: () => Promise<PooledLeg | undefined>): PooledLeg {
  let leg: PooledLeg = first;
  let closed = false;
  const begin: PooledLeg["ask"] = async (frame, headers, listener, signal) => {
    let said: Ending | Fault;
    try {
      said = await first.ask(frame, headers, listener, signal);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      said = error;
    }
    const other = TURNED_DOWN.has(first.turned_down ?? 0) ? await older() : undefined;
    if (other === undefined) {
      if (said instanceof Fault) throw said;
      return said;
    }
    if (closed) {
      await other.close();
      throw over(first.server, "it was closed");
    }
    leg = other;
    await first.close();
    return leg.ask(frame, headers, listener, signal);
  };
  return {
    server: first.server,
    era: first.era,
    get alive() {
      return leg.alive;
    },
    get idle_since() {
      return leg.idle_since;
    },
    ask(frame, headers, listener, signal) {
      const { message } = frame;
      const begins = leg === first && message.kind === "request" && message.method === "initialize";
      if (begins) return begin(frame, headers, listener, signal);
      return leg.ask(frame, headers, listener, signal);
    },
    tell: (frame, headers) => leg.tell(frame, headers),
    listen: (headers, listener, signal) => leg.listen(headers, listener, signal),
    close() {
      closed = true;
      return leg.close();
    },
  };
}
