import { type Call, targetName } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Demand } from "../config/auth.ts";
import { anyOf, type Matcher } from "../policy/glob.ts";

/** What scopes calls need. */
export interface Demands {
  /** What a call needs and its principal lacks, all of what it needs; undefined where nothing is lacking. */
  readonly lacking: (call: Call) => readonly string[] | undefined;
  /** What every call at an address needs, for whoever signs in; `` is the address of all servers. */
  readonly atLeast: (server: string) => readonly string[];
  /** What calls at an address may need. */
  readonly all: (server: string) => readonly string[];
}

interface Read {
  readonly server: Matcher;
  readonly everywhere: boolean;
  readonly target: Matcher | undefined;
  readonly require: readonly string[];
}

/** Who shows no credential to the gate has no scopes to lack. */
const UNSCOPED: ReadonlySet<Principal["source"]> = new Set(["local-account", "host"]);

const ANY: Matcher = () => true;

function union(demands: readonly Read[]): readonly string[] {
  return [...new Set(demands.flatMap(({ require }) => require))].toSorted();
}

export function demandsOf(written: readonly Demand[]): Demands {
  const demands = written.map(({ servers, targets, require }): Read => {
    const everywhere = servers.length === 0 || servers.includes("*");
    return {
      server: everywhere ? ANY : anyOf(servers),
      everywhere,
      target: targets.length === 0 ? undefined : anyOf(targets),
      require,
    };
  });
  const at = (server: string): readonly Read[] =>
    server === "" ? demands : demands.filter((demand) => demand.server(server));
  return {
    lacking(call) {
      if (demands.length === 0 || UNSCOPED.has(call.principal.source)) return undefined;
      const name = targetName(call.target) ?? call.method;
      const needs = demands.filter(
        ({ server, target }) => server(call.server) && (target === undefined || target(name)),
      );
      const held = call.principal.scopes;
      return needs.every(({ require }) => require.every((scope) => held.includes(scope)))
        ? undefined
        : union(needs);
    },
    atLeast: (server) =>
      union(
        at(server).filter(({ target, everywhere }) => target === undefined && (server !== "" || everywhere)),
      ),
    all: (server) => union(at(server)),
  };
}

/** The scopes that some include, all of them with those that they include in turn. */
export function included(
  scopes: readonly string[],
  implies: Readonly<Record<string, readonly string[]>>,
): Principal["scopes"] {
  const held = new Set(scopes);
  for (const scope of held)
    if (Object.hasOwn(implies, scope)) for (const more of implies[scope] ?? []) held.add(more);
  return [...held];
}
