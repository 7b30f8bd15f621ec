import type { Charge } from "../../call/charge.ts";
import type { Instant } from "../../call/id.ts";

/** One stored number of a counter. `slot` is when it begins, ms; a bucket has one, in slot 0, that holds an instant. */
export interface Cell {
  readonly slot: number;
  readonly used: number;
}

/** How a counter stands once the charge is taken, and whether that is more than there may be. */
export interface Room {
  /** What to store in place of what stands in its slot. */
  readonly cell: Cell;
  /** Taken in all, this charge included. */
  readonly used: number;
  /** When what is used will be free again, if nobody takes more; absent where nobody knows. */
  readonly resets: Instant | undefined;
  /** Absent where there is room. Else the first instant at which the same charge may have it, if nobody else takes it. */
  readonly free_at?: Instant;
}

/** A sliding window is kept in so many parts. The oldest counts whole, so what is allowed is never too much. */
const PARTS = 60;

/** The length of a part, ms. */
export function partOf(length_ms: number): number {
  return Math.max(1, Math.ceil(length_ms / PARTS));
}

/** Sums keep to what decimal amounts mean: 0.1 three times is 0.3. What is measured in the end needs some room left. */
function fits({ amount, most }: Charge, had: number): boolean {
  return amount === 0 ? had < most : had + amount <= most * (1 + 1e-12);
}

function inSpan(charge: Charge, from: Instant, until: Instant, cells: readonly Cell[]): Room {
  const had = cells.find(({ slot }) => slot === from)?.used ?? 0;
  const used = had + charge.amount;
  const room = { cell: { slot: from, used }, used, resets: until };
  return fits(charge, had) ? room : { ...room, free_at: until };
}

function inSliding(charge: Charge, length_ms: number, at: Instant, cells: readonly Cell[]): Room {
  const part = partOf(length_ms);
  const slot = Math.floor(at / part) * part;
  // A clock that was set back leaves parts that begin later than now: they count.
  const counted = cells.filter((cell) => cell.slot + part > at - length_ms).sort((a, b) => a.slot - b.slot);
  const had = counted.reduce((sum, { used }) => sum + used, 0);
  const used = had + charge.amount;
  const own = counted.find((cell) => cell.slot === slot)?.used ?? 0;
  const room = { cell: { slot, used: own + charge.amount }, used, resets: slot + part + length_ms };
  if (fits(charge, had)) return room;
  let left = had;
  let free_at = at + length_ms + part;
  for (const { slot: begins, used: taken } of counted) {
    left -= taken;
    free_at = begins + part + length_ms;
    if (fits(charge, left)) break;
  }
  return { ...room, free_at };
}

/** GCRA (ITU-T I.371): the cell holds when the bucket will be full again; each unit puts that off. */
function inBucket(charge: Charge, every_ms: number, at: Instant, cells: readonly Cell[]): Room {
  const full_at = Math.max(cells.find(({ slot }) => slot === 0)?.used ?? at, at);
  const next = full_at + charge.amount * every_ms;
  const most_ms = charge.most * every_ms;
  const room = { cell: { slot: 0, used: next }, used: (next - at) / every_ms, resets: next };
  return next - at <= most_ms * (1 + 1e-9) ? room : { ...room, free_at: Math.ceil(next - most_ms) };
}

/** A place that is free when one of the calls under way ends, and nobody knows when. */
const SOON_MS = 1000;

/**
 * Whether a charge has room at `at` (wall clock, ms), given the counter's cells. A `held` window's cells are the calls
 * under way, one each.
 */
export function roomFor(charge: Charge, at: Instant, cells: readonly Cell[]): Room {
  const { window } = charge;
  switch (window.kind) {
    case "span":
      return inSpan(charge, window.from, window.until, cells);
    case "sliding":
      return inSliding(charge, window.length_ms, at, cells);
    case "bucket":
      return inBucket(charge, window.every_ms, at, cells);
    case "held": {
      const used = cells.length + charge.amount;
      const room = { cell: { slot: 0, used: charge.amount }, used, resets: undefined };
      return room.used <= charge.most ? room : { ...room, free_at: at + SOON_MS };
    }
  }
}

/** What still comes for a bucket after it is full again, from the ends of calls, ms. */
const SETTLED_MS = 3_600_000;

/** Until when a bucket's cell matters, that says when it is full again. */
export function bucketEnds(used: number): Instant {
  return Math.ceil(used) + SETTLED_MS;
}

/** Until when a cell of a counter matters; never before `oldestSlot` has passed it. */
export function endsOf({ window }: Charge, { slot, used }: Cell): Instant {
  switch (window.kind) {
    case "span":
      return Math.min(Number.MAX_SAFE_INTEGER, slot + 4 * (window.until - window.from));
    case "sliding":
      return slot + window.length_ms + 2 * partOf(window.length_ms);
    case "bucket":
      return bucketEnds(used);
    case "held":
      return 0;
  }
}

/** From which slot on a counter's cells still matter at `at`; what is older may go. */
export function oldestSlot({ window }: Charge, at: Instant): number {
  switch (window.kind) {
    // Calls of the span before are still being settled when the first of the next comes; months differ in length.
    case "span":
      return window.from - 2 * (window.until - window.from);
    case "sliding":
      return at - window.length_ms - partOf(window.length_ms);
    case "bucket":
    case "held":
      return 0;
  }
}
