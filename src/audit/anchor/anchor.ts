import type { Cosigned, LogTables, Signed } from "../../store/log.ts";

/** What an anchor is given: the newest checkpoint of a log, and how far the anchor has got with it. */
export interface Showing {
  readonly log: LogTables;
  readonly signed: Signed;
  /** The size of the checkpoint that it took last; 0: none. */
  readonly before: number;
  readonly now: number;
}

/** Somebody, or some place, that keeps checkpoints where whoever runs the gate cannot change them unseen. */
export interface Anchor {
  readonly name: string;
  /** Shows it a checkpoint; gives what it signed of it. Rejects with the reason where it did not take it. */
  readonly show: (showing: Showing) => Promise<readonly Cosigned[]>;
}

/** Why an anchor did not take a checkpoint, in words for the operator. Holds no secret. */
export class NotTaken extends Error {
  override readonly name = "NotTaken";
}
