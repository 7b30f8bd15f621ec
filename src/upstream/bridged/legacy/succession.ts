import { isDeepStrictEqual } from "node:util";
import type { JsonObject } from "../../../call/json.ts";
import type { Frame } from "../../../wire/frame.ts";
import type { Leg } from "../../leg.ts";
import { type Subscription, subscribe } from "./subscription.ts";

/** How long a subscription is still heard after the next one was acknowledged: what is on its way arrives by then. */
const DRAIN_MS = 200;
/** It goes on where something that it told is still to come on the next one; not where nothing came for so long. */
const QUIET_MS = 500;
const DRAIN_MOST_MS = 5000;
/** Subscriptions open at once while one takes over from the other. */
const OVERLAP_MOST = 16;

/** One open subscription, and what it was opened for. */
export interface Open {
  readonly filter: JsonObject;
  subscription: Subscription | undefined;
  /** Monotonic ms of its acknowledgement. */
  since_ms: number;
}

export interface Succeeding {
  readonly open: () => Promise<Leg>;
  readonly envelope: JsonObject;
  readonly timeout_ms: number;
  readonly begun: (one: Open) => void;
  readonly heard: (one: Open, frame: Frame) => void | Promise<void>;
  readonly over: (one: Open) => void;
  /** Whether all that are open have said the same. */
  readonly even: () => boolean;
  /** The server ended the last one by itself. */
  readonly lost: (one: Open) => void;
}

/**
 * One subscription after the other, each for another filter. The next one is acknowledged before the last one ends, and both
 * are heard meanwhile, so that nothing is said between them; in the end there is one.
 */
export class Succession {
  readonly #of: Succeeding;
  readonly #open: Open[] = [];
  #closed = false;
  /** When anything was told last, monotonic. */
  #heard_ms = Number.NEGATIVE_INFINITY;

  constructor(of: Succeeding) {
    this.#of = of;
  }

  /** Whether nothing is open. */
  get none(): boolean {
    return this.#open.length === 0;
  }

  /** Makes this what the server tells; resolves with what it acknowledged. Rejects as `subscribe` does, and leaves the last. */
  async renew(filter: JsonObject): Promise<JsonObject> {
    const last = this.#open.at(-1);
    if (this.#closed || Object.keys(filter).length === 0) {
      this.#endAll(this.#open);
      return {};
    }
    if (last?.subscription !== undefined && isDeepStrictEqual(last.filter, filter))
      return last.subscription.honoured;
    return this.#begin(filter);
  }

  close(): void {
    this.#closed = true;
    this.#endAll(this.#open);
  }

  async #begin(filter: JsonObject): Promise<JsonObject> {
    const one: Open = { filter, subscription: undefined, since_ms: 0 };
    this.#open.push(one);
    this.#of.begun(one);
    try {
      const { envelope, timeout_ms, open } = this.#of;
      const heard = (frame: Frame): void | Promise<void> => this.#heard(one, frame);
      const ended = (honoured: JsonObject): void => this.#lost(one, honoured);
      one.subscription = await subscribe({ leg: await open(), filter, envelope, timeout_ms, heard, ended });
    } catch (error) {
      this.#end(one);
      throw error;
    }
    one.since_ms = performance.now();
    if (this.#closed) one.subscription.close();
    this.#succeed(one);
    return one.subscription.honoured;
  }

  #heard(one: Open, frame: Frame): void | Promise<void> {
    this.#heard_ms = performance.now();
    return this.#of.heard(one, frame);
  }

  /** One that honours nothing ends at once, and is not asked for the same again. */
  #lost(one: Open, honoured: JsonObject): void {
    const isLast = this.#open.at(-1) === one;
    this.#end(one);
    if (isLast && !this.#closed && Object.keys(honoured).length > 0) this.#of.lost(one);
  }

  #succeed(one: Open): void {
    const at = Math.max(0, this.#open.indexOf(one));
    this.#endAll(this.#open.slice(0, Math.max(0, at - OVERLAP_MOST)));
    const before = this.#open.slice(0, Math.max(0, this.#open.indexOf(one)));
    if (before.length > 0) this.#drain(before, performance.now() + DRAIN_MOST_MS);
  }

  #drain(before: readonly Open[], until_ms: number): void {
    const look = (): void => {
      const now = performance.now();
      if (this.#of.even() || now - this.#heard_ms > QUIET_MS || now > until_ms) this.#endAll(before);
      else this.#drain(before, until_ms);
    };
    setTimeout(look, DRAIN_MS).unref();
  }

  #endAll(these: readonly Open[]): void {
    for (const one of these.slice()) this.#end(one);
  }

  #end(one: Open): void {
    const at = this.#open.indexOf(one);
    if (at === -1) return;
    this.#open.splice(at, 1);
    this.#of.over(one);
    one.subscription?.close();
  }
}
