import type { Entry, Exhausted } from "../audit/journal.ts";
import type { Ask } from "../call/ask.ts";
import type { Call } from "../call/call.ts";
import { isObject, type JsonObject, member } from "../call/json.ts";
import { whose } from "../call/principal.ts";
import type { Deny, Hold, Verdict } from "../call/verdict.ts";
import { decide } from "../pipeline/decide.ts";
import type { Decision } from "../pipeline/stage.ts";
import { columnOf } from "../stages/order.ts";
import type { Frame } from "../wire/frame.ts";
import { resourcesOf } from "../wire/methods.ts";
import { compared } from "./beside.ts";
import { rewriteCall } from "./call.ts";
import { classified } from "./classified.ts";
import type { Flight } from "./conversation.ts";
import type { Gate } from "./gate.ts";
import { judgeOf } from "./judge.ts";
import { rateFields, refusedFields } from "./rate.ts";
import type { Heard } from "./waiting/hold.ts";

/** A decision that is on disk, and its verdict once every limit has been asked; or a deny because it could not be written. */
type Recorded =
  | { readonly entry: Entry; readonly verdict: Verdict }
  | { readonly entry: undefined; readonly verdict: Deny };

const UNRECORDED: Recorded = {
  entry: undefined,
  verdict: {
    kind: "deny",
    rule: { source: "journal", rule: "unrecorded" },
    cause: { kind: "unrecorded" },
    why: "Nothing runs that cannot be written down first.",
  },
};

const UNCOUNTED: Deny = {
  kind: "deny",
  rule: { source: "cluster", rule: "uncounted" },
  cause: { kind: "uncounted" },
  why: "Nothing that a limit counts runs while it cannot be counted.",
};

/** Others may use what a call is to use at the same time; so often it is looked for again. */
const TRIES = 5;

/**
 * Takes what the verdict charges and writes the decision down, in one durable step; a limit without room makes it a
 * deny, which is written down instead. What policy holds is an allow where people approved it; else they are asked in
 * that same step.
 */
export function record(gate: Gate, decision: Decision, frame: Frame, flight: Flight): Promise<Recorded> {
  return inTurn(gate, decision.call, () => recorded(gate, decision, frame, flight));
}

async function recorded(gate: Gate, decision: Decision, frame: Frame, flight: Flight): Promise<Recorded> {
  const { server, principal, target } = decision.call;
  const tool =
    target.kind === "tool"
      ? gate.catalogue.shelf(server, whose(principal), "tools/list")?.items.get(target.name)
      : undefined;
  const annotations = member(tool, "annotations");
  const facts = {
    policy_version: gate.policy.version,
    size_bytes: frame.bytes.length,
    began_ms: flight.began_ms,
    session: flight.session,
    request: flight.exchange?.name(decision.call.id),
    resource_args: gate.servers.get(server)?.server.resource_args ?? [],
    hidden: isHidden(gate, decision),
    classification: gate.policy.classOf(decision.call, decision.findings),
    ...(isObject(annotations) && { annotations }),
  };
  try {
    for (let tries = 0; tries < TRIES; tries++) {
      const { verdict, matter } = await settledBy(gate, decision, frame, tool);
      const opened = await gate.journal.open({ ...decision, verdict }, facts, matter);
      if ("close" in opened) {
        note(gate, decision, verdict);
        // Where nothing is refused there is nothing to go by.
        if (opened.levels.length > 0 && gate.mode === "enforce")
          flight.fields = rateFields(opened.levels, gate.now());
        return { entry: opened, verdict };
      }
      if (opened.kind === "raced") continue;
      const denied = {
        ...decision,
        verdict: opened.kind === "full" ? exhausted(gate, opened) : UNCOUNTED,
      };
      if (opened.kind === "full") {
        // Counters that are away say nothing of a version on trial.
        note(gate, decision, denied.verdict);
        if (gate.mode === "enforce") flight.fields = refusedFields(opened, gate.now());
      }
      const entry = await gate.journal.open(denied, facts);
      return "close" in entry ? { entry, verdict: denied.verdict } : UNRECORDED;
    }
    gate.log.error({ call: decision.call.id }, "a call was refused: others kept using what it was to use");
    return UNRECORDED;
  } catch (error) {
    gate.log.error({ call: decision.call.id, err: error }, "a call could not be recorded and was refused");
    return UNRECORDED;
  }
}

/** What people say of a held call; everything else is settled already. A gate that only observes asks nobody. */
function settledBy(
  gate: Gate,
  decision: Decision,
  frame: Frame,
  tool: JsonObject | undefined,
): Heard | Promise<Heard> {
  const { verdict } = decision;
  if (verdict.kind !== "hold" || gate.mode === "observe") return { verdict, matter: undefined };
  return import("./waiting/hold.ts").then(({ heard }) => heard(gate, decision, verdict, frame, tool));
}

function note({ beside }: Gate, decision: Decision, { kind }: Verdict): void {
  if (decision.beside === undefined) return;
  beside?.note(kind === "deny" ? "deny" : decision.beside.decided, decision.beside.other);
}

/** Whether it is policy that hides the target: what the server does not have is answered in the same words. */
function isHidden({ policy }: Gate, { call, verdict }: Decision): boolean {
  if (verdict.kind !== "deny" || verdict.cause.kind !== "hidden") return false;
  return policy.hides(call.principal, call.server, call.target);
}

function exhausted({ policy }: Gate, { charge, free_at, lost }: Exhausted): Deny {
  const why = charge.why === undefined ? "" : `${charge.why} `;
  return {
    kind: "deny",
    rule: { source: policy.version, rule: charge.rule },
    cause: { kind: "limit", resets: free_at },
    why: `${why}${charge.says} ${lost === true ? "cannot be told: what was counted is lost" : "is used up"}.`,
  };
}

/** What costs the gate most is done in turns, so that no tenant takes the others' time. */
function inTurn<T>({ turns }: Gate, { principal }: Call, work: () => Promise<T>): Promise<T> {
  return turns === undefined ? work() : turns.take(principal.tenant, work);
}

/** What policy does not refuse, the voters still may. */
async function judgedOnce(gate: Gate, call: Call): Promise<Decision> {
  const chain = gate.order[columnOf(call.method)];
  const decided = await decide(
    classified(gate, call),
    chain,
    judgeOf(gate, gate.policy),
    rewriteCall,
    gate.ticks,
  );
  const decision = compared(gate, decided);
  if (decision.verdict.kind === "deny") return decision;
  const { steps, refusal } = await gate.voters.tighten(decision.call);
  if (steps.length === 0) return decision;
  return { ...decision, verdict: refusal ?? decision.verdict, trail: [...decision.trail, ...steps] };
}

/** Stages, then the judge, then the voters; a subscription to several resources is judged for each, and asks for all of them. */
export function judged(gate: Gate, call: Call): Promise<Decision> {
  return inTurn(gate, call, () => judgedWhole(gate, call));
}

async function judgedWhole(gate: Gate, call: Call): Promise<Decision> {
  const decision = await judgedOnce(gate, call);
  if (call.method !== "subscriptions/listen") return decision;
  const held: Hold[] = decision.verdict.kind === "hold" ? [decision.verdict] : [];
  for (const uri of resourcesOf(call.args)) {
    const one = { ...call, target: { kind: "resource", uri } as const };
    const each = await judgedOnce(gate, one);
    if (each.verdict.kind === "deny") return each;
    if (each.verdict.kind === "hold") held.push(each.verdict);
  }
  const [first] = held;
  return first === undefined ? decision : { ...decision, verdict: { ...first, asks: united(held) } };
}

/** What several ask, each rule once. */
function united(held: readonly Hold[]): readonly Ask[] {
  const asks = held.flatMap((each) => each.asks);
  return [...new Map(asks.map((ask) => [ask.rule, ask])).values()];
}
