import type { Instant } from "../call/id.ts";

/** How far a sink has come with what a tenant has on record. */
export interface Sunk {
  /** Everything up to these positions was taken by the receiver: of calls, and of acts. */
  readonly position: number;
  readonly acts: number;
  /** Records that were taken since the sink is there, and those that it would never take. */
  readonly sent: number;
  readonly refused: number;
  /** When something was last taken, or tried. */
  readonly at: Instant;
  /** Why the last try failed, or "". */
  readonly why: string;
}

/** A lease on a sink: one process at a time delivers to it. */
export interface SinkLease {
  readonly sink: string;
  /** Names the process. */
  readonly holder: string;
  /** Until when, on the wall clock of the caller. */
  readonly until: Instant;
}

/** How far each sink has come with one tenant's records. Sinks are known by their names. */
export interface Sinks {
  /**
   * Takes or renews the lease: how far the sink has come; undefined where another process has it. `first` is where a
   * sink begins that was never there.
   */
  hold(lease: SinkLease, now: Instant, first: Pick<Sunk, "position" | "acts">): Promise<Sunk | undefined>;
  /** Says how far it has come, and renews the lease. False where another process has it meanwhile: then nothing is kept. */
  move(lease: SinkLease, sunk: Sunk): Promise<boolean>;
  /** Lets another process have it at once. */
  release(sink: string, holder: string): Promise<void>;
  get(sink: string): Promise<Sunk | undefined>;
}

const MAX_WHY = 300;
/** What is kept of a reason. */
export const shortWhy = (why: string): string => why.slice(0, MAX_WHY).replaceAll("\0", "").toWellFormed();

/** A row as both engines give it. */
export interface SinkRow extends Sunk {
  readonly holder: string;
  readonly held_until: Instant;
}

export function sunkOf({ position, acts, sent, refused, at, why }: SinkRow): Sunk {
  return Object.freeze({ position, acts, sent, refused, at, why });
}
