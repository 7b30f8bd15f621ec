import type { Taken } from "../counters/claim.ts";
import type { Batch } from "../journal/batch.ts";
import type { Obstacle } from "../unavailable.ts";

/** What the writing thread is told at its start. */
export interface Errand {
  readonly path: string;
  readonly gate: string;
  readonly host: string;
}

/** What it answers to each batch: 0, or what came of its claims; `row` means that a row can never be written. */
export type Reply = 0 | readonly Taken[] | { readonly obstacle: Obstacle | "row"; readonly message: string };

/** No cell holds it: details are JSON, which escapes it, and everything else that did would be refused. */
export const SEPARATOR = "\0";

/** A batch on its way to the writing thread. */
export interface Parcel {
  /** How many cells there are, of openings and of closings. */
  readonly cells: readonly [opened: number, closed: number];
  readonly text: string;
  /** What limits need, where any of the calls is limited. */
  readonly counted?: Pick<Batch, "claims" | "adjustments">;
  readonly beat: boolean;
}

const UNCOUNTED: Pick<Batch, "claims" | "adjustments"> = { claims: [], adjustments: [] };

/** The batch that was sent; undefined where a cell held the separator. STRICT tables take a number's text for it. */
export function batchOf({
  cells: [opened, closed],
  text,
  counted = UNCOUNTED,
  beat,
}: Parcel): Batch | undefined {
  const cells = text.split(SEPARATOR);
  // An empty half leaves one empty piece behind.
  if (cells.length !== Math.max(1, opened) + Math.max(1, closed)) return undefined;
  return {
    opened: cells.slice(0, opened),
    closed: closed === 0 ? [] : cells.slice(-closed),
    ...counted,
    beat,
  };
}
