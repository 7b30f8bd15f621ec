import type { Call } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Deny } from "../call/verdict.ts";
import type { Gate } from "../gateway/gate.ts";
import { record } from "../gateway/settle.ts";
import type { Decision } from "../pipeline/stage.ts";
import { hasArguments } from "../wire/arguments.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import { answerOf } from "./answer.ts";
import type { AuthorizeAnswer } from "./shapes.ts";

/** The request that a call stands for: what limits on bytes count, and what an approval is bound to. */
function requestOf({ method, target, args }: Call): Frame {
  const own = hasArguments(method);
  const name = target.kind === "tool" || target.kind === "prompt" ? { name: target.name } : {};
  return frameOf({ kind: "request", id: 0, method, params: own ? { ...name, arguments: args } : args });
}

/** The record says that somebody asked, and who, and so that no call passed here. */
function asked(decision: Decision, { id, source }: Principal): Decision {
  const step = { stage: "authorize", said: "pass", us: 0, why: `asked by ${id} (${source})` } as const;
  return { ...decision, trail: [step, ...decision.trail] };
}

/** What people approve they approve for these arguments exactly: a number that was rounded on the way is not the one they saw. */
function exact(decision: Decision): Decision {
  const [path] = decision.call.inexact;
  if (decision.verdict.kind !== "hold" || path === undefined) return decision;
  const verdict: Deny = {
    kind: "deny",
    rule: { source: "gateway", rule: "inexact-number" },
    cause: { kind: "argument", path },
    why: "An approval is for exact arguments, and a double does not keep this number.",
  };
  return { ...decision, verdict };
}

/**
 * Takes what a decision charges and writes it down, as settling a call does: people are asked, or what they approved is
 * used. Its end is written at once, because what comes of it is seen elsewhere.
 */
export async function consumed(
  gate: Gate,
  decision: Decision,
  { credential, request }: { readonly credential: Principal; readonly request?: string | undefined },
  mode: Gate["mode"],
  frame: Frame = requestOf(decision.call),
): Promise<AuthorizeAnswer> {
  const exchange = request === undefined ? undefined : { name: () => request };
  const flight = { began_ms: gate.ticks(), exchange, server: undefined, cancelled: false };
  const judged = asked(mode === "enforce" ? exact(decision) : decision, credential);
  const { entry, verdict } = await record(gate, judged, frame, flight);
  const passes = verdict.kind === "allow" || mode === "observe";
  const status = passes ? "ok" : verdict.kind === "hold" ? "held" : "denied";
  entry?.close({ status, answer: undefined, detail: { answered: "authorize" } });
  return answerOf(
    { ...decision, verdict },
    {
      mode,
      policy_version: gate.policy.version,
      recorded: entry !== undefined,
      cached: false,
      ttl_seconds: 0,
    },
  );
}
