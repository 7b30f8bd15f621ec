import type { Evidence } from "../audit/log/evidence.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Door } from "../ingress/guard.ts";
import type { CompileOptions } from "../policy/compile.ts";
import type { Store } from "../store/store.ts";
import type { Tenancy } from "../tenancy/tenancy.ts";

/** What the API stands on. */
export interface GovernanceParts {
  readonly gate: Gate;
  readonly store: Store;
  readonly door: Door;
  /** What is proved from; absent: nothing can be. */
  readonly evidence?: Pick<Evidence, "tables" | "key">;
  /** Whether a tenant is set up. */
  readonly isTenant: (tenant: string) => boolean;
  /** Who there is; undefined where nobody but `default` calls. */
  readonly tenancy?: Tenancy | undefined;
  /** Which scopes others include; absent: none. */
  readonly implies?: Readonly<Record<string, readonly string[]>>;
  /** What policies are read with here. */
  readonly reading: CompileOptions;
}
