import { HEAD_BYTES } from "./remains.ts";

/** A line without its end, or word that one was longer than allowed (all but its `head` is gone; `size_bytes` is seen so far). */
export type Line =
  | { readonly kind: "line"; readonly bytes: Buffer }
  | { readonly kind: "over-long"; readonly size_bytes: number; readonly head: Buffer };

/** Takes bytes as they come; empty lines are skipped. */
export interface LineSplitter {
  push(chunk: Buffer): readonly Line[];
  /** The last line, where the input ended without a newline. */
  end(): readonly Line[];
}

const LF = 0x0a;
const CR = 0x0d;

/**
 * Splits newline-delimited messages (basic/transports, stdio). A CR before the newline belongs to it. A line longer than
 * `limit_bytes` is told once, as soon as it is known to be, and then dropped up to its newline without being kept.
 */
export function lineSplitter(limit_bytes: number): LineSplitter {
  let pending: Buffer[] = [];
  let pending_bytes = 0;
  let dropping = false;

  const take = (): Line | undefined => {
    const whole = pending.length === 1 ? pending[0] : Buffer.concat(pending);
    pending = [];
    pending_bytes = 0;
    if (whole === undefined || whole.length === 0) return undefined;
    const bytes = whole[whole.length - 1] === CR ? whole.subarray(0, -1) : whole;
    return bytes.length === 0 ? undefined : { kind: "line", bytes };
  };
  /** Keeps a piece of the current line, unless that makes it too long (a CR at its end may come on top). */
  const keep = (piece: Buffer): Line | undefined => {
    if (dropping || piece.length === 0) return undefined;
    const size_bytes = pending_bytes + piece.length;
    if (size_bytes > limit_bytes + 1 || (size_bytes === limit_bytes + 1 && piece[piece.length - 1] !== CR)) {
      dropping = true;
      const head = Buffer.concat([...pending, piece], Math.min(size_bytes, HEAD_BYTES));
      pending = [];
      pending_bytes = 0;
      return { kind: "over-long", size_bytes, head };
    }
    pending.push(piece);
    pending_bytes = size_bytes;
    return undefined;
  };

  return {
    push(chunk) {
      const lines: Line[] = [];
      const add = (line: Line | undefined): void => {
        if (line !== undefined) lines.push(line);
      };
      let from = 0;
      for (let end = chunk.indexOf(LF); end >= 0; end = chunk.indexOf(LF, from)) {
        add(keep(chunk.subarray(from, end)));
        if (!dropping) add(take());
        dropping = false;
        from = end + 1;
      }
      add(keep(chunk.subarray(from)));
      return lines;
    },
    end() {
      const line = dropping ? undefined : take();
      dropping = false;
      return line === undefined ? [] : [line];
    },
  };
}
