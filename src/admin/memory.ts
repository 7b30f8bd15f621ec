import type { Call } from "../call/call.ts";
import { digest } from "../call/json.ts";
import { whose } from "../call/principal.ts";
import type { Edit, Verdict } from "../call/verdict.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Shelf } from "../gateway/lists/catalogue.ts";
import type { Decision } from "../pipeline/stage.ts";
import type { Policy } from "../policy/policy.ts";
import { NO_VOTERS } from "../voters/voters.ts";

/** A verdict that follows from the question, the policy and what the server offers. */
interface Remembered {
  readonly verdict: Verdict;
  readonly edits: readonly (readonly Edit[])[];
  /** The list that stages looked at: another list, another verdict. */
  readonly items: Shelf["items"] | undefined;
}

/** Of one policy; the oldest goes first. */
const MOST = 10_000;
/** Stages that look at nothing but the call, the policy and the server's list. What another says is of the moment. */
const STEADY_STAGES: ReadonlySet<string> = new Set([
  "credential",
  "visibility",
  "arguments",
  "guards",
  "policy",
  "shadow",
]);
/** Questions that are larger are cheaper to judge than to remember. */
const KEY_ARGS = 256;

export interface Memory {
  /** What a verdict on the call is remembered by; undefined where it may not be. */
  readonly keyOf: (gate: Gate, call: Call) => string | undefined;
  readonly find: (gate: Gate, call: Call, key: string) => Pick<Remembered, "verdict" | "edits"> | undefined;
  /** Remembers the decision where it will hold; false where it depends on the moment. */
  readonly keep: (gate: Gate, key: string, decision: Decision) => boolean;
}

function itemsFor({ catalogue }: Gate, { server, principal, target }: Call): Shelf["items"] | undefined {
  if (target.kind !== "tool" && target.kind !== "prompt") return undefined;
  return catalogue.shelf(server, whose(principal), target.kind === "tool" ? "tools/list" : "prompts/list")
    ?.items;
}

function holds({ verdict, findings, trail }: Decision): boolean {
  if (verdict.kind === "hold" || findings.length > 0) return false;
  if (verdict.kind === "allow" && verdict.charges !== undefined) return false;
  if (verdict.kind === "deny" && !["policy", "hidden", "argument", "content"].includes(verdict.cause.kind))
    return false;
  // What a mark stands for is forgotten some day.
  return trail.every(
    ({ stage, said, detail }) =>
      STEADY_STAGES.has(stage) &&
      said !== "broken" &&
      detail?.["tokens"] === undefined &&
      detail?.["unseen"] === undefined,
  );
}

/**
 * Remembers verdicts, per policy: where another policy comes into force nothing that was remembered under the old one is
 * found again. Only what follows from the call alone is kept: no limits, no hours, no findings, no voters, no holds, and
 * nothing of who was granted anything for a time.
 */
export function memory(): Memory {
  const policies = new WeakMap<Policy, Map<string, Remembered>>();
  return {
    keyOf(gate, call) {
      const { principal, client, era, server, method, target, args, inexact } = call;
      if (gate.voters !== NO_VOTERS || inexact.length > 0 || method === "subscriptions/listen")
        return undefined;
      if (gate.grants.concern(principal)) return undefined;
      if (Object.keys(args).length > KEY_ARGS || !gate.policy.steady(server, target)) return undefined;
      const { tenant, id, roles, scopes, source, amr, acr, auth_at, reach } = principal;
      const how = [amr ?? [], acr ?? "", auth_at ?? 0];
      const who = [tenant, id, roles, scopes, source, how, reach ?? 0, client ?? 0];
      return JSON.stringify([
        who,
        era,
        server,
        method,
        target,
        Object.keys(args).length > 0 ? digest(args) : "",
      ]);
    },
    find(gate, call, key) {
      const found = policies.get(gate.policy)?.get(key);
      return found !== undefined && found.items === itemsFor(gate, call) ? found : undefined;
    },
    keep(gate, key, decision) {
      if (!holds(decision)) return false;
      const known = policies.get(gate.policy) ?? new Map<string, Remembered>();
      policies.set(gate.policy, known);
      known.delete(key);
      const oldest = known.size >= MOST ? known.keys().next().value : undefined;
      if (oldest !== undefined) known.delete(oldest);
      const { verdict, edits } = decision;
      known.set(key, { verdict, edits, items: itemsFor(gate, decision.call) });
      return true;
    },
  };
}
