import type { Instant } from "../call/id.ts";
import { Problems } from "../document/problem.ts";
import type { CompileOptions } from "../policy/compile.ts";
import type { Policies } from "../store/policies.ts";
import type { Log } from "../telemetry/log.ts";
import type { Own } from "./own.ts";
import type { Ready } from "./ready.ts";

/** What a gate's policy is made of, and where it changes. */
export interface Setting {
  readonly policies: Policies;
  readonly options: CompileOptions;
  /** Absent: `policy: store`. */
  readonly own?: { readonly from: Own; readonly first: Ready };
  readonly log: Pick<Log, "info" | "error">;
  readonly now: () => Instant;
}

/** Why something could not be put in force, in one bounded line. */
export function reasonOf(error: unknown): string {
  const text =
    error instanceof Problems
      ? error.message.split("\n").slice(0, 3).join("; ")
      : error instanceof Error
        ? error.message
        : String(error);
  return text.slice(0, 500);
}
