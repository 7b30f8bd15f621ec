import type { IncomingHttpHeaders } from "node:http";
import type { Fault } from "../call/fault.ts";
import type { SseEvent } from "../wire/sse.ts";
import { beatOf, brokenBy } from "./beat.ts";
import type { Reader, Reading } from "./exchange.ts";
import { expired, garbled, refused, wordsOf } from "./failure.ts";
import { readingOf } from "./head.ts";
import type { Beat, Listener } from "./leg.ts";
import type { Hearing } from "./reply.ts";

/** How a stream ended. */
export type StreamEnd = "ended" | "unsupported" | Fault;

/** Reads a legacy GET stream. Answers come on it only where it resumes the stream of a request. */
export class Stream implements Reader {
  readonly #to: Pick<Hearing, "server" | "in_session" | "aside" | "note">;
  readonly #listener: Listener;
  readonly #resumes: boolean;
  readonly #done: (end: StreamEnd) => void;
  #end: StreamEnd = "ended";
  #begun = false;

  constructor(
    to: Pick<Hearing, "server" | "in_session" | "aside" | "note">,
    listener: Listener,
    resumes: boolean,
    done: (end: StreamEnd) => void,
  ) {
    this.#to = to;
    this.#listener = listener;
    this.#resumes = resumes;
    this.#done = done;
  }

  head(status: number, headers: IncomingHttpHeaders): Reading {
    const reading = readingOf(this.#to.server, status, headers);
    this.#begun = reading === "events";
    if (reading === "events") {
      void this.#listener({});
      return reading;
    }
    this.#end = this.#refusal(status, reading);
    return "nothing";
  }

  heard(): void {}

  event(event: SseEvent): void | Promise<void> {
    let beat: Beat | undefined;
    try {
      beat = beatOf(event);
    } catch (error) {
      return this.#to.note(`an event that is no message (${wordsOf(error)}), dropped`);
    }
    if (beat === undefined) return undefined;
    const { frame } = beat;
    if (frame === undefined) return this.#listener(beat);
    if (!this.#resumes && (frame.message.kind === "result" || frame.message.kind === "error")) {
      return this.#to.note("an answer on a stream that resumes nothing, dropped");
    }
    this.#to.aside(frame);
    return this.#listener(beat);
  }

  end(): void {
    this.#done(this.#end);
  }

  fail(error: Error, sent: boolean): void {
    // A stream that broke off has ended: its client resumes it where it can.
    const broken = this.#begun ? "ended" : brokenBy(this.#to.server, error, sent);
    this.#done(this.#end === "ended" ? broken : this.#end);
  }

  #refusal(status: number, reading: "whole" | "nothing" | Fault): StreamEnd {
    const { server, in_session } = this.#to;
    if (status === 405) return "unsupported";
    if (status === 404 && in_session) return expired(server);
    if (typeof reading !== "string") return reading;
    return status < 300
      ? garbled(server, "no event stream where one was asked for")
      : refused(server, status);
  }
}
