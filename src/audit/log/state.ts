/** How the log is, for whoever looks after the gate. */
export interface LogState {
  /** When what was on record by then had its leaves, ms; 0: not yet. */
  readonly sequenced_at: number;
  /** When a checkpoint was signed last, ms; 0: not yet. */
  readonly signed_at: number;
  /** What keeps it from going on, or "ok". */
  readonly state: string;
  readonly anchors: readonly { readonly anchor: string; readonly state: string }[];
}

export const NOT_YET: LogState = Object.freeze({ sequenced_at: 0, signed_at: 0, state: "ok", anchors: [] });
