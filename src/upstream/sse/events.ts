import type { IncomingHttpHeaders } from "node:http";
import { Fault } from "../../call/fault.ts";
import type { SseEvent } from "../../wire/sse.ts";
import { brokenBy } from "../beat.ts";
import type { Ear } from "../channel.ts";
import type { Reader, Reading } from "../exchange.ts";
import { garbled, refused, unreachable, wordsOf } from "../failure.ts";
import { readingOf } from "../head.ts";

const ENDPOINT_CHARS = 4096;
/** How much of what a server wrote stands in a log. */
const SHOWN_CHARS = 200;

/** What becomes of the stream. */
export interface Opening {
  /** Where messages are posted: a path of the stream's own origin. */
  readonly opened: (path: string) => void;
  /** It cannot be used; nothing was sent. */
  readonly failed: (why: Fault) => void;
  /** An open one has ended. `why` where that is not `upstream-gone`. */
  readonly ended: (how: string, why?: Fault) => void;
}

/** Reads the stream of HTTP+SSE (2024-11-05 transports): `endpoint` first, then messages. */
export class Events implements Reader {
  readonly #server: string;
  readonly #url: URL;
  readonly #ear: Ear;
  readonly #to: Opening;
  #refusal: Fault | undefined;
  #open = false;
  #held: { readonly until: Promise<void>; readonly go: () => void } | undefined;

  constructor(server: string, url: URL, ear: Ear, to: Opening) {
    this.#server = server;
    this.#url = url;
    this.#ear = ear;
    this.#to = to;
    this.pause();
  }

  pause(): void {
    let go = (): void => undefined;
    const until = new Promise<void>((resolve) => {
      go = resolve;
    });
    this.#held ??= { until, go };
  }

  resume(): void {
    this.#held?.go();
    this.#held = undefined;
  }

  head(status: number, headers: IncomingHttpHeaders): Reading {
    const reading = readingOf(this.#server, status, headers);
    if (reading === "events") return reading;
    if (typeof reading !== "string" && status < 300) this.#refusal = reading;
    else if (status >= 300) this.#refusal = refused(this.#server, status);
    return "nothing";
  }

  heard(): void {}

  event({ event, data }: SseEvent): void | Promise<void> {
    if (data === undefined || this.#refusal !== undefined) return undefined;
    if (!this.#open) this.#begin(event, data.toString("utf8", 0, ENDPOINT_CHARS + 1));
    else if ((event === undefined || event === "message") && data.length > 0)
      this.#ear.heard([{ kind: "line", bytes: data }]);
    return this.#held?.until;
  }

  end(): void {
    this.#over("ended its stream");
  }

  fail(error: Error, sent: boolean): void {
    // What is larger than its bound names that in its message.
    const isFault = error instanceof Fault;
    const why = isFault ? garbled(this.#server, error.message, error) : brokenBy(this.#server, error, sent);
    const how = `its stream broke (${wordsOf(why)})`;
    if (this.#open) this.#over(how, why.code === "upstream-garbled" ? why : undefined);
    else this.#to.failed(this.#refusal ?? unreachable(this.#server, why.detail ?? how, error));
  }

  #over(how: string, why?: Fault): void {
    if (this.#open) this.#to.ended(how, why);
    else this.#to.failed(this.#refusal ?? this.#useless("ended before its `endpoint` event"));
  }

  #begin(event: string | undefined, text: string): void {
    const path = event === "endpoint" ? this.#pathOf(text) : undefined;
    if (path !== undefined) {
      this.#open = true;
      return this.#to.opened(path);
    }
    const shown = JSON.stringify(text.slice(0, SHOWN_CHARS));
    this.#refusal =
      event === "endpoint"
        ? this.#useless(`named an endpoint elsewhere than ${this.#url.origin}: ${shown}`)
        : this.#useless("began without an `endpoint` event");
    return this.#to.failed(this.#refusal);
  }

  /** A server must not send the gate's credentials elsewhere. */
  #pathOf(text: string): string | undefined {
    if (text.length > ENDPOINT_CHARS || !URL.canParse(text, this.#url.href)) return undefined;
    const { origin, pathname, search, username, password } = new URL(text, this.#url);
    return origin === this.#url.origin && username === "" && password === "" ? pathname + search : undefined;
  }

  #useless(what: string): Fault {
    return unreachable(this.#server, `the event stream of its address ${what}`);
  }
}
