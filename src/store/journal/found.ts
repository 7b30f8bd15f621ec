import type { CallId, Instant } from "../../call/id.ts";
import type { CallRecord } from "../store.ts";

/** Which calls are looked for: all that is named must be so, exactly. */
export interface CallQuery {
  /** Calls that began at or after this. */
  readonly since?: Instant;
  /** Calls that began before this. */
  readonly until?: Instant;
  readonly principal?: string;
  /** `name/version`, or only the name. */
  readonly client?: string;
  readonly server?: string;
  readonly method?: string;
  /** Name of the tool or prompt, or URI of the resource. */
  readonly target?: string;
  readonly target_kind?: CallRecord["opened"]["target_kind"];
  readonly rule?: string;
  readonly verdict?: CallRecord["opened"]["verdict"];
  readonly status?: CallRecord["status"];
  readonly session?: string;
  /** What the HTTP exchange was called. */
  readonly request?: string;
  /** By the time at which calls began. */
  readonly order: "newest" | "oldest";
  /** Calls beyond this one, in that order. */
  readonly beyond?: CallId;
  /** At most `MAX_FOUND`. */
  readonly limit: number;
}

export interface Found {
  /** In the order that was asked for. */
  readonly records: readonly CallRecord[];
  /** From where the next page goes on (`beyond`), where there may be one. A page may have less than `limit`, and none. */
  readonly next: CallId | undefined;
}

/** Calls that one `find` gives at most. */
export const MAX_FOUND = 1_000;
/**
 * Calls that one `find` looks at for what no index finds. With it every page takes a bounded time, whatever is asked, and
 * however many calls there are.
 */
export const MAX_LOOKED_AT = 5_000;
