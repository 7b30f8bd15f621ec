import type { Principal, TenantId } from "../../call/principal.ts";
import type { Config, Server } from "../../config/config.ts";
import { separateOf } from "../../config/exposure.ts";
import { readPolicyFiles } from "../../config/policy-files.ts";
import type { CompileOptions } from "../../policy/compile.ts";
import { levelled } from "../../policy/levels.ts";
import type { Policy } from "../../policy/policy.ts";
import { readied } from "../../rollout/ready.ts";
import type { Reign } from "../../rollout/reign.ts";
import { MAX_TENANTS } from "../../store/tenants.ts";
import { type Bounds, boundsUnder } from "../../tenancy/bounds.ts";
import type { Placed } from "../../tenancy/directory.ts";
import type { Tenancy } from "../../tenancy/tenancy.ts";
import { turns } from "../../tenancy/turns.ts";
import type { Upstream } from "../../upstream/leg.ts";
import type { Address } from "../addresses/address.ts";
import { addressesOf } from "../addresses/addresses.ts";
import type { Gate, Governed, InForce } from "../gate.ts";
import type { TenantGates } from "./gates.ts";

/** What the gates of tenants are made of. */
export interface TenantParts {
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

/** The policies that the configuration binds to tenants. Throws Problems with what is wrong in them, their own tests too. */
export function tenantPolicies(
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
  reach: TenantParts["reach"],
): Governed {
  const env = bounds.env(server.name);
  if (env === undefined || server.transport !== "stdio")
    return strict ? { server, upstream: reach(server) } : { server, upstream };
  const own = { ...server, env: { ...server.env, ...env }, secrets: [...server.secrets, ...bounds.secrets] };
  return { server: own, upstream: reach(own) };
}

/**
 * Each tenant has a gate of its own: the servers that there are for it, with the environment it gives them, names that no other
 * tenant's servers change, and its policy. A tenant that is closed has nothing. They are made when somebody of the tenant comes,
 * and again where its place among tenants has changed.
 */
export function tenantGates(parts: TenantParts): TenantGates {
  const { root, config, tenancy, reach } = parts;
  const boundsOf = boundsUnder(config.tenants, parts.policies);
  const separate = separateOf(config.listen);
  const views = new Map<TenantId, View>();
  const shareOf = (tenant: TenantId): number => tenancy.directory().get(tenant)?.share ?? 1;
  const common: Gate = { ...root, turns: turns(shareOf, root.ticks) };

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
