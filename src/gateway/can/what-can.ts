import { setImmediate as others } from "node:timers/promises";
import type { TenantId } from "../../call/principal.ts";
import type { Store } from "../../store/store.ts";
import { asOf } from "../as-of.ts";
import type { Gate } from "../gate.ts";
import { type Known, knownPrincipals } from "./known-principals.ts";
import { type Outlook, outlook } from "./who-can.ts";

/** Calls on record that are looked through for tools, and tools that are told of. */
const RECENT = 2_000;
const MOST_TOOLS = 1_000;
/** One name may come with several credentials; so many of them are told of. */
const MOST_WAYS = 20;
/** After so many answers whoever calls meanwhile has a turn. */
const AT_ONCE = 50;

export interface CanParts {
  readonly gate: Gate;
  readonly store: Store;
  /** Which scopes others include. */
  readonly implies: Readonly<Record<string, readonly string[]>>;
}

/** What becomes of one principal's calls of one tool. */
export interface Can extends Outlook, Known {
  readonly server: string;
  readonly tool: string;
}

/** The gate as a tenant has it. */
function gateOf({ gate }: CanParts, tenant: TenantId): Gate {
  return asOf(gate, { id: "", tenant, roles: [], scopes: [], source: "token" });
}

async function principalsOf(parts: CanParts, tenant: TenantId): Promise<readonly Known[]> {
  const { policy, now } = gateOf(parts, tenant);
  return await knownPrincipals(parts.store, tenant, {
    roles: policy.roles,
    implies: parts.implies,
    now: now(),
  });
}

/** The tools of a tenant's servers: those that anybody was told of, and those that were called lately. */
async function toolsOf(
  parts: CanParts,
  tenant: TenantId,
  only?: string,
): Promise<readonly { readonly server: string; readonly tool: string }[]> {
  const { servers, catalogue } = gateOf(parts, tenant);
  const found = new Map<string, { readonly server: string; readonly tool: string }>();
  const add = (server: string, tool: string): void => {
    if (servers.has(server) && (only === undefined || server === only))
      found.set(`${server}\n${tool}`, { server, tool });
  };
  for (const server of servers.keys())
    for (const tool of catalogue.offered(server, "tools/list").keys()) add(server, tool);
  const calls = await parts.store.forTenant(tenant).journal.list({ limit: RECENT });
  // A name that nobody offers, somebody may have tried all the same.
  for (const { opened } of calls)
    if (opened.target_kind === "tool" && opened.verdict === "allow") add(opened.server, opened.target);
  return [...found.values()].slice(0, MOST_TOOLS);
}

/** What each principal of a tenant that is known of can do with a tool; `args`: with these arguments. */
export async function whoCan(
  parts: CanParts,
  tenant: TenantId,
  {
    server,
    tool,
    args,
  }: { readonly server: string; readonly tool: string; readonly args?: Parameters<typeof outlook>[4] },
): Promise<readonly Can[]> {
  const found: Can[] = [];
  for (const known of await principalsOf(parts, tenant)) {
    const said = await outlook(parts.gate, known.principal, server, tool, args);
    if (found.push({ ...known, server, tool, ...said }) % AT_ONCE === 0) await others();
  }
  return found;
}

/** What somebody of a tenant can do with each tool, with each credential that is known of; with none, as a user without roles. */
export async function whatCan(
  parts: CanParts,
  tenant: TenantId,
  who: string,
  server?: string,
): Promise<readonly Can[]> {
  const all = await principalsOf(parts, tenant);
  const ways = all.filter(({ principal }) => principal.id === who).slice(0, MOST_WAYS);
  const nobody: Known = {
    principal: { id: who, tenant, roles: [], scopes: [], source: "token" },
    from: "user",
  };
  const found: Can[] = [];
  for (const known of ways.length === 0 ? [nobody] : ways)
    for (const { server: at, tool } of await toolsOf(parts, tenant, server)) {
      const said = await outlook(parts.gate, known.principal, at, tool, undefined);
      if (found.push({ ...known, server: at, tool, ...said }) % AT_ONCE === 0) await others();
    }
  return found;
}
