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
const NEWLINE = Buffer.from("\n");
const BOM = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where the next line ends, by CR or LF, or −1. */
function lineEnd(bytes: Buffer, from: number): number {
  const lf = bytes.indexOf(LF, from);
  const cr = (lf < 0 ? bytes : bytes.subarray(0, lf)).indexOf(CR, from);
  return cr < 0 ? lf : cr;
}

/**
 * An incremental reader of `text/event-stream` (WHATWG HTML §9.2). It differs from a browser where a gate must: comments
 * and events without data are given, and data stays bytes, so that nothing is lost on the way through. A line ends with
 * CR, LF or CRLF; what the stream leaves unfinished is dropped. `limit_bytes` bounds one event with its fields.
 */
export function sseParser(limit_bytes: number): SseParser {
  let pending: Buffer[] = [];
  let pending_bytes = 0;
  let after_cr = false;
  let first_line = true;
  let data: Buffer[] = [];
  let event_bytes = 0;
  let fields: { id?: string; event?: string; retry_ms?: number } = {};

  const hold = (bytes: Buffer): void => {
    pending_bytes += bytes.length;
    if (event_bytes + pending_bytes > limit_bytes) {
      throw new Fault("upstream-garbled", `The server sent an event larger than ${limit_bytes} bytes.`);
    }
    if (bytes.length > 0) pending.push(bytes);
  };
  const finish = (): SseEvent | undefined => {
    const { id, event, retry_ms } = fields;
    if (data.length === 0 && id === undefined && event === undefined && retry_ms === undefined)
      return undefined;
    const whole =
      data.length === 0
        ? fields
        : { ...fields, data: data.length === 1 ? data[0] : Buffer.concat(joined(data)) };
    data = [];
    fields = {};
    event_bytes = 0;
    return whole as SseEvent;
  };
  const field = (name: string, value: Buffer): void => {
    if (name === "data") data.push(value);
    else if (name === "event") fields.event = value.toString("utf8");
    else if (name === "id" && !value.includes(0)) fields.id = value.toString("utf8");
    else if (name === "retry" && /^\d{1,15}$/.test(value.toString("latin1")))
      fields.retry_ms = Number(value.toString("latin1"));
  };
  const line = (bytes: Buffer): SseEvent | undefined => {
    const text = first_line && bytes.subarray(0, BOM.length).equals(BOM) ? bytes.subarray(BOM.length) : bytes;
    first_line = false;
    if (text.length === 0) return finish();
    const colon = text.indexOf(COLON);
    if (colon === 0) return { comment: text.toString("utf8", 1) };
    event_bytes += text.length + 1;
    const name = colon < 0 ? text : text.subarray(0, colon);
    const value =
      colon < 0
        ? text.subarray(text.length)
        : text.subarray(text[colon + 1] === 0x20 ? colon + 2 : colon + 1);
    field(name.toString("latin1"), value);
    return undefined;
  };

  return {
    push(chunk) {
      const events: SseEvent[] = [];
      let from = 0;
      if (after_cr && chunk.length > 0) {
        if (chunk[0] === LF) from = 1;
        after_cr = false;
      }
      for (let end = lineEnd(chunk, from); end >= 0; end = lineEnd(chunk, from)) {
        hold(chunk.subarray(from, end));
        const said = line(pending.length === 1 ? (pending[0] ?? NEWLINE) : Buffer.concat(pending));
        pending = [];
        pending_bytes = 0;
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
  if (event.comment !== undefined)
    head += `${event.comment
      .split(/\r\n|\r|\n/)
      .map((text) => `:${text}\n`)
      .join("")}`;
  if (event.event !== undefined) head += single("event", event.event);
  if (event.id !== undefined) head += single("id", event.id);
  if (event.retry_ms !== undefined) head += `retry: ${event.retry_ms}\n`;
  const { data } = event;
  if (data === undefined) return Buffer.from(`${head}\n`);
  if (!data.includes(LF) && !data.includes(CR)) {
    return Buffer.concat([Buffer.from(`${head}data: `), data, Buffer.from("\n\n")]);
  }
  const pieces = [Buffer.from(head)];
  const prefix = Buffer.from("data: ");
  for (let from = 0; ; ) {
    const end = lineEnd(data, from);
    pieces.push(prefix, data.subarray(from, end < 0 ? data.length : end), NEWLINE);
    if (end < 0) break;
    from = data[end] === CR && data[end + 1] === LF ? end + 2 : end + 1;
  }
  return Buffer.concat([...pieces, NEWLINE]);
}
