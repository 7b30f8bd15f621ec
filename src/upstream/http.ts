import type { IncomingHttpHeaders } from "node:http";
import type { Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { HttpServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import { heard, unheard } from "./aborting.ts";
import type { Badge } from "./credential/credential.ts";
import { Errand } from "./errand.ts";
import { Exchange } from "./exchange.ts";
import {
  ANSWER_BOUNDS,
  cancelled,
  expired,
  gone,
  over,
  refused,
  SESSION_EXPIRED,
  silent,
  wordsOf,
} from "./failure.ts";
import type { Ending, Leg, Listener, WireHeaders } from "./leg.ts";
import { isLasting, type Patience, patience } from "./patience.ts";
import type { Pools } from "./pools.ts";
import { type Hearing, Reply } from "./reply.ts";
import { Stream, type StreamEnd } from "./stream.ts";
import { Voice } from "./voice.ts";

/** How long a server may keep a stream open after its answer, answer what was cancelled, and take to end a session. */
const LINGER_MS = 1000;

export interface HttpPorts {
  readonly pools: Pools;
  readonly badge: Badge;
  readonly log: Log;
  /** The reason why no request may go now. */
  readonly barred: () => Fault | undefined;
  /** How a request fared; undefined as soon as the server has shown that it is there. */
  readonly fared: (fault: Fault | undefined) => void;
}

/** A request under way. */
interface Underway {
  readonly exchange: Exchange;
  readonly resolve: (ending: Ending) => void;
  readonly reject: (why: Fault) => void;
  readonly signal: AbortSignal;
  readonly aborted: () => void;
}

/** A conversation over Streamable HTTP: in the legacy era one session, in the modern one nothing but a name. */
export class HttpLeg implements Leg, Hearing {
  readonly server: string;
  readonly era: Era;
  readonly separate = true;
  /** Monotonic ms since when nothing has been under way; undefined while something is. */
  idle_since: number | undefined = performance.now();
  readonly #of: HttpServer;
  readonly #ports: HttpPorts;
  readonly #patience: Patience;
  readonly #replies = new Map<Reply, Underway>();
  readonly #streams = new Set<() => void>();
  readonly #voice: Voice;
  #over: string | undefined;
  /** The status with which the server would not take `initialize`, once it has. */
  turned_down: number | undefined;

  constructor(of: HttpServer, era: Era, ports: HttpPorts) {
    this.server = of.name;
    this.era = era;
    this.#of = of;
    this.#ports = ports;
    this.#patience = patience(of.timeout_ms);
    this.#voice = new Voice(of, era, ports.badge);
  }

  get alive(): boolean {
    return this.#over === undefined;
  }

  get in_session(): boolean {
    return this.#voice.in_session;
  }

  get resumable(): boolean {
    return this.era === "legacy";
  }

  ask(frame: Frame, headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending> {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    return new Promise((resolve, reject) => {
      const barred = this.#barred(signal) ?? this.#ports.barred();
      if (barred !== undefined) return reject(barred);
      const initialize = message.method === "initialize";
      const reply = new Reply(this, message.id, initialize, listener);
      const exchange = new Exchange(reply, ANSWER_BOUNDS.bytes, this.#patience.holding);
      const aborted = (): void => this.#giveUp(reply, cancelled(this.server));
      heard(signal, aborted);
      this.#replies.set(reply, { exchange, resolve, reject, signal, aborted });
      this.idle_since = undefined;
      const lasting = isLasting(message.method);
      if (!lasting) {
        reply.watch = this.#patience.watch(() =>
          this.#giveUp(reply, silent(this.server, this.#of.timeout_ms)),
        );
      }
      const { pools } = this.#ports;
      const fields = this.#voice.post(frame, headers, initialize);
      (lasting ? pools.streams : pools.calls).dispatch(
        { path: pools.path, method: "POST", headers: fields, body: frame.bytes },
        exchange,
      );
    });
  }

  async tell(frame: Frame, headers: WireHeaders): Promise<void> {
    if (this.#over !== undefined) throw over(this.server, this.#over);
    const { message } = frame;
    if (message.kind === "notification" && message.method === "notifications/cancelled") {
      for (const reply of this.#replies.keys())
        if (reply.id === message.params["requestId"]) this.#tookBack(reply);
    }
    this.#patience.replied(message);
    const status = await this.#errand("POST", this.#voice.post(frame, headers, false), frame.bytes);
    if (status < 300) return;
    if (status === 404 && this.in_session) {
      this.#over ??= SESSION_EXPIRED;
      throw expired(this.server);
    }
    throw refused(this.server, status);
  }

  listen(headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<"ended" | "unsupported"> {
    return new Promise((resolve, reject) => {
      const barred = this.#barred(signal);
      if (barred !== undefined) return reject(barred);
      const done = (end: StreamEnd): void => {
        unheard(signal, aborted);
        this.#streams.delete(closed);
        this.#rest();
        if (typeof end === "string") return resolve(end);
        if (end.detail === SESSION_EXPIRED) this.#over ??= SESSION_EXPIRED;
        return reject(end);
      };
      const stream = new Stream(this, listener, headers["last-event-id"] !== undefined, done);
      const exchange = new Exchange(stream, ANSWER_BOUNDS.bytes, this.#patience.holding);
      const stop = (end: StreamEnd): void => {
        exchange.stop();
        done(end);
      };
      const aborted = (): void => stop(cancelled(this.server));
      const closed = (): void => stop("ended");
      this.#streams.add(closed);
      this.idle_since = undefined;
      heard(signal, aborted);
      const { pools } = this.#ports;
      const fields = this.#voice.get(headers);
      pools.streams.dispatch({ path: pools.path, method: "GET", headers: fields }, exchange);
    });
  }

  async close(): Promise<void> {
    const over_before = this.#over;
    this.#over ??= "it was closed";
    for (const reply of this.#replies.keys()) {
      this.#settle(reply, gone(this.server, this.#over), true);
      this.#ports.fared(cancelled(this.server)); // that we broke off says nothing of the server
    }
    for (const closed of this.#streams) closed();
    if (over_before !== undefined || !this.in_session) return;
    try {
      // Any answer will do: a server may not let clients end sessions (405), or have ended this one (404).
      await this.#errand("DELETE", this.#voice.end(), undefined, LINGER_MS);
    } catch (error) {
      this.#ports.log.debug({ server: this.server, why: wordsOf(error) }, "session not ended");
    }
  }

  head(reply: Reply, headers: IncomingHttpHeaders): void {
    this.#ports.fared(undefined);
    if (!reply.initialize) return;
    if (reply.status < 300) this.#voice.begin(headers);
    else this.turned_down = reply.status;
  }

  aside(frame: Frame): void {
    this.#patience.said(frame.message);
  }

  note(line: string): void {
    this.#ports.log.warn({ server: this.server }, line);
  }

  ended(reply: Reply, ending: Ending | Fault): void {
    if (reply.initialize && !(ending instanceof Fault) && ending.kind === "answer")
      this.#voice.agree(ending.frame);
    if (ending instanceof Fault) this.#ports.fared(ending);
    this.#settle(reply, ending, false);
  }

  #barred(signal: AbortSignal): Fault | undefined {
    if (signal.aborted) return cancelled(this.server);
    return this.#over === undefined ? undefined : over(this.server, this.#over);
  }

  #rest(): void {
    if (this.#replies.size === 0 && this.#streams.size === 0) this.idle_since = performance.now();
  }

  #settle(reply: Reply, ending: Ending | Fault, stop: boolean): void {
    const underway = this.#replies.get(reply);
    if (underway === undefined) return;
    this.#replies.delete(reply);
    this.#rest();
    reply.watch?.end();
    unheard(underway.signal, underway.aborted);
    if (stop) underway.exchange.stop();
    else underway.exchange.linger(LINGER_MS);
    if (!(ending instanceof Fault)) return underway.resolve(ending);
    if (ending.detail === SESSION_EXPIRED) this.#over ??= SESSION_EXPIRED;
    return underway.reject(ending);
  }

  /** Nobody waits for the answer any more. To a modern server the closed stream says so, to a legacy one a message. */
  #giveUp(reply: Reply, why: Fault): void {
    if (!this.#replies.has(reply)) return;
    this.#ports.fared(why);
    this.#settle(reply, why, true);
    if (this.era === "modern" || reply.initialize || reply.told || this.#over !== undefined) return;
    const params = { requestId: reply.id, reason: why.code };
    this.tell(frameOf({ kind: "notification", method: "notifications/cancelled", params }), {}).catch(
      (error: unknown) =>
        this.#ports.log.debug({ server: this.server, why: wordsOf(error) }, "cancellation not taken"),
    );
  }

  /** A server that was told so by its client sends no answer, and that says nothing of the server. */
  #tookBack(reply: Reply): void {
    reply.told = true;
    setTimeout(() => this.#giveUp(reply, cancelled(this.server)), LINGER_MS).unref();
  }

  /** Sends what needs no answer; gives the status. */
  #errand(
    method: "POST" | "DELETE",
    headers: string[],
    body: Buffer | undefined,
    timeout_ms = this.#of.timeout_ms,
  ): Promise<number> {
    return new Promise((resolve, reject) => {
      const errand = new Errand(
        this.server,
        (status) => finish(() => resolve(status)),
        (why) => finish(() => reject(why)),
      );
      const exchange = new Exchange(errand, ANSWER_BOUNDS.bytes, this.#patience.holding);
      const timer = setTimeout(() => {
        exchange.stop();
        reject(silent(this.server, timeout_ms));
      }, timeout_ms);
      const finish = (how: () => void): void => {
        clearTimeout(timer);
        how();
      };
      const { errands, path } = this.#ports.pools;
      errands.dispatch({ path, method, headers, ...(body !== undefined && { body }) }, exchange);
    });
  }
}
