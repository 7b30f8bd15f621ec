import type { Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Server } from "../config/config.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import type { Line } from "../wire/lines.ts";
import { type Audience, audience } from "./audience.ts";
import type { Channel, Ear } from "./channel.ts";
import { cancelled, garbled, gone, outpaced, over, SESSION_EXPIRED, silent, wordsOf } from "./failure.ts";
import { heardIn } from "./heard.ts";
import { type Inbox, inbox } from "./inbox.ts";
import type { Ending, Leg, Listener, WireHeaders } from "./leg.ts";
import { type Boxes, finish, outbox } from "./outbox.ts";
import { isLasting, type Patience, patience } from "./patience.ts";
import { type Row, Table } from "./table.ts";
import { statusOf } from "./text.ts";
import type { Asking } from "./underway.ts";
import { waitingRoom } from "./waiting.ts";

/** How long an answer may follow its cancellation: a race, or the result of a subscription (2026-07-28 sends both). */
const FAREWELL_MS = 1000;

/** A message of the server, or one that waited for somebody to listen. */
type Incoming = Line | { readonly kind: "waited"; readonly frame: Frame };

/**
 * A conversation whose messages go both ways on a channel of its own. Its end ends the conversation; nothing is shared
 * with another principal. A modern one is shared by all clients of its principal, so none of them may hold the others up.
 */
export class PipeLeg<C extends Channel = Channel> implements Leg {
  readonly server: string;
  readonly era: Era;
  readonly channel: C;
  /** Monotonic ms since when nothing has been under way; undefined while something is. */
  idle_since: number | undefined = performance.now();
  readonly #table: Table<Asking>;
  readonly #boxes: Boxes = { bytes: 0, others: () => this.#table.rows.size > 1 };
  readonly #audience: Audience;
  readonly #waiting = waitingRoom();
  readonly #patience: Patience;
  readonly #timeout_ms: number;
  readonly #inbox: Inbox<Incoming>;
  /** How the channel ended. */
  #over: string | undefined;

  private constructor(
    server: Pick<Server, "name" | "timeout_ms">,
    era: Era,
    channel: C,
    incoming: Inbox<Incoming>,
    patient: Patience,
  ) {
    this.server = server.name;
    this.era = era;
    this.channel = channel;
    this.#audience = audience(server.name);
    this.#table = new Table(era === "modern");
    this.#timeout_ms = server.timeout_ms;
    this.#inbox = incoming;
    this.#patience = patient;
  }

  /** Opens the channel and hears what comes on it. Rejects as `start` does. */
  static async open<C extends Channel>(
    server: Pick<Server, "name" | "timeout_ms">,
    era: Era,
    start: (ear: Ear) => Promise<C>,
  ): Promise<PipeLeg<C>> {
    const patient = patience(server.timeout_ms);
    const incoming = inbox<Incoming>(
      (item, more) => leg.#take(item, more),
      (held) => {
        patient.holding(held);
        if (held) channel.pause();
        else channel.resume();
      },
    );
    const channel = await start({
      alive: () => leg.alive,
      heard: (messages) => incoming.put(messages),
      gone: (how, why) => incoming.close(() => leg.#end(how, why)),
    });
    const leg: PipeLeg<C> = new PipeLeg(server, era, channel, incoming, patient);
    channel.resume();
    return leg;
  }

  get alive(): boolean {
    return this.#over === undefined;
  }

  ask(frame: Frame, headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending> {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(this.server));
      if (this.#over !== undefined) return reject(over(this.server, this.#over));
      const patient = !isLasting(message.method);
      const shared = this.era === "modern" ? this.#boxes : undefined;
      const asking: Asking = {
        out: outbox(listener, shared, () => this.#giveUp(row, outpaced(this.server))),
        initialize: message.method === "initialize",
        watch: patient
          ? this.#patience.watch(() => this.#giveUp(row, silent(this.server, this.#timeout_ms)))
          : undefined,
        settle: { resolve, reject },
        signal,
        aborted: () => this.#giveUp(row, cancelled(this.server)),
        told: false,
      };
      const { row, frame: sent } = this.#table.open(frame, message.id, asking);
      this.idle_since = undefined;
      signal.addEventListener("abort", asking.aborted, { once: true });
      this.channel.send(sent, headers)?.catch((error: unknown) => this.#untaken(row, error));
      this.#wake();
    });
  }

  async tell(frame: Frame, headers: WireHeaders): Promise<void> {
    if (this.#over !== undefined) throw over(this.server, this.#over);
    const { message } = frame;
    const cancels = message.kind === "notification" && message.method === "notifications/cancelled";
    const { row, frame: sent } = cancels ? this.#table.cancel(frame) : { row: undefined, frame };
    if (row !== undefined) this.#tookBack(row);
    this.#patience.replied(message);
    try {
      await this.channel.send(sent, headers);
    } catch (error) {
      this.#lost(error);
      throw error;
    }
  }

  async listen(_headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<"ended"> {
    if (signal.aborted) throw cancelled(this.server);
    if (this.#over !== undefined) throw over(this.server, this.#over);
    const ended = this.#audience.join(listener, signal, () => this.#rest());
    this.idle_since = undefined;
    void listener({});
    this.#wake();
    return ended;
  }

  async close(): Promise<void> {
    for (const row of this.#table.rows.values()) row.of.out.drop();
    this.#end("it was closed");
    await this.channel.end();
  }

  /** Hands on what came while nobody listened. */
  #wake(): void {
    const frames = this.#waiting.takeAll();
    if (frames.length > 0) this.#inbox.put(frames.map((frame) => ({ kind: "waited", frame })));
  }

  #rest(): void {
    if (this.#table.rows.size === 0 && this.#audience.size === 0) this.idle_since = performance.now();
  }

  #shut(row: Row<Asking>, answered: boolean): void {
    this.#table.shut(row, answered);
    row.of.watch?.end();
    row.of.signal.removeEventListener("abort", row.of.aborted);
    this.#rest();
  }

  /** Nobody waits for the answer any more, and the server is told so; no era lets `initialize` be cancelled. */
  #giveUp(row: Row<Asking>, why: Fault): void {
    if (this.#table.rows.get(row.wire_id) !== row) return;
    this.#shut(row, false);
    row.of.out.drop();
    row.of.settle.reject(why);
    if (row.of.initialize || row.of.told) return;
    const params = { requestId: row.wire_id, reason: why.code };
    const taken = this.channel.send(
      frameOf({ kind: "notification", method: "notifications/cancelled", params }),
      {},
    );
    taken?.catch((error: unknown) => this.channel.note(`a cancellation was not taken (${wordsOf(error)})`));
  }

  /** The server was not reached, or would not take the request. */
  #untaken(row: Row<Asking>, error: unknown): void {
    this.#lost(error);
    if (this.#table.rows.get(row.wire_id) !== row) return;
    this.#shut(row, false);
    row.of.out.drop();
    row.of.settle.reject(error instanceof Fault ? error : gone(this.server, wordsOf(error), error));
  }

  #lost(error: unknown): void {
    if (error instanceof Fault && error.detail === SESSION_EXPIRED) this.#over ??= SESSION_EXPIRED;
  }

  /** A server that was told so by its client sends no answer, and that says nothing of the server. */
  #tookBack(row: Row<Asking>): void {
    row.of.told = true;
    setTimeout(() => this.#giveUp(row, cancelled(this.server)), FAREWELL_MS).unref();
  }

  #end(how: string, why: Fault = gone(this.server, how)): void {
    this.#over ??= how;
    for (const row of this.#table.rows.values()) {
      this.#shut(row, true);
      this.#last(row, () => row.of.settle.reject(why));
    }
    this.#audience.end();
  }

  #take(incoming: Incoming, more: boolean): void | Promise<void> {
    if (incoming.kind === "waited") return this.#stray(incoming.frame, "ask");
    const heard = heardIn(incoming);
    if (heard.kind === "message") return this.#route(heard.frame, more);
    this.channel.note(`${heard.why}, dropped${heard.beginning}`);
    // Whoever waits for an answer that cannot be read need not wait for another.
    const row = this.#table.meant(heard.remains);
    if (row === undefined) return undefined;
    this.#shut(row, true);
    return this.#last(row, () => row.of.settle.reject(garbled(this.server, heard.why)));
  }

  #route(frame: Frame, more: boolean): void | Promise<void> {
    const routed = this.#table.route(frame);
    switch (routed.kind) {
      case "answer": {
        this.#shut(routed.row, true);
        const status = statusOf(routed.frame, this.era);
        this.#last(routed.row, () =>
          routed.row.of.settle.resolve({ kind: "answer", frame: routed.frame, status, streamed: false }),
        );
        // Whoever waits for the answer has taken it before what the server said after it.
        return more ? new Promise((resolve) => void setImmediate(resolve)) : undefined;
      }
      case "closing":
        setTimeout(() => this.#farewell(routed.row), FAREWELL_MS).unref();
        return routed.row.of.out.put({ frame: routed.frame });
      case "beat":
        routed.row.of.watch?.heard();
        return routed.row.of.out.put({ frame: routed.frame });
      case "stray":
        this.#patience.said(frame.message);
        return this.#stray(frame, routed.prefer);
      case "nobody":
        return this.channel.note(`${routed.why}, dropped`);
    }
  }

  /** The server took its subscription back and sent no result. */
  #farewell(row: Row<Asking>): void {
    if (this.#table.rows.get(row.wire_id) !== row) return;
    this.#shut(row, true);
    this.#last(row, () => row.of.settle.reject(gone(this.server, "it ended the subscription")));
  }

  /** The end of a request comes after what was said before it, unless its client leaves. */
  #last({ of }: Row<Asking>, end: () => void): void {
    finish(of.out, of.signal, end, () => of.settle.reject(cancelled(this.server)));
  }

  /**
   * What belongs to no request in particular. A question (elicitation, sampling, roots) and a log line go to the newest
   * request under way, because a client may have no stream but that one and most likely caused them; changes of lists
   * and resources go to the stream that is there for them. With neither open they wait for whichever comes first.
   * On a modern leg they go to the only request under way, or to nobody: the newest may be another client's.
   */
  #stray(frame: Frame, prefer: "ask" | "stream" | "subscription"): void | Promise<void> {
    const asked = this.#table.likely()?.of;
    asked?.watch?.heard();
    const stream = this.#audience.newest;
    const speaks = prefer !== "subscription" || this.era === "legacy";
    if (asked !== undefined && speaks && (prefer === "ask" || stream === undefined)) {
      return asked.out.put({ frame });
    }
    if (stream !== undefined) return stream({ frame });
    // In the modern era nothing is said outside a request or a subscription, so nobody will ever wait for it.
    if (this.era === "modern")
      return this.channel.note("a message that is not clearly one request's, dropped");
    const dropped = this.#waiting.put(frame);
    return dropped > 0
      ? this.channel.note(`${dropped} messages that nobody listened for, dropped`)
      : undefined;
  }
}
