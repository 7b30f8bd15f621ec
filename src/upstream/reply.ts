import type { IncomingHttpHeaders } from "node:http";
import type { Fault } from "../call/fault.ts";
import { decode, type Frame, type RequestId } from "../wire/frame.ts";
import { remainsOf } from "../wire/remains.ts";
import type { SseEvent } from "../wire/sse.ts";
import { beatOf, brokenBy } from "./beat.ts";
import type { Reader, Reading } from "./exchange.ts";
import { ANSWER_BOUNDS, expired, garbled, gone, refused, wordsOf } from "./failure.ts";
import { isRefusal, readingOf } from "./head.ts";
import type { Beat, Ending, Listener } from "./leg.ts";
import type { Watch } from "./patience.ts";

/** The leg that a reply comes on. */
export interface Hearing {
  readonly server: string;
  /** Whether there is a session, so that 404 means that it is over. */
  readonly in_session: boolean;
  /** Whether a stream that broke off can be resumed (legacy). */
  readonly resumable: boolean;
  head(reply: Reply, headers: IncomingHttpHeaders): void;
  /** A frame that is no answer. */
  aside(frame: Frame): void;
  note(line: string): void;
  /** Once a reply. */
  ended(reply: Reply, ending: Ending | Fault): void;
}

/** Reads the reply to one request: a JSON body, or a stream that holds the answer. */
export class Reply implements Reader {
  readonly id: RequestId;
  readonly initialize: boolean;
  status = 0;
  watch: Watch | undefined;
  /** The client itself has told the server that it gave up. */
  told = false;
  readonly #to: Hearing;
  readonly #listener: Listener;
  #refusal: Fault | undefined;
  #event_id: string | undefined;
  #over = false;

  constructor(to: Hearing, id: RequestId, initialize: boolean, listener: Listener) {
    this.id = id;
    this.initialize = initialize;
    this.#to = to;
    this.#listener = listener;
  }

  head(status: number, headers: IncomingHttpHeaders): Reading {
    this.status = status;
    this.watch?.heard();
    this.#to.head(this, headers);
    const reading = readingOf(this.#to.server, status, headers);
    if (typeof reading === "string") return reading;
    this.#refusal = this.#isLost ? expired(this.#to.server) : reading;
    return "nothing";
  }

  heard(): void {
    this.watch?.heard();
  }

  event(event: SseEvent): void | Promise<void> {
    if (event.id !== undefined && event.id !== "") this.#event_id = event.id;
    let beat: Beat | undefined;
    try {
      beat = beatOf(event);
    } catch (error) {
      this.#to.note(`an event that is no message (${wordsOf(error)}), dropped`);
      return this.#unread(event, error);
    }
    if (beat === undefined) return undefined;
    const { frame, id } = beat;
    if (frame === undefined) return this.#over ? undefined : this.#listener(beat);
    if (this.#over) return this.#to.note("a message after the answer, dropped");
    const { message } = frame;
    if (message.kind !== "result" && message.kind !== "error") {
      this.#to.aside(frame);
      return this.#listener(beat);
    }
    if (message.id !== this.id) return this.#to.note("an answer with an id that was not asked, dropped");
    return this.#end({
      kind: "answer",
      frame,
      status: this.status,
      streamed: true,
      ...(id !== undefined && { id }),
    });
  }

  /** The answer came and cannot be handed on: no other will come. */
  #unread({ data }: SseEvent, error: unknown): void {
    const remains = data === undefined ? undefined : remainsOf(data, true);
    if (remains?.kind !== "answer" || (remains.id !== undefined && remains.id !== this.id)) return;
    this.#end(garbled(this.#to.server, wordsOf(error), error));
  }

  end(body: Buffer): void {
    this.#end(this.#endOf(body));
  }

  fail(error: Error, sent: boolean): void {
    const broken = this.#refusal ?? brokenBy(this.#to.server, error, sent);
    this.#end(broken.code === "upstream-gone" && this.#canResume ? { kind: "detached" } : broken);
  }

  #end(ending: Ending | Fault): void {
    if (this.#over) return;
    this.#over = true;
    this.#to.ended(this, ending);
  }

  get #canResume(): boolean {
    return this.#to.resumable && this.#event_id !== undefined;
  }

  get #isLost(): boolean {
    return this.#to.in_session && this.status === 404;
  }

  #endOf(body: Buffer): Ending | Fault {
    const { server } = this.#to;
    const { status } = this;
    if (this.#refusal !== undefined) return this.#refusal;
    if (this.#canResume) return { kind: "detached" };
    if (body.length === 0 && status < 300) return gone(server, "its response ended before the answer");
    let frame: Frame;
    try {
      frame = decode(body, ANSWER_BOUNDS);
    } catch (error) {
      if (this.#isLost) return expired(server);
      return isRefusal(status)
        ? refused(server, status)
        : garbled(server, `HTTP ${status}, ${wordsOf(error)}`, error);
    }
    const { message } = frame;
    const ours = (message.kind === "result" || message.kind === "error") && message.id === this.id;
    // Only a server that knows the session can say of a method that it does not.
    if (this.#isLost && !(ours && message.kind === "error" && message.code === -32601))
      return expired(server);
    // A server that could not read the request cannot know its id.
    const unread = message.kind === "error" && message.id === null && status >= 400 && status < 500;
    if (ours || unread) return { kind: "answer", frame, status, streamed: false };
    return isRefusal(status)
      ? refused(server, status)
      : garbled(server, `HTTP ${status}, no answer to what was asked`);
  }
}
