import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { isObject, member } from "../call/json.ts";
import { decide } from "../pipeline/decide.ts";
import type { Decision } from "../pipeline/stage.ts";
import { columnOf } from "../stages/order.ts";
import type { Frame } from "../wire/frame.ts";
import { resourcesOf } from "../wire/methods.ts";
import { rewriteCall } from "./call.ts";
import type { Flight } from "./conversation.ts";
import type { Gate } from "./gate.ts";

/** Writes the decision down, on disk before it gives an entry; undefined where that cannot be done. */
export async function record(
  gate: Gate,
  decision: Decision,
  frame: Frame,
  { began_ms }: Flight,
): Promise<Entry | undefined> {
  const { server, principal, target } = decision.call;
  const tool =
    target.kind === "tool"
      ? gate.catalogue.shelf(server, principal.id, "tools/list")?.items.get(target.name)
      : undefined;
  const annotations = member(tool, "annotations");
  try {
    return await gate.journal.open(decision, {
      policy_version: gate.policy.version,
      size_bytes: frame.bytes.length,
      began_ms,
      ...(isObject(annotations) && { annotations }),
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
