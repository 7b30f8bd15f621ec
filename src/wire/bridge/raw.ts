import type { JsonPath } from "../../call/json.ts";
import { decode, type Frame } from "../frame.ts";
import { sliceAt } from "../slice.ts";

/** What is put in the place of a value, made of the bytes that stood there. */
export interface Replacement {
  readonly path: JsonPath;
  readonly to: (old: Buffer) => readonly Buffer[];
}

/** What was bounded as it came stays so: a translation adds a few levels and no more bytes than it was given. */
const UNBOUND = { bytes: Number.MAX_SAFE_INTEGER, depth: 160 };

/**
 * A frame with bytes in the place of values, for what must keep its spelling and no `Edit` can carry (numbers beyond a
 * double). Paths where nothing stands are passed over; none may lie within another. Throws Fault where it is no message.
 */
export function replaced(frame: Frame, by: readonly Replacement[]): Frame {
  const { bytes } = frame;
  const cuts = by
    .flatMap(({ path, to }) => {
      const old = sliceAt(bytes, path);
      return old === undefined ? [] : [{ from: old.byteOffset - bytes.byteOffset, old, to }];
    })
    .sort((a, b) => a.from - b.from);
  if (cuts.length === 0) return frame;
  const pieces: Buffer[] = [];
  let at = 0;
  for (const { from, old, to } of cuts) {
    pieces.push(bytes.subarray(at, from), ...to(old));
    at = from + old.length;
  }
  return decode(Buffer.concat([...pieces, bytes.subarray(at)]), UNBOUND);
}
