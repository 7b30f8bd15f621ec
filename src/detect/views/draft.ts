import type { Span } from "./view.ts";

/** A text that was made of another, and where each part of it came from. */
export interface Rewritten {
  readonly text: string;
  /** The part of the source that units `from` to `until` were made of. */
  readonly at: (from: number, until: number) => Span;
}

/** Writes a text beside its source, in the order of the source. */
export interface Draft {
  /** Units `from` to `until` of the source as they are. */
  readonly copy: (from: number, until: number) => void;
  /** What units `from` to `until` of the source stand for; an empty text drops them. */
  readonly put: (text: string, from: number, until: number) => void;
  readonly done: () => Rewritten;
}

/** The last index of `starts` (ascending, not empty) whose value is at most `wanted`. */
function lastAtMost(starts: readonly number[], wanted: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** A draft of what is made of `source`: one entry per run that was copied or put, however long it is. */
export function draftOf(source: string): Draft {
  const starts: number[] = [];
  const froms: number[] = [];
  /** For a run that was put the end of what it stands for, for one that was copied -1. */
  const ends: number[] = [];
  const parts: string[] = [];
  let length = 0;
  const add = (text: string, from: number, end: number): void => {
    if (text === "") return;
    starts.push(length);
    froms.push(from);
    ends.push(end);
    parts.push(text);
    length += text.length;
  };
  const place = (unit: number, closing: boolean): number => {
    const index = lastAtMost(starts, unit);
    const from = froms[index] ?? 0;
    const end = ends[index] ?? -1;
    if (end === -1) return from + unit - (starts[index] ?? 0) + (closing ? 1 : 0);
    return closing ? end : from;
  };
  return {
    copy: (from, until) => {
      add(source.slice(from, until), from, -1);
    },
    put: add,
    done: () => ({
      text: parts.join(""),
      at: (from, until) => {
        if (length === 0) return { from: 0, until: 0 };
        const first = Math.min(Math.max(from, 0), length - 1);
        const last = Math.min(Math.max(until - 1, first), length - 1);
        return { from: place(first, false), until: place(last, true) };
      },
    }),
  };
}
