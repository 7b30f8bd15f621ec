import type { Entry } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Allow, Deny, Refusal } from "../call/verdict.ts";
import type { Decision } from "../pipeline/stage.ts";
import type { Ending, WireHeaders } from "../upstream/leg.ts";
import { CODECS } from "../wire/codecs.ts";
import { type Frame, frameOf } from "../wire/frame.ts";
import { checkParamHeaders, mirrored } from "../wire/headers.ts";
import { unjudgeable } from "../wire/methods.ts";
import type { Asking, Route } from "./address.ts";
import { asOf } from "./as-of.ts";
import { inspected } from "./asides.ts";
import { callOf, editFrame } from "./call.ts";
import type { Shelf } from "./catalogue.ts";
import { conclude } from "./conclude.ts";
import { detach, overLeg } from "./conversation.ts";
import type { Gate } from "./gate.ts";
import { askIdly, wholeList } from "./lists.ts";
import { followingOwn, veiled } from "./owned.ts";
import { judged, record } from "./settle.ts";
import { subscribe } from "./subscribe.ts";
import { type Body, faultBody, refusalBody } from "./refuse.ts";

/**
 * The path of a judged request, end to end: decide, write it down, send what was judged, inspect what comes back,
 * write that down, answer. Rejects only where nothing can be answered: the client is gone, or it broke the protocol.
 */
export async function serve(root: Gate, asking: Asking): Promise<Ending> {
  const { conversation, message, headers } = asking;
  const gate = asOf(root, conversation.principal);
  const wrong =
    gate.mode === "observe" ? undefined : unjudgeable(conversation.era, message.method, message.params);
  if (wrong !== undefined) throw new Fault("invalid-params", `Invalid params: ${wrong}.`);
  const route = await conversation.address.route(asking);
  if (route.kind === "every") return subscribe(root, asking, route.servers);
  const server = route.kind === "server" ? route.server : "";
  const routed =
    route.kind === "server" && route.edits.length > 0 ? asking.frame.edit(route.edits) : asking.frame;
  const frame = await followingOwn(gate, conversation.principal, server, routed);
  const call = callOf(gate, conversation, frame, frame === asking.frame ? message : requestOf(frame), server);
  if (route.kind === "server") await knowTarget(gate, asking, call);

  const decision = route.kind === "server" ? await judged(gate, call) : nowhere(call);
  const recorded = await record(gate, decision, frame, asking.flight);
  if (recorded === undefined)
    return answer(asking, refusalBody(UNRECORDED, call, CODECS[call.era].refusalResult));
  const { entry, verdict } = recorded;
  const allowed = gate.mode === "observe" && route.kind === "server" ? OBSERVED : verdict;
  try {
    if (allowed.kind !== "allow") return await refuse(gate, asking, route, call, allowed, entry);
    const veil = await veiled(gate, decision.call);
    const plain = editFrame(frame, "params", gate.mode === "observe" ? [] : decision.edits);
    const sent = veil?.sent(plain) ?? plain;
    const sentHeaders =
      sent === asking.frame || call.era === "legacy" ? headers : { ...headers, ...mirrored(sent) };
    const ending = await send(gate, asking, decision.call, sent, sentHeaders);
    if (ending.kind === "detached") {
      detach(conversation, gate.limits.calls_per_session, message.id, { call: decision.call, entry });
      return ending;
    }
    const heard = veil?.heard(ending.frame) ?? ending.frame;
    const end = await conclude(gate, decision.call, message.id, entry, heard);
    return end.refused ? { ...SPOKEN, frame: end.frame } : { ...ending, frame: end.frame };
  } catch (error) {
    const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
    entry.close({ status: "error", answer: undefined, detail: { fault: fault.code } });
    if (fault.code === "cancelled") throw fault;
    gate.log.warn(
      { call: call.id, server, fault: fault.code, detail: fault.detail, err: fault.cause },
      fault.message,
    );
    return answer(asking, faultBody(fault, call, CODECS[call.era].refusalResult));
  }
}

/** Sends what the client has not taken back. */
function send(gate: Gate, asking: Asking, call: Call, frame: Frame, headers: WireHeaders): Promise<Ending> {
  const { conversation, flight, signal } = asking;
  if (flight.cancelled) throw new Fault("cancelled", "the client took the request back before it was sent");
  flight.server = call.server;
  const listener = inspected(gate, conversation, call, asking.listener);
  return overLeg(gate, conversation, call.server, (leg) => leg.ask(frame, headers, listener, signal));
}

/** What is hidden takes the time, and meets the failures, of what its server does not have. */
async function refuse(
  gate: Gate,
  asking: Asking,
  route: Route,
  call: Call,
  refusal: Refusal,
  entry: Entry,
): Promise<Ending> {
  const hidden = refusal.kind === "deny" && refusal.cause.kind === "hidden";
  if (hidden && route.kind === "server" && route.listed !== true) await askIdly(gate, asking, call);
  entry.close({ status: refusal.kind === "hold" ? "held" : "denied", answer: undefined, detail: {} });
  return answer(asking, refusalBody(refusal, call, CODECS[call.era].refusalResult));
}

/** How the gate's own words come, whatever they stand for. */
const SPOKEN = { kind: "answer", status: 200, streamed: false } as const;

function answer({ message }: Asking, body: Body): Ending {
  return { ...SPOKEN, frame: frameOf({ ...body, id: message.id }) };
}

/** What is checked and hidden by a server's list needs the list before anything is judged. */
function knowTarget(gate: Gate, asking: Asking, call: Call): void | Promise<void> {
  const { kind } = call.target;
  if ((kind !== "tool" && kind !== "prompt") || gate.mode === "observe") return;
  const list = kind === "tool" ? "tools/list" : "prompts/list";
  const known = gate.catalogue.shelf(call.server, call.principal.id, list)?.items;
  if (known !== undefined) return holdHeaders(gate, asking, call, known);
  return wholeList(gate, asking, call.server, list).then((items) => holdHeaders(gate, asking, call, items));
}

/** The headers that mirror arguments, against what the tool's schema makes of them. */
function holdHeaders(gate: Gate, { headers }: Asking, call: Call, known: Shelf["items"]): void {
  if (call.target.kind !== "tool" || call.era === "legacy" || headers["mcp-method"] === undefined) return;
  const schema = known.get(call.target.name)?.["inputSchema"];
  // A tool that may not be known of must not be told apart by its headers.
  if (schema === undefined || gate.policy.hides(call.principal, call.server, call.target)) return;
  const fault = checkParamHeaders(headers, schema, call.args);
  if (fault !== undefined) throw fault;
}

function requestOf(frame: Frame): Asking["message"] {
  if (frame.message.kind !== "request") throw new Fault("internal", "an edit made a request something else");
  return frame.message;
}

const OBSERVED: Allow = { kind: "allow", rule: { source: "mode", rule: "observe" } };

const UNRECORDED: Deny = {
  kind: "deny",
  rule: { source: "journal", rule: "unrecorded" },
  cause: { kind: "unrecorded" },
  why: "Nothing runs that cannot be written down first.",
};

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
