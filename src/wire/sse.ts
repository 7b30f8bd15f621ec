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

export function sseParser(_limit_bytes: number): SseParser {
  throw new TypeError("to follow");
}
export function encodeEvent(_event: SseEvent): Buffer {
  throw new TypeError("to follow");
}
