import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../call/json.ts";
import type { Frame } from "../../../wire/frame.ts";
import type { Leg } from "../../leg.ts";
import { type Subscription, subscribe } from "./subscription.ts";

/** How long a subscription is still heard after the next one was acknowledged: what is on its way arrives by then. */
const DRAIN_MS = 200;
/** Subscriptions open at once while one takes over from the other. */
const OVERLAP_MOST = 4;

/** One open subscription, and what it was opened for. */
export interface Open {
  readonly filter: JsonObject;
  subscription: Subscription | undefined;
  /** Monotonic ms of its acknowledgement. */
  since_ms: number;
}

/** One subscription after the other, each for another filter, so that there is none between them and one in the end. */
export interface Succession {
  /** Makes this what the server tells; resolves with what it acknowledged. Rejects as `subscribe` does, and leaves the last. */
  renew(filter: JsonObject): Promise<JsonObject>;
  /** Whether nothing is open. */
  readonly none: boolean;
  close(): void;
}

export interface Succeeding {
  readonly open: () => Promise<Leg>;
  readonly envelope: JsonObject;
  readonly timeout_ms: number;
  readonly begun: (one: Open) => void;
  readonly heard: (one: Open, frame: Frame) => void | Promise<void>;
  readonly over: (one: Open) => void;
  /** The server ended the last one by itself. */
  readonly lost: (one: Open) => void;
}

/** The next one is acknowledged before the last one ends; both are heard meanwhile. */
export function succession(of: Succeeding): Succession {
  const open: Open[] = [];
  let closed = false;

  function end(one: Open): void {
    const at = open.indexOf(one);
    if (at === -1) return;
    open.splice(at, 1);
    of.over(one);
    one.subscription?.close();
  }

  function endBefore(one: Open): void {
    while (open.length > OVERLAP_MOST && open[0] !== undefined && open[0] !== one) end(open[0]);
    const before = open.slice(0, Math.max(0, open.indexOf(one)));
    if (before.length > 0) setTimeout(() => before.forEach(end), DRAIN_MS).unref();
  }

  /** One that honours nothing ends at once, and is not asked for the same again. */
  function lost(one: Open, honoured: JsonObject): void {
    const isLast = open.at(-1) === one;
    end(one);
    if (isLast && !closed && Object.keys(honoured).length > 0) of.lost(one);
  }

  async function begin(filter: JsonObject): Promise<JsonObject> {
    const one: Open = { filter, subscription: undefined, since_ms: 0 };
    open.push(one);
    of.begun(one);
    try {
      const { envelope, timeout_ms } = of;
      const heard = (frame: Frame): void | Promise<void> => of.heard(one, frame);
      const ended = (honoured: JsonObject): void => lost(one, honoured);
      one.subscription = await subscribe({
        leg: await of.open(),
        filter,
        envelope,
        timeout_ms,
        heard,
        ended,
      });
    } catch (error) {
      end(one);
      throw error;
    }
    one.since_ms = performance.now();
    if (closed) one.subscription.close();
    endBefore(one);
    return one.subscription.honoured;
  }

  return {
    get none() {
      return open.length === 0;
    },
    async renew(filter) {
      const last = open.at(-1);
      if (closed || Object.keys(filter).length === 0) {
        open.slice().forEach(end);
        return {};
      }
      if (last?.subscription !== undefined && isDeepStrictEqual(last.filter, filter))
        return last.subscription.honoured;
      return begin(filter);
    },
    close() {
      closed = true;
      open.slice().forEach(end);
    },
  };
}
