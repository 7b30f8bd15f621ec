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

/** A name that is no pattern; of patterns nothing is said before a call is made. */
function literal(names: readonly string[] | undefined): string | undefined {
  const [first] = names ?? [];
  return first === undefined || /[*?|]/.test(first) ? undefined : first;
}

/** Parts of `match` that only a server or a tool that is named can fail; what is not named may be any. */
const OF_SERVER: ReadonlySet<string> = new Set(["server"]);
const OF_TOOL: ReadonlySet<string> = new Set(["tool", "prompt", "method", "resource"]);

/** Whether a rule is about the server and the tool that are wanted; what it says of arguments is seen with each call. */
function fits(policy: Policy, access: Access, principal: Principal, wanted: Sought, at: Instant): boolean {
  const [server, name] = [literal(wanted.servers), literal(wanted.tools)];
  const call: Call = {
    id: callId(at),
    at,
    principal,
    client: undefined,
    era: "modern",
    server: server ?? "",
    method: "tools/call",
    target: name === undefined ? { kind: "none" } : { kind: "tool", name },
    args: {},
    meta: {},
    inexact: [],
  };
  const said = policy.explain(call).rules.find(({ name: rule }) => rule === access.rule);
  if (said?.outcome.kind !== "no match") return true;
  const { part } = said.outcome;
  return (server === undefined && OF_SERVER.has(part)) || (name === undefined && OF_TOOL.has(part));
}

/** The rule that offers what is wanted: the one that is named, or the only one that speaks of it. */
export function offerFor(
  policy: Policy,
  principal: Principal,
  wanted: Sought,
  named: string | undefined,
  at: Instant,
): Offered {
  const offers = policy.offers(principal);
  if (offers.length === 0) return { kind: "none", why: `no rule offers ${principal.id} any access` };
  const fitting = offers.filter(
    (each) => (named === undefined || each.rule === named) && fits(policy, each, principal, wanted, at),
  );
  const [only, other] = fitting;
  if (only !== undefined && other === undefined) return { kind: "offer", access: only };
  const names = (only === undefined ? offers : fitting).map(({ rule }) => rule).join(", ");
  const why = only === undefined ? "no rule offers just that" : "several rules offer that";
  return { kind: "none", why: `${why}; those that offer something: ${names}` };
}
