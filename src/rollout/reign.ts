import type { Principal } from "../call/principal.ts";
import type { Verdict } from "../call/verdict.ts";
import type { Policy } from "../policy/policy.ts";
import { standing } from "./share.ts";
import { type State, stageOf } from "./state.ts";

/** A version judged beside the one that decides, while one replaces the other: it is recorded, and never decides. */
export interface Beside {
  readonly policy: Policy;
  /** Hears what came of a call that both judged. */
  readonly note: (decided: Verdict["kind"], beside: Verdict["kind"]) => void;
}

/** What holds for one principal at one moment. The same object for as long as the same holds. */
export interface Reign {
  readonly policy: Policy;
  readonly beside?: Beside;
}

/** Who is reigned how. Pure and quick: it is asked with every call. */
export type Reigns = (principal: Principal) => Reign;

const STRICTNESS = { allow: 0, hold: 1, deny: 2 } as const;

/** A call that now waits for people is as lost to who makes it as one that is denied, until somebody answers. */
function isStricter(verdict: Verdict["kind"], than: Verdict["kind"]): boolean {
  return STRICTNESS[verdict] > STRICTNESS[than];
}

/** Counts a call, and whether the new version denies it, or asks people, where the old one does not. */
export type Count = (part: "share" | "shadow", denied: boolean) => void;

/**
 * The versions of a state as a table. In a share the new version decides and the old one is judged beside it, outside it is
 * the other way round; so both are compared on every call.
 */
export function reignsOf(state: State, policyOf: (version: string) => Policy, count: Count): Reigns {
  if (state.kind === "settled") {
    const all: Reign = { policy: policyOf(state.version) };
    return () => all;
  }
  const [from, to] = [policyOf(state.from), policyOf(state.to)];
  const outside: Reign = {
    policy: from,
    beside: {
      policy: to,
      note: (decided, beside) => count("shadow", isStricter(beside, decided)),
    },
  };
  const { share_bp } = stageOf(state);
  if (share_bp === 0) return () => outside;
  const inside: Reign = {
    policy: to,
    beside: {
      policy: from,
      note: (decided, beside) => count("share", isStricter(decided, beside)),
    },
  };
  const known = new WeakMap<Principal, Reign>();
  return (principal) => {
    const found = known.get(principal);
    if (found !== undefined) return found;
    const reign = standing(principal, state.plan.by, state.to) < share_bp ? inside : outside;
    known.set(principal, reign);
    return reign;
  };
}
