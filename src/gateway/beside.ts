import type { Decision, Step } from "../pipeline/stage.ts";
import type { Gate } from "./gate.ts";
import { judgeOf } from "./judge.ts";

/** Whether policy had its say: what another stage stopped is stopped under any version. */
function isPolicys({ policy }: Gate, { call, verdict, trail }: Decision): boolean {
  if (trail.at(-1)?.stage === "policy") return true;
  const hidden = verdict.kind === "deny" && verdict.cause.kind === "hidden";
  return hidden && policy.hides(call.principal, call.server, call.target);
}

/** Has the version beside speak too, where there is one: its word goes into the trail, and changes nothing. */
export function compared(gate: Gate, decision: Decision): Decision {
  const { beside } = gate;
  if (beside === undefined || !isPolicys(gate, decision)) return decision;
  const began = gate.ticks();
  const { kind, rule } = judgeOf(gate, beside.policy)(decision.call, decision.findings);
  const us = Math.round((gate.ticks() - began) * 1000);
  const step: Step = {
    stage: "shadow",
    said: kind,
    us,
    why: `rule ${rule.rule} of ${beside.policy.version}`,
  };
  return {
    ...decision,
    trail: [...decision.trail, step],
    beside: { decided: decision.verdict.kind, other: kind },
  };
}
