import type { TenantId } from "../call/principal.ts";
import type { TenantsConfig } from "../config/tenants.ts";
import { anyOf, type Matcher } from "../policy/glob.ts";
import type { Level } from "../policy/levels.ts";
import type { Policy } from "../policy/policy.ts";

/** What holds for a tenant beside what holds for all: each only narrows what those above it leave. */
export interface Bounds {
  /** The policies that are bound to it and to what is above it, the widest first. */
  readonly levels: readonly Level[];
  /** Whether there is such a server for it. */
  leads(server: string): boolean;
  /** What its own processes of a server get; undefined: nothing of its own. Values are secrets. */
  env(server: string): Readonly<Record<string, string>> | undefined;
  readonly secrets: readonly string[];
}

/** What the configuration binds to tenants; `policies` are those of the declared ones, by id. */
export function boundsUnder(
  { declared }: TenantsConfig,
  policies: ReadonlyMap<TenantId, Policy>,
): (path: readonly TenantId[]) => Bounds {
  const byId = new Map(declared.map((each) => [each.id, each]));
  const servers = new Map<TenantId, Matcher>(
    declared.flatMap(({ id, servers: globs }) => (globs === undefined ? [] : [[id, anyOf(globs)]])),
  );
  return (path) => {
    const along = path.flatMap((id) => byId.get(id) ?? []);
    return {
      levels: path.flatMap((name) => {
        const policy = policies.get(name);
        return policy === undefined ? [] : [{ name, policy }];
      }),
      leads: (server) => path.every((id) => servers.get(id)?.(server) ?? true),
      env(server) {
        const given = along.flatMap((each) => (Object.hasOwn(each.env, server) ? [each.env[server]] : []));
        // The narrowest says last.
        return given.length === 0 ? undefined : Object.assign({}, ...given);
      },
      secrets: along.flatMap(({ secrets }) => secrets),
    };
  };
}
