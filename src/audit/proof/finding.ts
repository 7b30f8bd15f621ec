import type { LeafKind } from "../../store/log.ts";
import type { TenantId } from "../../call/principal.ts";

/** What is wrong with a log. */
export type FindingKind =
  /** A row is not what its leaf was made of. */
  | "altered"
  /** A leaf has no row any more. */
  | "deleted"
  /** A row has no leaf: it came in beside the log, or its leaf was taken away. */
  | "inserted"
  /** A leaf is not there. */
  | "gap"
  /** Rows stand in another order than they were written in. */
  | "reordered"
  /** A record says of itself that it is older than what was signed before it. */
  | "backdated"
  /** The log has fewer records than were signed. */
  | "truncated"
  /** The records are not those that were signed. */
  | "rewritten"
  /** What is kept of the tree does not follow from its leaves. */
  | "tree"
  /** A checkpoint is not signed by the log's key. */
  | "signature"
  /** What stands for a witness's signature is not theirs. */
  | "cosignature"
  /** A witness has seen another log than this. */
  | "witness";

export interface Finding {
  readonly tenant: TenantId;
  readonly kind: FindingKind;
  /** The first record it is about, as far as can be told: its place in the log, and what it is. */
  readonly index?: number;
  readonly record?: string;
  readonly what: string;
}

/** `opened call_…`. */
export function recordName(kind: LeafKind, id: string): string {
  return `${kind} ${id}`;
}
