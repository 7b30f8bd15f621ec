import type { Ask } from "./ask.ts";
import type { Instant } from "./id.ts";

/** What one `access` rule offers: what is asked of people, as by a rule that asks, and for how long it then lasts at most. */
export interface Access extends Ask {
  readonly for_ms: number;
  /** Whether somebody may take it at once in an emergency, to be looked at afterwards. */
  readonly break_glass: boolean;
}

/** What people let one principal do for a time, or what it took in an emergency. Data for the judge, who looks at no store. */
export interface Grant {
  readonly id: string;
  readonly kind: "access" | "break_glass";
  /** The rule under which it was given, and the version of its words: under other words it is void. */
  readonly rule: string;
  readonly version: string;
  /** Globs to which it was narrowed, of which one must match; absent: all that the rule matches. */
  readonly servers?: readonly string[];
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  /** MCP methods. */
  readonly operations?: readonly string[];
  /** It does not cover a call of this moment or later. */
  readonly until: Instant;
}
