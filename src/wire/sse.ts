import { Fault } from "../call/fault.ts";

/** One event of a stream, or one comment. A field that did not come is absent; `data` is bytes, lines joined by LF. */
export interface SseEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data?: Buffer;
  readonly retry_ms?: number;
  /** Without the colon. */
  readonly comment?: string;
}

/** Takes bytes as they come. Throws Fault `upstream-garbled` once an event or a line is larger than the bound. */
export interface SseParser {
  push(chunk: Buffer): readonly SseEvent[];
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;
const NEWLINE = Buffer.from("\n");
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Finds line ends one after the other; each byte is searched once for CR and once for LF. */
function lineEnds(bytes: Buffer): (from: number) => number {
  let lf = bytes.indexOf(LF);
  let cr = bytes.indexOf(CR);
  return (from) => {
    if (lf >= 0 && lf < from) lf = bytes.indexOf(LF, from);
    if (cr >= 0 && cr < from) cr = bytes.indexOf(CR, from);
    if (lf < 0 || cr < 0) return Math.max(lf, cr);
    return Math.min(lf, cr);
  };
}

/** Gathers the fields of one event, line by line. */
class EventInMaking {
  size_bytes = 0;
  #data: Buffer[] = [];
  #fields: { id?: string; event?: string; retry_ms?: number } = {};

  /** The event that an empty line ends, or the comment that a line is; undefined where more is to come. */
  line(text: Buffer): SseEvent | undefined {
    if (text.length === 0) return this.#finish();
    const colon = text.indexOf(COLON);
    if (colon === 0) return { comment: text.toString("utf8", 1) };
    this.size_bytes += text.length + 1;
    if (colon < 0) this.#field(text.toString("latin1"), text.subarray(text.length));
    else
      this.#field(
        text.toString("latin1", 0, colon),
        text.subarray(text[colon + 1] === SPACE ? colon + 2 : colon + 1),
      );
    return undefined;
  }

  #field(name: string, value: Buffer): void {
    if (name === "data") this.#data.push(value);
    else if (name === "event") this.#fields.event = value.toString("utf8");
    else if (name === "id" && !value.includes(0)) this.#fields.id = value.toString("utf8");
    else if (name === "retry" && /^[0-9]{1,15}$/.test(value.toString("latin1")))
      this.#fields.retry_ms = Number(value);
  }

  #finish(): SseEvent | undefined {
    const data = this.#data;
    const fields = this.#fields;
    this.#data = [];
    this.#fields = {};
    this.size_bytes = 0;
    const [first] = data;
    if (first !== undefined)
      return { ...fields, data: data.length === 1 ? first : Buffer.concat(joined(data)) };
    return Object.keys(fields).length === 0 ? undefined : fields;
  }
}

/**
 * An incremental reader of `text/event-stream` (WHATWG HTML §9.2). It differs from a browser where a gate must: comments
 * and events without data are given, and data stays bytes, so that nothing is lost on the way through. A line ends with
 * CR, LF or CRLF; what the stream leaves unfinished is dropped. `limit_bytes` bounds one event with its fields.
 */
export function sseParser(limit_bytes: number): SseParser {
  const event = new EventInMaking();
  let pending: Buffer[] = [];
  let pending_bytes = 0;
  let after_cr = false;
  let begun = false;

  const hold = (piece: Buffer): void => {
    pending_bytes += piece.length;
    if (event.size_bytes + pending_bytes > limit_bytes) {
      throw new Fault("upstream-garbled", `The server sent an event larger than ${limit_bytes} bytes.`);
    }
    if (piece.length > 0) pending.push(piece);
  };
  const line = (): SseEvent | undefined => {
    const whole = Buffer.concat(pending);
    pending = [];
    pending_bytes = 0;
    const text = !begun && whole.subarray(0, BOM.length).equals(BOM) ? whole.subarray(BOM.length) : whole;
    begun = true;
    return event.line(text);
  };

  return {
    push(chunk) {
      const events: SseEvent[] = [];
      let from = after_cr && chunk[0] === LF ? 1 : 0;
      if (chunk.length > 0) after_cr = false;
      const next = lineEnds(chunk);
      for (let end = next(from); end >= 0; end = next(from)) {
        hold(chunk.subarray(from, end));
        const said = line();
        if (said !== undefined) events.push(said);
        from = end + 1;
        if (chunk[end] !== CR) continue;
        if (from === chunk.length) after_cr = true;
        else if (chunk[from] === LF) from++;
      }
      hold(chunk.subarray(from));
      return events;
    },
  };
}

function joined(lines: readonly Buffer[]): Buffer[] {
  return lines.flatMap((line, at) => (at === 0 ? [line] : [NEWLINE, line]));
}

/** A field that must stay on its line. */
function single(name: string, value: string): string {
  if (/[\r\n\0]/.test(value)) throw new TypeError(`the ${name} of an event cannot hold a line end or NUL`);
  return `${name}: ${value}\n`;
}

/**
 * The bytes of one event. Line ends in the data become line ends of the stream: whoever reads it has LF for each.
 * Throws TypeError where `id` or `event` cannot be said.
 */
export function encodeEvent(event: SseEvent): Buffer {
  let head = "";
  if (event.comment !== undefined) {
    for (const text of event.comment.split(/\r\n|\r|\n/)) head += `:${text}\n`;
  }
  if (event.event !== undefined) head += single("event", event.event);
  if (event.id !== undefined) head += single("id", event.id);
  if (event.retry_ms !== undefined) head += `retry: ${event.retry_ms}\n`;
  const { data } = event;
  if (data === undefined) return Buffer.from(`${head}\n`);
  if (!data.includes(LF) && !data.includes(CR)) {
    return Buffer.concat([Buffer.from(`${head}data: `), data, Buffer.from("\n\n")]);
  }
  const pieces: Buffer[] = [Buffer.from(head)];
  const prefix = Buffer.from("data: ");
  const next = lineEnds(data);
  for (let from = 0; ; ) {
    const end = next(from);
    pieces.push(prefix, data.subarray(from, end < 0 ? data.length : end), NEWLINE);
    if (end < 0) break;
    from = data[end] === CR && data[end + 1] === LF ? end + 2 : end + 1;
  }
  return Buffer.concat([...pieces, NEWLINE]);
}
