import type { Era } from "../call/call.ts";
import type { Frame } from "../wire/frame.ts";

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** One message a line (MCP stdio): a line break, which JSON has only between tokens, becomes a space; all else stays. */
export function toLine(bytes: Buffer): Buffer {
  const line = Buffer.allocUnsafe(bytes.length + 1);
  bytes.copy(line);
  for (const sort of [NEWLINE, RETURN]) {
    for (let at = bytes.indexOf(sort); at !== -1; at = bytes.indexOf(sort, at + 1)) line[at] = SPACE;
  }
  line[bytes.length] = NEWLINE;
  return line;
}

/** The HTTP status that goes with a modern answer that came without one (2026-07-28, Streamable HTTP, status codes). */
export function statusOf(frame: Frame, era: Era): number {
  const { message } = frame;
  if (era === "legacy" || message.kind !== "error") return 200;
  if (message.code === -32601) return 404;
  return message.code <= -32020 && message.code >= -32022 ? 400 : 200;
}
