import type { Call, Target } from "../call/call.ts";
import { may } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import type { Refusal } from "../call/verdict.ts";
import { PASS, type Stage } from "../pipeline/stage.ts";
import { seen } from "./visibility.ts";

/** What a credential leads to, whatever policy says. */
export interface Confines {
  /** Whether the principal's credential does not lead to that target. */
  readonly outOfReach: (principal: Principal, server: string, target: Target) => boolean;
  /** All scopes that a call needs, where the principal lacks one of them. */
  readonly lacking: (call: Call) => readonly string[] | undefined;
}

/** Rules of this source hold even where the gate only observes: they are of the credential, and not of policy. */
export const CREDENTIAL = "credential";

const OUT_OF_REACH: Refusal = {
  kind: "deny",
  rule: { source: CREDENTIAL, rule: "reach" },
  cause: { kind: "hidden" },
  why: "The credential does not lead there.",
};

function withoutScope(needs: readonly string[]): Refusal {
  return {
    kind: "deny",
    rule: { source: CREDENTIAL, rule: "scope" },
    cause: { kind: "scope", needs },
    why: `It needs the scopes ${needs.join(" ")}.`,
  };
}

/** Whether everything is within reach, so that no list need be looked through. */
const isFree = (principal: Principal): boolean =>
  principal.reach === undefined && may(principal, "call", principal.tenant);

/** What is outside a credential's reach answers as unknown and is left out of lists; what lacks a scope is refused. */
export function credential({ outOfReach, lacking }: Confines): Stage {
  return {
    name: "credential",
    broken: "stop",
    before(call) {
      if (outOfReach(call.principal, call.server, call.target))
        return { kind: "stop", refusal: OUT_OF_REACH };
      const needs = lacking(call);
      return needs === undefined ? PASS : { kind: "stop", refusal: withoutScope(needs) };
    },
    after: (answer, call) => (isFree(call.principal) ? PASS : seen(answer, call, outOfReach)),
  };
}
