import type { IncomingHttpHeaders } from "node:http";
import type { Dispatcher } from "undici";
import { type SseEvent, type SseParser, sseParser } from "../wire/sse.ts";
import { type Inbox, inbox } from "./inbox.ts";

/** What is done with the body of a response: kept whole, read event by event, or not looked at. */
export type Reading = "whole" | "events" | "nothing";

/** The side of an HTTP exchange that knows what it means. After `fail` or `end` it hears nothing more. */
export interface Reader {
  head(status: number, headers: IncomingHttpHeaders): Reading;
  /** Bytes came. */
  heard(): void;
  /** A promise holds the server back. */
  event(event: SseEvent): void | Promise<void>;
  /** The response is complete; `body` is empty unless it was to be kept whole. */
  end(body: Buffer): void;
  /** `sent`: whether the request had left. A Fault where what came broke a bound. */
  fail(error: Error, sent: boolean): void;
}

const NOTHING = Buffer.alloc(0);
/** Of a body that is not looked at, so much is let go by to keep the connection. */
const SKIPPED_MOST = 64 * 1024;

class Stopped extends Error {}

/** One request of the pool, the cheapest way undici has. A class: closures for each call would cost more than the call. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #reader: Reader;
  readonly #limit_bytes: number;
  readonly #hold: (held: boolean) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #reading: Reading = "nothing";
  #chunks: Buffer[] | undefined;
  #first: Buffer | undefined;
  #size = 0;
  #parser: SseParser | undefined;
  #events: Inbox<SseEvent> | undefined;
  #over = false;
  #lingering: NodeJS.Timeout | undefined;

  /** `hold` hears when the server is held back. */
  constructor(reader: Reader, limit_bytes: number, hold: (held: boolean) => void) {
    this.#reader = reader;
    this.#limit_bytes = limit_bytes;
    this.#hold = hold;
  }

  /** Breaks off; the reader hears nothing more. */
  stop(): void {
    this.#over = true;
    this.#controller?.abort(new Stopped("given up"));
  }

  /** Breaks off unless the response is complete by then: its meaning is known already. */
  linger(within_ms: number): void {
    if (!this.#over) this.#lingering = setTimeout(() => this.stop(), within_ms);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#over) controller.abort(new Stopped("given up"));
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (this.#over || status < 200) return;
    this.#reading = this.#reader.head(status, headers);
    if (this.#reading !== "events") return;
    this.#parser = sseParser(this.#limit_bytes);
    this.#events = inbox<SseEvent>(
      (event) => (this.#over ? undefined : this.#reader.event(event)),
      (held) => {
        this.#hold(held);
        if (held) controller.pause();
        else controller.resume();
      },
    );
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#over) return;
    this.#reader.heard();
    if (this.#parser !== undefined) {
      this.#events?.put(this.#parser.push(chunk));
      return;
    }
    this.#size += chunk.length;
    const most = this.#reading === "whole" ? this.#limit_bytes : SKIPPED_MOST;
    if (this.#size > most) throw new RangeError(`a body of more than ${most} bytes`);
    if (this.#reading === "nothing") return;
    if (this.#first === undefined) this.#first = chunk;
    else {
      this.#chunks ??= [this.#first];
      this.#chunks.push(chunk);
    }
  }

  onResponseEnd(): void {
    if (this.#events !== undefined) this.#events.close(() => this.#end());
    else this.#end();
  }

  onResponseError(_controller: Dispatcher.DispatchController | null, error: Error): void {
    const fail = (): void => {
      if (this.#over) return;
      this.#over = true;
      clearTimeout(this.#lingering);
      this.#reader.fail(error, this.#controller !== undefined);
    };
    if (this.#events !== undefined) this.#events.close(fail);
    else fail();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#lingering);
    this.#reader.end(this.#chunks === undefined ? (this.#first ?? NOTHING) : Buffer.concat(this.#chunks));
  }
}
