import type { Call } from "../../call/call.ts";
import type { JsonObject } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import type { Verdict } from "../../call/verdict.ts";
import type { Bearing } from "../../policy/range.ts";
import { GUARDS } from "../../stages/order.ts";
import { VISIBILITY } from "../../stages/visibility.ts";
import { NO_VOTERS } from "../../voters/voters.ts";
import { asOf } from "../as-of.ts";
import type { Gate } from "../gate.ts";
import { judged } from "../settle.ts";
import { unargued } from "./unargued.ts";

/** What becomes of a principal's calls of one tool: by the stages, the judge and the voters that such a call meets. */
export interface Outlook {
  readonly verdict: "allow" | "deny" | "ask" | "depends";
  /** The rule that speaks; undefined where it depends. */
  readonly rule: string | undefined;
  readonly why: string | undefined;
  /** On what it depends: rules, and what each of them looks at. */
  readonly on: readonly Bearing[];
  /** What may still refuse a call that this answer lets pass: limits by their rules, voters, guards, `arguments`. */
  readonly unless: readonly string[];
  /** In `observe` nothing is refused: the verdict is what would be. */
  readonly mode: Gate["mode"];
}

function said({ kind }: Verdict): Outlook["verdict"] {
  return kind === "hold" ? "ask" : kind;
}

function callOf(gate: Gate, principal: Principal, server: string, tool: string, args: JsonObject): Call {
  const at = gate.now();
  return {
    id: gate.newCallId(at),
    at,
    principal,
    client: undefined,
    era: "modern",
    server,
    method: "tools/call",
    target: { kind: "tool", name: tool },
    args,
    meta: {},
    inexact: [],
  };
}

/** What a decision that was not made with a limit's room, or without looking at arguments, leaves open. */
function left(limits: readonly string[], more: readonly string[]): readonly string[] {
  return [...new Set([...limits.map((rule) => `limit ${rule}`), ...more])];
}

/** What refuses: of what is hidden the rule that hides it, which whoever calls does not hear. */
function ruleOf(gate: Gate, { principal, server, target }: Call, { rule }: Verdict): string {
  if (rule.source !== VISIBILITY.source || rule.rule !== VISIBILITY.rule) return rule.rule;
  const { verdicts, rule: hides } = gate.policy.range(principal, server, target, false);
  // What no rule hides is what the server does not offer.
  return verdicts.every((each) => each === "deny") && hides !== undefined ? hides : "unknown-target";
}

/** With arguments the answer is that of a call which is made with them now; limits aside, nothing is left open. */
async function withArgs(gate: Gate, call: Call): Promise<Outlook> {
  const { verdict, trail } = await judged(gate, call);
  const unlooked = trail.filter(({ said }) => said === "skip").map(({ stage }) => stage);
  const charges = verdict.kind === "deny" ? [] : (verdict.charges ?? []).map(({ rule }) => rule);
  return {
    verdict: said(verdict),
    rule: ruleOf(gate, call, verdict),
    why: verdict.kind === "allow" ? undefined : verdict.why,
    on: [],
    unless: verdict.kind === "deny" ? [] : left(charges, unlooked),
    mode: gate.mode,
  };
}

/**
 * What becomes of calls of a tool by somebody: of one with these arguments, or, where none are given, of all of them. It is
 * asked of what decides on calls, so the answer is also what happens.
 */
export async function outlook(
  root: Gate,
  principal: Principal,
  server: string,
  tool: string,
  args: JsonObject | undefined,
): Promise<Outlook> {
  const gate = asOf(root, principal);
  const call = callOf(gate, principal, server, tool, args ?? {});
  if (!gate.servers.has(server))
    return { verdict: "deny", rule: "unknown-target", why: undefined, on: [], unless: [], mode: gate.mode };
  if (args !== undefined) return await withArgs(gate, call);
  // Stages that look at who asks, and not at arguments, have the last word.
  const { verdict, trail } = await judged({ ...unargued(gate), voters: NO_VOTERS }, call);
  const fixed = verdict.kind === "deny" && isOfWhoAsks(verdict);
  const shut = {
    why: verdict.kind === "allow" ? undefined : verdict.why,
    on: [],
    unless: [],
    mode: gate.mode,
  };
  if (fixed) return { verdict: "deny", rule: ruleOf(gate, call, verdict), ...shut };
  const granted = gate.grants.concern(principal);
  const range = gate.policy.range(principal, server, call.target, granted);
  const [only] = range.verdicts.length === 1 ? range.verdicts : [];
  if (only === "deny") return { verdict: "deny", rule: ruleOf(gate, call, verdict), ...shut };
  const guards = trail.some(({ stage }) => stage === GUARDS) ? [GUARDS] : [];
  const voters = gate.voters === NO_VOTERS ? [] : ["voters"];
  const unless = left(range.limits, ["arguments", ...guards, ...voters]);
  if (only === undefined)
    return { verdict: "depends", rule: undefined, why: undefined, on: range.on, unless, mode: gate.mode };
  return {
    verdict: only === "hold" ? "ask" : only,
    rule: range.rule,
    why: only === verdict.kind ? shut.why : undefined,
    on: [],
    unless,
    mode: gate.mode,
  };
}

/** Whether a refusal follows from who asks for what, and from no argument. */
function isOfWhoAsks({ cause, rule }: Extract<Verdict, { readonly kind: "deny" }>): boolean {
  if (cause.kind === "hidden" || cause.kind === "scope") return true;
  return rule.source === "access";
}
