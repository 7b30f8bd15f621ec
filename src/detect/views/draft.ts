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

/** Of each run: where it begins here, where in the source, and the end of what it stands for, -1 for one that was copied. */
const FIELDS = 3;

/** The last run of a table (not empty) that begins at `wanted` at most. */
function lastAtMost(table: Int32Array, runs: number, wanted: number): number {
  let low = 0;
  let high = runs - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((table[middle * FIELDS] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low * FIELDS;
}

/** A draft of what is made of `source`: one entry per run that was copied or put, however long it is. */
export function draftOf(source: string): Draft {
  let table = new Int32Array(16 * FIELDS);
  let runs = 0;
  const parts: string[] = [];
  let length = 0;
  const add = (text: string, from: number, end: number): void => {
    if (text === "") return;
    const at = runs * FIELDS;
    if (at === table.length) {
      const wider = new Int32Array(4 * at);
      wider.set(table);
      table = wider;
    }
    table[at] = length;
    table[at + 1] = from;
    table[at + 2] = end;
    runs += 1;
    parts.push(text);
    length += text.length;
  };
  const place = (unit: number, closing: boolean): number => {
    const at = lastAtMost(table, runs, unit);
    const from = table[at + 1] ?? 0;
    const end = table[at + 2] ?? -1;
    if (end === -1) return from + unit - (table[at] ?? 0) + (closing ? 1 : 0);
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
