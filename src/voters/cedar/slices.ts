import { randomUUID } from "node:crypto";
import type { Cedar } from "./library.ts";
import type { CedarPolicy } from "./read.ts";

/** Sets that are kept parsed. */
const MOST = 256;

/**
 * Gives the name under which the library keeps a set of policies parsed, parsing it when it is first asked for. When
 * there are too many, the one that was not asked for the longest makes room. Policies are called `p` and their order.
 */
export function slices(cedar: Cedar): (policies: readonly CedarPolicy[]) => string {
  const instance = randomUUID();
  const kept = new Map<string, string>();

  function place(): string {
    const [oldest] = kept;
    if (kept.size < MOST || oldest === undefined) return `${instance}-${kept.size}`;
    kept.delete(oldest[0]);
    return oldest[1];
  }

  return (policies) => {
    const key = policies.map(({ order }) => order).join();
    const known = kept.get(key);
    const name = known ?? place();
    if (known === undefined) {
      const staticPolicies = Object.fromEntries(policies.map(({ order, text }) => [`p${order}`, text]));
      const said = cedar.preparsePolicySet(name, { staticPolicies });
      if (said.type === "failure") throw new Error(said.errors[0]?.message);
    }
    kept.delete(key);
    kept.set(key, name);
    return name;
  };
}
