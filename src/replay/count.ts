import type { CallId } from "../call/id.ts";

/** How often, and one case to look at. */
export interface Count {
  readonly name: string;
  readonly calls: number;
  /** The id of the first of them. */
  readonly example: CallId;
}

/** Counts by name. Names come from clients: beyond `most` they are counted together. */
export interface Counts {
  add(name: string, call: CallId): void;
  /** The most frequent first. */
  list(): readonly Count[];
}

export const OTHERS = "(others)";

export function counts(most: number): Counts {
  const found = new Map<string, { calls: number; readonly example: CallId }>();
  return {
    add(name, call) {
      const key = found.has(name) || found.size < most ? name : OTHERS;
      const known = found.get(key);
      if (known === undefined) found.set(key, { calls: 1, example: call });
      else known.calls += 1;
    },
    list: () =>
      Array.from(found, ([name, count]) => ({ name, ...count })).toSorted(
        (a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1),
      ),
  };
}
