/** One event of a stream as it is sent. */
export interface SentEvent {
  readonly id: string;
  readonly bytes: Buffer;
}

/** Where a stream goes now. A promise holds its source back until the client has taken what was sent. */
export interface Taker {
  readonly take: (bytes: Buffer) => void | Promise<void>;
  readonly end: () => void;
}

const EVENTS = 256;
const BYTES = 1024 * 1024;

/**
 * One stream to a legacy client that outlives its connection (MCP 2025-11-25 transports, resumability). Its bounded
 * tail is kept, so that a client that comes back with `Last-Event-ID` has what it missed and then what follows.
 */
export class ResumableStream {
  readonly #name: string;
  readonly #tail: SentEvent[] = [];
  #bytes = 0;
  #next = 0;
  #taker: Taker | undefined;
  #ended = false;

  constructor(name: string, taker: Taker) {
    this.#name = name;
    this.#taker = taker;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Sends an event under its own id, or one of the stream's where it has none. */
  send(id: string | undefined, encode: (id: string) => Buffer): void | Promise<void> {
    const named = id ?? `${this.#name}-${this.#next}`;
    this.#next += 1;
    const event = { id: named, bytes: encode(named) };
    this.#tail.push(event);
    this.#bytes += event.bytes.length;
    while (this.#tail.length > EVENTS || (this.#bytes > BYTES && this.#tail.length > 1)) {
      this.#bytes -= this.#tail.shift()?.bytes.length ?? 0;
    }
    return this.#taker?.take(event.bytes);
  }

  /** What is not worth keeping: comments, waiting times. */
  pass(bytes: Buffer): void | Promise<void> {
    return this.#taker?.take(bytes);
  }

  end(): void {
    this.#ended = true;
    this.#taker?.end();
    this.#taker = undefined;
  }

  /** The client's connection broke: nobody takes what is sent until it comes back. */
  leave(taker: Taker): void {
    if (this.#taker === taker) this.#taker = undefined;
  }

  has(id: string): boolean {
    return this.#tail.some((event) => event.id === id);
  }

  /** Hands over what came after an event, and what will come. */
  resume(id: string, taker: Taker): void {
    const seen = this.#tail.findIndex((event) => event.id === id);
    this.#taker?.end();
    for (const event of this.#tail.slice(seen + 1)) void taker.take(event.bytes);
    if (this.#ended) taker.end();
    else this.#taker = taker;
  }
}

/** The streams of one session that a client may still come back to. */
export class Streams {
  readonly #kept = new Set<ResumableStream>();
  readonly #most: number;
  #made = 0;

  constructor(most: number) {
    this.#most = most;
  }

  open(taker: Taker): ResumableStream {
    this.#made += 1;
    const stream = new ResumableStream(`s${this.#made}`, taker);
    this.#kept.add(stream);
    if (this.#kept.size > this.#most) {
      const [oldest] = this.#kept;
      if (oldest !== undefined) this.#kept.delete(oldest);
    }
    return stream;
  }

  /** The client has everything, or the server itself will replay it. */
  forget(stream: ResumableStream): void {
    this.#kept.delete(stream);
  }

  holding(id: string): ResumableStream | undefined {
    for (const stream of this.#kept) if (stream.has(id)) return stream;
    return undefined;
  }
}
