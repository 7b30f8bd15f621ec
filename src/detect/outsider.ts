import type { Action, Tier } from "../call/guard.ts";
import type { Json } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { Field, Found } from "./detector.ts";
import type { Leaf } from "./fields.ts";
import type { Sighting } from "./inspection.ts";

/** What came of showing an outsider the texts of one message. */
export type Looked =
  | { readonly kind: "looked"; readonly sightings: readonly Sighting[]; readonly us: number }
  /** None of the texts is of a sort that it looks at. */
  | { readonly kind: "none" }
  /** It did not look at all of them, for this reason. */
  | { readonly kind: "missed"; readonly why: string };

/** The message that texts are of, for who judges it as a whole. */
export interface Whole {
  /** The method that it is of: `tools/call`. */
  readonly event: string;
  readonly phase: "request" | "response";
  /** Its `params`, `result` or `error`; where the texts are of a part of it, that part. */
  readonly payload: Json;
  /** Steps of a text's path that lead to the payload. */
  readonly root: number;
}

/** A guard that is not built in: a plugin, or a program elsewhere that is asked. */
export interface Outsider {
  readonly name: string;
  readonly version: string;
  readonly tier: Tier;
  /** It judges messages as a whole, and so those without a text too. */
  readonly whole?: true;
  /** What it means that it did not look. */
  readonly broken: "stop" | "pass";
  readonly actionOf: (found: Found, field: Field) => Action;
  /**
   * Never rejects. Places in sightings are those of `texts`. `whole` is absent where there are texts alone, `tenant` where they are
   * of none: what one tenant's texts were is remembered for that tenant alone.
   */
  readonly look: (texts: readonly Leaf[], whole?: () => Whole, tenant?: TenantId) => Promise<Looked>;
  /** Whether it is left alone for a while after failures in a row. */
  readonly resting: () => boolean;
}
