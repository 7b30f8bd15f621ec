import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { decide } from "../pipeline/decide.ts";
import type { Decision } from "../pipeline/stage.ts";
import { columnOf } from "../stages/order.ts";
import type { Frame } from "../wire/frame.ts";
import { resourcesOf } from "../wire/methods.ts";
import { rewriteCall } from "./call.ts";
import type { Gate } from "./gate.ts";

/** Writes the decision down, on disk before it gives an entry; undefined where that cannot be done. */
export async function record(gate: Gate, decision: Decision, frame: Frame): Promise<Entry | undefined> {
  try {
    return await gate.journal.open(decision, {
      policy_version: gate.policy.version,
      size_bytes: frame.bytes.length,
    });
  } catch (error) {
    gate.log.error({ call: decision.call.id, err: error }, "a call could not be recorded and was refused");
    return undefined;
  }
}

/** Stages, then the judge; a subscription to several resources is judged for each of them. */
export async function judged(gate: Gate, call: Call): Promise<Decision> {
  const chain = gate.order[columnOf(call.method)];
  const decision = await decide(call, chain, gate.policy.judge, rewriteCall, gate.ticks);
  if (call.method !== "subscriptions/listen") return decision;
  for (const uri of resourcesOf(call.args)) {
    const one = { ...call, target: { kind: "resource", uri } as const };
    const each = await decide(one, chain, gate.policy.judge, rewriteCall, gate.ticks);
    if (each.verdict.kind !== "allow") return each;
  }
  return decision;
}
