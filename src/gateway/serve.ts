import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Allow, Deny, Refusal, Verdict } from "../call/verdict.ts";
import type { Decision } from "../pipeline/stage.ts";
import { CREDENTIAL } from "../stages/credential.ts";
import type { Ending } from "../upstream/leg.ts";
import { spoken } from "../upstream/spoken.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import { unjudgeable } from "../wire/methods.ts";
import type { Asking, Route } from "./addresses/address.ts";
import { asOf } from "./as-of.ts";
import { callOf, requestOf } from "./call.ts";
import { conclude } from "./conclude.ts";
import { detach, overLeg, type Sent } from "./conversation.ts";
import type { Gate } from "./gate.ts";
import { knowTarget } from "./lists/known.ts";
import { askIdly } from "./lists/lists.ts";
import { type Body, faultBody, refusalBody } from "./refuse.ts";
import { asSent } from "./sent.ts";
import { judged, record } from "./settle.ts";
import { steppingUp } from "./step-up.ts";
import { answeredIn, forsaken } from "./streams/answers.ts";
import { inspected } from "./streams/asides.ts";
import { subscribe } from "./streams/subscribe.ts";
import { followingOwn, ownershipOf } from "./tasks/owned.ts";
import type { Ownership } from "./tasks/tasks.ts";
import type { OnHold } from "./waiting/held.ts";

/**
 * The path of a judged request, end to end: decide, write it down, send what was judged, inspect what comes back,
 * write that down, answer; what people are asked about goes to `onHold`. Rejects only where nothing can be answered: the
 * client is gone, or it broke the protocol.
 */
export async function serve(
  root: Gate,
  asking: Asking,
  onHold: OnHold = ({ told }) => told,
): Promise<Ending> {
  const { conversation, message } = asking;
  const gate = asOf(root, conversation.principal);
  const wrong =
    gate.mode === "observe" ? undefined : unjudgeable(conversation.era, message.method, message.params);
  if (wrong !== undefined) throw new Fault("invalid-params", `Invalid params: ${wrong}.`);
  const route = await conversation.address.route(asking);
  if (route.kind === "every") return subscribe(root, asking, route.servers);
  const { frame, call } = await meant(gate, asking, route);

  const decision = route.kind === "server" ? await judged(gate, call) : nowhere(call);
  const recorded = await record(gate, decision, frame, asking.flight);
  if (recorded.entry === undefined)
    return answer(asking, refusalBody(recorded.verdict, call, CODECS[call.era].refusalResult));
  const { entry } = recorded;
  const verdict = gate.mode === "observe" && isPolicy(route, recorded.verdict) ? OBSERVED : recorded.verdict;
  try {
    if (verdict.kind === "deny") forsaken(conversation, call, verdict, frame);
    if (verdict.kind !== "allow") return await refuse(gate, asking, route, call, verdict, entry, onHold);
    const sent: Sent = { call: decision.call, entry, ownership: await ownershipOf(gate, decision.call) };
    const ending = await send(gate, asking, decision, frame, sent.ownership);
    if (ending.kind === "detached") {
      detach(conversation, gate.limits.calls_per_session, message.id, sent);
      return ending;
    }
    const end = await conclude(gate, sent, message.id, ending.frame);
    return end.refused ? spoken(end.frame) : { ...ending, frame: end.frame };
  } catch (error) {
    return failed(gate, asking, decision.call, entry, error);
  }
}

/** The request in the names of the server it leads to, and what it means there. */
async function meant(
  gate: Gate,
  asking: Asking,
  route: Exclude<Route, { readonly kind: "every" }>,
): Promise<{ readonly frame: Frame; readonly call: Call }> {
  const { conversation, message } = asking;
  const { server, edits } = route.kind === "server" ? route : { server: "", edits: [] };
  const routed = edits.length > 0 ? asking.frame.edit(edits) : asking.frame;
  const frame = await followingOwn(gate, conversation.principal, server, routed);
  const asked = frame === asking.frame ? message : requestOf(frame);
  const call = callOf(gate, conversation, frame, asked, server);
  if (route.kind === "server") await knowTarget(gate, asking, call);
  return { frame, call };
}

/** Sends what was judged, unless the client has taken it back. */
async function send(
  gate: Gate,
  asking: Asking,
  decision: Decision,
  frame: Frame,
  ownership: Ownership | undefined,
): Promise<Ending> {
  const { call } = decision;
  const { conversation, flight, signal } = asking;
  const sent = await asSent(gate, asking, decision, frame, ownership);
  if (flight.cancelled) throw new Fault("cancelled", "the client took the request back before it was sent");
  flight.server = call.server;
  const listener = inspected(gate, conversation, call, asking.listener);
  return overLeg(gate, conversation, call.server, (leg) =>
    leg.ask(sent.frame, sent.fields, listener, signal),
  );
}

/** What is hidden takes the time, and meets the failures, of what its server does not have. */
async function refuse(
  gate: Gate,
  asking: Asking,
  route: Route,
  call: Call,
  refusal: Refusal,
  entry: Entry,
  onHold: OnHold,
): Promise<Ending> {
  const hidden = refusal.kind === "deny" && refusal.cause.kind === "hidden";
  if (hidden && route.kind === "server" && route.listed !== true) await askIdly(gate, asking, call);
  entry.close({ status: refusal.kind === "hold" ? "held" : "denied", answer: undefined, detail: {} });
  gate.alerts?.refused(call, refusal);
  const other = steppingUp(refusal, call);
  if (other !== undefined) throw other;
  const told = answer(asking, refusalBody(refusal, call, CODECS[call.era].refusalResult));
  if (refusal.kind !== "hold" || refusal.approval === undefined) return told;
  return onHold({ call, hold: refusal, approval: refusal.approval, told });
}

/** The server gave no answer, or what it gave could not be handed on. */
function failed(gate: Gate, asking: Asking, call: Call, entry: Entry, error: unknown): Ending {
  const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
  if (fault.code === "insufficient-scope" || fault.code === "insufficient-sign-in") throw fault;
  entry.close({ status: "error", answer: undefined, detail: { fault: fault.code, ...answeredIn(call) } });
  if (fault.code === "cancelled") throw fault;
  gate.log.warn(
    { call: call.id, server: call.server, fault: fault.code, detail: fault.detail, err: fault.cause },
    fault.message,
  );
  return answer(asking, faultBody(fault, call, CODECS[call.era].refusalResult));
}

function answer({ message }: Asking, body: Body): Ending {
  return spoken(frameOf({ ...body, id: message.id }));
}

/** Where the gate only observes: whether it was policy that spoke, and not what the credential is for. */
function isPolicy(route: Route, { rule }: Verdict): boolean {
  return route.kind === "server" && rule.source !== CREDENTIAL;
}

const OBSERVED: Allow = { kind: "allow", rule: { source: "mode", rule: "observe" } };

/** A name that no server offers to this principal: answered here, in the words a hidden one gets. */
function nowhere(call: Call): Decision {
  const verdict: Deny = {
    kind: "deny",
    rule: { source: "gateway", rule: "unknown-target" },
    cause: { kind: "hidden" },
    why: "No server behind this address offers it.",
  };
  return { call, edits: [], verdict, findings: [], trail: [{ stage: "route", said: "deny", us: 0 }] };
}
