import type { Era } from "../call/call.ts";
import type { Fault } from "../call/fault.ts";
import type { StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { decode, type Frame, frameOf } from "../wire/frame.ts";
import { type Line, lineSplitter } from "../wire/lines.ts";
import { type Child, startChild, type Witness } from "./child.ts";
import { ANSWER_BOUNDS, cancelled, gone, outpaced, over, silent, wordsOf } from "./failure.ts";
import { type Inbox, inbox } from "./inbox.ts";
import type { Ending, Leg, Listener, WireHeaders } from "./leg.ts";
import { type Boxes, finish, outbox } from "./outbox.ts";
import { type Patience, patience } from "./patience.ts";
import { type Row, Table } from "./table.ts";
import { statusOf, toLine } from "./text.ts";
import type { Asking, Stream } from "./underway.ts";
import { waitingRoom } from "./waiting.ts";

/** How long an answer may follow its cancellation: a race, or the result of a subscription (2026-07-28 sends both). */
const FAREWELL_MS = 1000;

/** A line of the server, or a message that waited for somebody to listen. */
type Incoming = Line | { readonly kind: "waited"; readonly frame: Frame };

/**
 * A conversation with a process of its own. Its death ends the conversation; nothing is shared with another principal.
 * A modern one is shared by all clients of its principal, so none of them may hold the others up.
 */
export class StdioLeg implements Leg {
  readonly server: string;
  readonly era: Era;
  /** Monotonic ms since when nothing has been under way; undefined while something is. */
  idle_since: number | undefined = performance.now();
  readonly #table: Table<Asking>;
  readonly #boxes: Boxes = { bytes: 0, others: () => this.#table.rows.size > 1 };
  readonly #streams: Stream[] = [];
  readonly #waiting = waitingRoom();
  readonly #patience: Patience;
  readonly #timeout_ms: number;
  readonly #inbox: Inbox<Incoming>;
  readonly #child: Child;
  /** How the process ended. */
  #over: string | undefined;

  private constructor(
    server: StdioServer,
    era: Era,
    child: Child,
    incoming: Inbox<Incoming>,
    patient: Patience,
  ) {
    this.server = server.name;
    this.era = era;
    this.#table = new Table(era === "modern");
    this.#timeout_ms = server.timeout_ms;
    this.#child = child;
    this.#inbox = incoming;
    this.#patience = patient;
  }

  /** Starts the server's process. `gone` hears once how it ended, and whether by itself. Rejects as `startChild` does. */
  static async open(
    server: StdioServer,
    era: Era,
    log: Log,
    gone: (how: string, unasked: boolean) => void,
    witness?: Witness,
  ): Promise<StdioLeg> {
    const lines = lineSplitter(ANSWER_BOUNDS.bytes);
    const patient = patience(server.timeout_ms);
    const incoming = inbox<Incoming>(
      (item, more) => leg.#take(item, more),
      (held) => {
        patient.holding(held);
        if (held) child.pause();
        else child.resume();
      },
    );
    const events = {
      witness,
      output: (piece: Buffer) => incoming.put(lines.push(piece)),
      gone: (how: string) => {
        const unasked = leg.alive;
        incoming.put(lines.end());
        incoming.close(() => leg.#end(how));
        gone(child.words() === "" ? how : `${how}; its last words:\n${child.words()}`, unasked);
      },
    };
    const child = await startChild(server, events, log);
    const leg: StdioLeg = new StdioLeg(server, era, child, incoming, patient);
    return leg;
  }

  get alive(): boolean {
    return this.#over === undefined;
  }

  ask(frame: Frame, _headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<Ending> {
    const { message } = frame;
    if (message.kind !== "request") throw new TypeError("only a request can be asked");
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(this.server));
      if (this.#over !== undefined) return reject(over(this.server, this.#over));
      // A subscription stays open by design, so its silence means nothing.
      const patient = message.method !== "subscriptions/listen";
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
      void this.#child.write(toLine(sent.bytes));
      this.#wake();
    });
  }

  async tell(frame: Frame): Promise<void> {
    if (this.#over !== undefined) throw over(this.server, this.#over);
    const { message } = frame;
    const cancels = message.kind === "notification" && message.method === "notifications/cancelled";
    const { row, frame: sent } = cancels ? this.#table.cancel(frame) : { row: undefined, frame };
    if (row !== undefined) this.#tookBack(row);
    this.#patience.replied(message);
    await this.#child.write(toLine(sent.bytes));
  }

  listen(_headers: WireHeaders, listener: Listener, signal: AbortSignal): Promise<"ended"> {
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(cancelled(this.server));
      if (this.#over !== undefined) return reject(over(this.server, this.#over));
      const leave = (): void => {
        signal.removeEventListener("abort", aborted);
        const at = this.#streams.indexOf(stream);
        if (at !== -1) this.#streams.splice(at, 1);
        this.#rest();
      };
      const aborted = (): void => {
        leave();
        reject(cancelled(this.server));
      };
      const ended = (): void => {
        leave();
        resolve("ended");
      };
      const stream: Stream = { listener, ended };
      this.#streams.push(stream);
      this.idle_since = undefined;
      signal.addEventListener("abort", aborted, { once: true });
      void listener({});
      this.#wake();
    });
  }

  /** The client says nothing more; what it asked may still be answered. */
  hangUp(): void {
    this.#child.hangUp();
  }

  async close(): Promise<void> {
    for (const row of this.#table.rows.values()) row.of.out.drop();
    this.#end("it was closed");
    await this.#child.end();
  }

  /** Hands on what came while nobody listened. */
  #wake(): void {
    const frames = this.#waiting.takeAll();
    if (frames.length > 0) this.#inbox.put(frames.map((frame) => ({ kind: "waited", frame })));
  }

  #rest(): void {
    if (this.#table.rows.size === 0 && this.#streams.length === 0) this.idle_since = performance.now();
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
    void this.#child.write(
      toLine(frameOf({ kind: "notification", method: "notifications/cancelled", params }).bytes),
    );
  }

  /** A server that was told so by its client sends no answer, and that says nothing of the server. */
  #tookBack(row: Row<Asking>): void {
    row.of.told = true;
    setTimeout(() => this.#giveUp(row, cancelled(this.server)), FAREWELL_MS).unref();
  }

  #end(how: string): void {
    this.#over ??= how;
    for (const row of this.#table.rows.values()) {
      this.#shut(row, true);
      this.#last(row, () => row.of.settle.reject(gone(this.server, how)));
    }
    for (const stream of this.#streams.slice()) stream.ended();
  }

  #take(incoming: Incoming, more: boolean): void | Promise<void> {
    if (incoming.kind === "waited") return this.#stray(incoming.frame, "ask");
    if (incoming.kind === "over-long") {
      return this.#child.note(`[stdout] a line of more than ${ANSWER_BOUNDS.bytes} bytes, dropped`);
    }
    let frame: Frame;
    try {
      frame = decode(incoming.bytes, ANSWER_BOUNDS);
    } catch (error) {
      const beginning = incoming.bytes.toString("utf8", 0, 200);
      return this.#child.note(`[stdout] no message (${wordsOf(error)}), dropped: ${beginning}`);
    }
    return this.#route(frame, more);
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
        return this.#child.note(`[stdout] ${routed.why}, dropped`);
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
    const stream = this.#streams.at(-1);
    const speaks = prefer !== "subscription" || this.era === "legacy";
    if (asked !== undefined && speaks && (prefer === "ask" || stream === undefined)) {
      return asked.out.put({ frame });
    }
    if (stream !== undefined) return stream.listener({ frame });
    // In the modern era nothing is said outside a request or a subscription, so nobody will ever wait for it.
    if (this.era === "modern")
      return this.#child.note("[stdout] a message that is not clearly one request's, dropped");
    const dropped = this.#waiting.put(frame);
    return dropped > 0
      ? this.#child.note(`[stdout] ${dropped} messages that nobody listened for, dropped`)
      : undefined;
  }
}
