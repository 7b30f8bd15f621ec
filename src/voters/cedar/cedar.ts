import type { CedarVoter } from "../../config/voters.ts";
import { Problems } from "../../document/problem.ts";
import { type Engine, unclear } from "../vote.ts";
import { decider } from "./decide.ts";
import { hierarchy } from "./entities.ts";
import { loadCedar } from "./library.ts";
import { readPolicies } from "./read.ts";
import { Unspeakable } from "./values.ts";
import { misfits, readEntities, readSchema } from "./world.ts";

/** Whether the engine broke off in the middle: nobody knows what that has left in its memory. */
function isTrap(error: unknown): boolean {
  return error instanceof Error && error.name === "RuntimeError";
}

/**
 * Cedar policies, in process. Only those whose head the call meets are asked, so the cost does not grow with the others;
 * each such set is parsed once and kept. A policy that cannot be evaluated is no decision, whatever the others say.
 * Throws Problems with everything that is wrong with policies, schema and entities.
 */
export async function cedarVoter(voter: CedarVoter): Promise<Engine> {
  const cedar = await loadCedar();
  const policies = readPolicies(cedar, voter.policies);
  const schema = voter.schema === undefined ? undefined : readSchema(cedar, voter.schema);
  const problems = schema === undefined ? [] : misfits(cedar, schema, policies);
  if (problems.length > 0) throw new Problems(problems);
  const written = voter.entities === undefined ? [] : readEntities(cedar, voter.entities, schema?.schema);
  const decide = decider(cedar, policies, hierarchy([...(schema?.actions ?? []), ...written]));
  let failed: string | undefined;
  return {
    vote(call) {
      if (failed !== undefined) return unclear("failed before, and is not asked again", failed);
      try {
        return decide(call);
      } catch (error) {
        if (error instanceof Unspeakable) return unclear(error.message);
        if (!isTrap(error)) return unclear("cannot read this call");
        failed = error instanceof Error ? error.message : String(error);
        return unclear("failed", failed);
      }
    },
    resting: () => false,
    close: () => Promise.resolve(),
  };
}
