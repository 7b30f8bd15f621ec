import { ROOT_TENANT } from "../../call/permission.ts";
import { BY_GATE, type Policies } from "../policies.ts";
import type { Sealer } from "./sealer.ts";

/** Versions of policy whose authors are ids in what is kept, of the tenant that the gate itself belongs to. */
export function sealedPolicies(inner: Policies, sealer: Sealer): Policies {
  async function hidden<T extends { readonly who: string }>(kept: T): Promise<T> {
    if (kept.who === "" || BY_GATE.has(kept.who)) return kept;
    return { ...kept, who: (await sealer.of(ROOT_TENANT, kept.who)).id };
  }
  async function shown<T extends { readonly who: string }>(kept: readonly T[]): Promise<readonly T[]> {
    const ids = new Set(kept.map(({ who }) => who).filter((who) => who.startsWith("sub_")));
    if (ids.size === 0) return kept;
    const subjects = await sealer.by(ROOT_TENANT, [...ids]);
    return kept.map((each) => ({ ...each, who: subjects.get(each.who)?.name ?? each.who }));
  }
  return {
    ...inner,
    keep: async (policy) => await inner.keep(await hidden(policy)),
    async get(version) {
      const kept = await inner.get(version);
      return kept && (await shown([kept]))[0];
    },
    versions: async (prefix, limit) => await shown(await inner.versions(prefix, limit)),
    changes: async (limit) => await shown(await inner.changes(limit)),
    change: async (change) => await inner.change(await hidden(change)),
  };
}
