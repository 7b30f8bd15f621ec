import type { TenantId } from "../../call/principal.ts";
import type { Config } from "../../config/config.ts";
import { separateOf } from "../../config/exposure.ts";
import type { Follows } from "../../rollout/open.ts";
import type { Store } from "../../store/store.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Tenancy } from "../../tenancy/tenancy.ts";
import type { Address } from "../addresses/address.ts";
import { addressesOf } from "../addresses/addresses.ts";
import type { Gate } from "../gate.ts";
import type { TenantParts } from "./views.ts";

/** The gate as each tenant has it. */
export interface TenantGates {
  /** The gate, which knows whose is which. */
  readonly gate: Gate;
  /** Undefined where nothing of that name is there: for the tenant, where one is named. */
  readonly addressOf: (name: string, tenant?: TenantId) => Address | undefined;
  close(): Promise<void>;
}

/** Who there is, where others than `default` may call; undefined elsewhere. Rejects where that cannot be read, unless the gate only observes. */
export async function openTenants(
  { auth, tenants: config, mode }: Pick<Config, "auth" | "tenants" | "mode">,
  { tenants }: Pick<Store, "tenants">,
  log: Log,
): Promise<Tenancy | undefined> {
  if (auth.mode === "none" && !config.enabled) return undefined;
  const { openTenancy } = await import("../../tenancy/tenancy.ts");
  try {
    return await openTenancy({ config, tenants, log });
  } catch (error) {
    if (mode === "enforce") throw error;
    log.warn({ err: error }, "tenants cannot be read; calls pass, because the gate only observes");
    return undefined;
  }
}

/** The gates of tenants, where there may be any but one. Rejects with Problems with what is wrong in their policies. */
export async function openTenantGates({
  tenancy,
  follows,
  ...parts
}: Omit<TenantParts, "tenancy" | "policies"> & {
  readonly tenancy: Tenancy | undefined;
  readonly follows: Follows | undefined;
}): Promise<TenantGates> {
  const { config, root } = parts;
  // Most gates have one tenant: nothing of this is loaded there.
  if (tenancy === undefined) {
    const addresses = addressesOf(root, separateOf(config.listen));
    return { gate: root, addressOf: (name) => addresses.get(name), close: () => Promise.resolve() };
  }
  const { readingOf } = await import("../../config/policy-reading.ts");
  const { tenantGates, tenantPolicies } = await import("./views.ts");
  const policies = tenantPolicies(config, follows?.options ?? readingOf(config), root.now());
  return tenantGates({ ...parts, tenancy, policies });
}
