import { type Governance, governance, type GovernanceOptions } from "./governance.ts";
import type { PolicyGiven } from "./given.ts";
import type { Connectable, Governable, Wire } from "./sdk.ts";
import { gated } from "./transport.ts";

export { type Governance, governance, type GovernanceOptions } from "./governance.ts";
export type { PolicyGiven } from "./given.ts";
export type { Asker } from "./principal.ts";

function isGovernance(given: PolicyGiven | Governance): given is Governance {
  return typeof given === "object" && "connect" in given && typeof given.connect === "function";
}

/**
 * Puts a gate into a server of the MCP SDK (`McpServer` or `Server` of `@modelcontextprotocol/server`), and gives the
 * same server back. Every request that it hears from then on passes the stages, the judge and the journal that it would
 * pass in a gate of its own process; refusals have the same words, lists show what may be called, both eras are served.
 *
 * `policy` is a file or folder, several, an object, or what `governance()` made of one: that is what a server made
 * anew for each request (`createMcpHandler`) shares. Without it the journal closes with the connection.
 * Throws Problems where the policy is wrong; `connect` rejects with StoreUnusable where nothing can be written down.
 *
 * `subscriptions/listen` is answered by the SDK's entry points before any server hears of it, and is not judged here.
 */
export function withGovernance<S extends Governable>(
  server: S,
  policy: PolicyGiven | Governance,
  options: GovernanceOptions = {},
): S {
  const shared = isGovernance(policy);
  const rules = shared ? policy : governance(policy, options);
  const inner: Connectable = "server" in server ? server.server : server;
  const connect = inner.connect.bind(inner) as (transport: Wire) => Promise<void>;
  const close = shared ? () => Promise.resolve() : rules.close;
  inner.connect = async (transport: Wire) => await connect(await gated(transport, rules, close));
  return server;
}
