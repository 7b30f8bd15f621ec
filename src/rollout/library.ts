import { problemOf, Problems } from "../document/problem.ts";
import type { Policy } from "../policy/policy.ts";
import { type Ready, readied } from "./ready.ts";
import type { Setting } from "./setting.ts";

/** What denies everybody everything, where a gate follows the store and nothing was applied yet. */
export const NOTHING = "none";

/** Gives the policies of versions. Rejects with Problems where one is not there, or cannot be put in force here. */
export type Library = (
  versions: readonly string[],
  own: Ready | undefined,
) => Promise<ReadonlyMap<string, Policy>>;

/** What is in force is kept ready; what is not is read from the store and compiled when it is needed. */
export function library({ policies, options, now }: Omit<Setting, "own" | "log">): Library {
  let kept: ReadonlyMap<string, Policy> = new Map();

  async function made(version: string): Promise<Policy> {
    if (version === NOTHING) return readied([], options, now()).policy;
    const found = await policies.get(version);
    if (found === undefined)
      throw new Problems([problemOf("policy", `the store has no texts of ${version}`)]);
    return readied(found.texts, options, now()).policy;
  }

  return async (versions, own) => {
    const found = new Map<string, Policy>();
    for (const version of versions) {
      const known = own?.policy.version === version ? own.policy : kept.get(version);
      found.set(version, known ?? (await made(version)));
    }
    kept = found;
    return found;
  };
}
