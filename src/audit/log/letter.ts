import type { Anchors } from "../../config/anchors.ts";

/** What the thread that keeps the log of a SQLite file is started with. */
export interface Errand {
  readonly path: string;
  readonly holder: string;
  /** The key, in PEM. */
  readonly pem: string;
  readonly checkpoint_ms: number;
  readonly anchors: Anchors;
  /** Hosts and networks inside that may be reached. */
  readonly allow: readonly string[];
}
