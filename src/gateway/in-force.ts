import type { Config } from "../config/config.ts";
import { confinesOf } from "../identity/open.ts";
import type { Policy } from "../policy/policy.ts";
import type { Reign } from "../rollout/reign.ts";
import { order, watching } from "../stages/order.ts";
import type { SchemaCheck } from "../stages/schema.ts";
import type { InForce } from "./gate.ts";
import type { Guarding } from "./guards.ts";
import type { Catalogue } from "./lists/catalogue.ts";
import { sightOf } from "./sight.ts";

const UNCHECKED: SchemaCheck = () => ({ kind: "unchecked", why: "observe mode" });

/** Stages for each version of policy, made once. `adapt`: what is made of a version before it is asked. */
export async function inForceUnder(
  config: Config,
  catalogue: Catalogue,
  adapt: (policy: Policy) => Policy,
  guarding: Guarding | undefined,
): Promise<(reign: Reign) => InForce> {
  const { mode } = config;
  // In `observe` nothing is refused, so nothing is loaded to check with.
  const check = mode === "observe" ? UNCHECKED : await (await import("../stages/schema.ts")).schemaCheck();
  const confines = await confinesOf(config);
  const made = new WeakMap<Reign, InForce>();
  return (reign) => {
    const known = made.get(reign);
    if (known !== undefined) return known;
    const policy = adapt(reign.policy);
    const guards = guarding?.under(policy, catalogue);
    const all = order({ ...sightOf(policy, catalogue, mode), check, confines, guards });
    const inForce = { ...reign, policy, order: mode === "observe" ? watching(all) : all };
    made.set(reign, inForce);
    return inForce;
  };
}
