import type { Principal, TenantId } from "../call/principal.ts";
import type { Config, Server } from "../config/config.ts";
import { separateOf } from "../config/exposure.ts";
import { readPolicyFiles } from "../config/policy-files.ts";
import type { CompileOptions } from "../policy/compile.ts";
import { levelled } from "../policy/levels.ts";
import type { Policy } from "../policy/policy.ts";
import type { Follows } from "../rollout/open.ts";
import { readied } from "../rollout/ready.ts";
import type { Reign } from "../rollout/reign.ts";
import { MAX_TENANTS } from "../store/tenants.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { type Bounds, boundsUnder } from "../tenancy/bounds.ts";
import type { Placed } from "../tenancy/directory.ts";
import type { Tenancy } from "../tenancy/tenancy.ts";
import { turns } from "../tenancy/turns.ts";
import type { Upstream } from "../upstream/leg.ts";
import type { Address } from "./address.ts";
import { addressesOf } from "./addresses.ts";
import type { Gate, Governed, InForce } from "./gate.ts";

/** The gate as each tenant has it. */
export interface TenantGates {
  /** The gate, which knows whose is which. */
  readonly gate: Gate;
  /** Undefined where nothing of that name is there: for the tenant, where one is named. */
  readonly addressOf: (name: string, tenant?: TenantId) => Address | undefined;
  close(): Promise<void>;
}

interface Parts {
  readonly root: Gate;
  readonly config: Config;
  readonly tenancy: Tenancy;
  readonly policies: ReadonlyMap<TenantId, Policy>;
  readonly inForceOf: (reign: Reign) => InForce;
  /** What holds before a tenant's own policy. */
  readonly reigns: (principal: Principal) => Reign;
  readonly first: Reign;
  readonly reach: (server: Server) => Upstream;
}

/** One tenant's. */
interface View {
  /** What it was made from: another means another view. */
  readonly placed: Placed | undefined;
  readonly gate: Gate;
  readonly addresses: ReadonlyMap<string, Address>;
  /** Ways to servers that nobody else has. */
  readonly own: readonly Upstream[];
}

/** Who there is, where others than `default` may call; undefined elsewhere. Rejects where that cannot be read, unless the gate only observes. */
export async function openTenants(
  { auth, tenants: config, mode }: Pick<Config, "auth" | "tenants" | "mode">,
  { tenants }: Pick<Store, "tenants">,
  log: Log,
): Promise<Tenancy | undefined> {
  if (auth.mode === "none" && !config.enabled) return undefined;
  const { openTenancy } = await import("../tenancy/tenancy.ts");
  try {
    return await openTenancy({ config, tenants, log });
  } catch (error) {
    if (mode === "enforce") throw error;
    log.warn({ err: error }, "tenants cannot be read; calls pass, because the gate only observes");
    return undefined;
  }
}

/** The policies that the configuration binds to tenants. Throws Problems with what is wrong in them, their own tests too. */
function tenantPolicies(
  { tenants }: Pick<Config, "tenants">,
  options: CompileOptions,
  now: number,
): ReadonlyMap<TenantId, Policy> {
  return new Map(
    tenants.declared
      .filter(({ policy }) => policy.length > 0)
      .map(({ id, policy }) => [id, readied(readPolicyFiles(policy), options, now).policy]),
  );
}

/** Versions as a tenant is reigned by them: each tightened by what is bound to the tenant. The same for the same. */
function tightening({ levels }: Bounds): (reign: Reign) => Reign {
  if (levels.length === 0) return (reign) => reign;
  const known = new WeakMap<Reign, Reign>();
  return (reign) => {
    const { policy, beside } = reign;
    const made: Reign = known.get(reign) ?? {
      policy: levelled(policy, levels),
      ...(beside !== undefined && { beside: { ...beside, policy: levelled(beside.policy, levels) } }),
    };
    known.set(reign, made);
    return made;
  };
}

/** A server as a tenant has it: with an environment of its own, or a way of its own. */
function ownOf(
  { server, upstream }: Governed,
  bounds: Bounds,
  strict: boolean,
  reach: Parts["reach"],
): Governed {
  const env = bounds.env(server.name);
  if (env === undefined || server.transport !== "stdio")
    return strict ? { server, upstream: reach(server) } : { server, upstream };
  const own = { ...server, env: { ...server.env, ...env }, secrets: [...server.secrets, ...bounds.secrets] };
  return { server: own, upstream: reach(own) };
}

/** The gates of tenants, where there may be any but one. Rejects with Problems with what is wrong in their policies. */
export async function openTenantGates({
  tenancy,
  follows,
  ...parts
}: Omit<Parts, "tenancy" | "policies"> & {
  readonly tenancy: Tenancy | undefined;
  readonly follows: Follows | undefined;
}): Promise<TenantGates> {
  const { config, root } = parts;
  if (tenancy === undefined) {
    const addresses = addressesOf(root, separateOf(config.listen));
    return { gate: root, addressOf: (name) => addresses.get(name), close: () => Promise.resolve() };
  }
  const { readingOf } = await import("../config/policy-reading.ts");
  const policies = tenantPolicies(config, follows?.options ?? readingOf(config), root.now());
  return tenantGates({ ...parts, tenancy, policies });
}

/**
 * Each tenant has a gate of its own: the servers that there are for it, with the environment it gives them, names that no other
 * tenant's servers change, and its policy. A tenant that is closed has nothing. They are made when somebody of the tenant comes,
 * and again where its place among tenants has changed.
 */
function tenantGates(parts: Parts): TenantGates {
  const { root, config, tenancy, reach } = parts;
  const boundsOf = boundsUnder(config.tenants, parts.policies);
  const separate = separateOf(config.listen);
  const views = new Map<TenantId, View>();
  const shareOf = (tenant: TenantId): number => tenancy.directory().get(tenant)?.share ?? 1;
  const common: Gate = { ...root, turns: turns(shareOf) };

  function view(tenant: TenantId, placed: Placed | undefined): View {
    const bounds = boundsOf(placed?.path ?? []);
    const tight = tightening(bounds);
    const open = tenancy.admits(tenant);
    const servers = new Map(
      [...root.servers]
        .filter(([name]) => open && bounds.leads(name))
        .map(([name, one]) => [name, ownOf(one, bounds, config.tenants.strict, reach)]),
    );
    const gate: Gate = {
      ...common,
      servers,
      ...parts.inForceOf(tight(parts.first)),
      inForce: (principal) => parts.inForceOf(tight(parts.reigns(principal))),
    };
    const shared = new Set([...root.servers.values()].map(({ upstream }) => upstream));
    const own = [...servers.values()].map(({ upstream }) => upstream).filter((each) => !shared.has(each));
    return { placed, gate, addresses: addressesOf(gate, separate), own };
  }
  function drop(tenant: TenantId): void {
    const known = views.get(tenant);
    views.delete(tenant);
    for (const upstream of known?.own ?? []) void upstream.close();
  }
  /** Undefined where the tenant has nothing of its own. */
  function viewOf(tenant: TenantId): View | undefined {
    const placed = tenancy.directory().get(tenant);
    // Where tenants are not set up, all that are open have the same.
    if (!config.tenants.enabled && tenancy.admits(tenant)) return undefined;
    const known = views.get(tenant);
    if (known !== undefined && isSame(known.placed, placed)) return known;
    drop(tenant);
    const made = view(tenant, placed);
    views.set(tenant, made);
    const [oldest] = views.keys();
    if (views.size > MAX_TENANTS && oldest !== undefined) drop(oldest);
    return made;
  }
  const addresses = addressesOf(common, separate);
  return {
    gate: { ...common, of: ({ tenant }) => viewOf(tenant)?.gate ?? common },
    addressOf: (name, tenant) =>
      ((tenant === undefined ? undefined : viewOf(tenant)?.addresses) ?? addresses).get(name),
    async close() {
      const all = [...views.values()].flatMap(({ own }) => own);
      views.clear();
      await Promise.all(all.map((upstream) => upstream.close()));
    },
  };
}

/** Whether nothing that a view follows from is another. */
function isSame(before: Placed | undefined, after: Placed | undefined): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined || before.open !== after.open) return false;
  return before.path.join("\n") === after.path.join("\n");
}
