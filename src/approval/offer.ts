import type { Call } from "../call/call.ts";
import type { Access } from "../call/grant.ts";
import { callId, type Instant } from "../call/id.ts";
import type { Principal } from "../call/principal.ts";
import type { Policy } from "../policy/policy.ts";
import type { Sought } from "../store/approvals.ts";

/** Which rule offers what somebody wants; or a sentence that says why none does, or which to choose from. */
export type Offered =
  | { readonly kind: "offer"; readonly access: Access }
  | { readonly kind: "none"; readonly why: string };

/** Whether a rule is about the first server and tool that are wanted; what it says of arguments is seen with each call. */
function helps(policy: Policy, access: Access, principal: Principal, wanted: Sought, at: Instant): boolean {
  const [server = ""] = wanted.servers ?? [];
  const [name] = wanted.tools ?? [];
  const call: Call = {
    id: callId(at),
    at,
    principal,
    client: undefined,
    era: "modern",
    server,
    method: "tools/call",
    target: name === undefined ? { kind: "none" } : { kind: "tool", name },
    args: {},
    meta: {},
    inexact: [],
  };
  const said = policy.explain(call).rules.find(({ name: rule }) => rule === access.rule);
  return said?.outcome.kind !== "no match";
}

/** The rule that is named; else the only one that offers anything; else the only one under which what is wanted would pass. */
export function offerFor(
  policy: Policy,
  principal: Principal,
  wanted: Sought,
  named: string | undefined,
  at: Instant,
): Offered {
  const offers = policy.offers(principal);
  const fitting = (): readonly Access[] =>
    offers.filter((each) => helps(policy, each, principal, wanted, at));
  const chosen =
    named === undefined
      ? offers.length === 1
        ? offers
        : fitting()
      : offers.filter(({ rule }) => rule === named);
  const [only, other] = chosen;
  if (only !== undefined && other === undefined) return { kind: "offer", access: only };
  const names = (only === undefined ? offers : chosen).map(({ rule }) => rule).join(", ");
  if (offers.length === 0) return { kind: "none", why: `no rule offers ${principal.id} any access` };
  const why = only === undefined ? "no rule offers just that" : "several rules offer that";
  return { kind: "none", why: `${why}; those that offer something: ${names}` };
}
