import type { Principal } from "../call/principal.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Door } from "../ingress/guard.ts";
import type { CompileOptions } from "../policy/compile.ts";
import type { Store } from "../store/store.ts";

/** What a listener knows of a request that it hands over. */
export interface Arrival {
  /** The gate takes nothing new. */
  readonly draining: boolean;
  /** Who sends it, as everywhere behind that listener. Throws or rejects with Fault where that is not known. */
  readonly identify: () => Principal | Promise<Principal>;
}

/** What the API stands on. */
export interface GovernanceParts {
  readonly gate: Gate;
  readonly store: Store;
  readonly door: Door;
  /** Whether a tenant is set up. */
  readonly isTenant: (tenant: string) => boolean;
  /** What policies are read with here. */
  readonly reading: CompileOptions;
}
