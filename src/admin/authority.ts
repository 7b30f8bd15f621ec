import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Allow, Deny } from "../call/verdict.ts";
import { asOf } from "../gateway/as-of.ts";
import { unargued } from "../gateway/can/unargued.ts";
import type { Gate } from "../gateway/gate.ts";
import { judged } from "../gateway/settle.ts";
import type { Decision } from "../pipeline/stage.ts";
import { dutyOf } from "../wire/methods.ts";
import { answerOf, NOT_JUDGED, UNKNOWN_TENANT } from "./answer.ts";
import { principalOf } from "./asker.ts";
import { consumed } from "./consumed.ts";
import type { ForwardedCall } from "./forwarded.ts";
import { type Memory, memory } from "./memory.ts";
import { Refused } from "./problem.ts";
import { type Meant, meaning, named } from "./question.ts";
import type { AuthorizeAnswer, Question } from "./shapes.ts";

/** Who asks, and what is known of the request that asks. */
export interface Asking {
  readonly credential: Principal;
  /** Paths into `args` of numbers that a double does not keep. */
  readonly inexact: readonly string[];
  readonly traceparent?: string | undefined;
  /** What the request that asks is called. */
  readonly request?: string | undefined;
}

/** Whom a question is about, as what kind of client. */
type About = Pick<Call, "principal" | "era" | "client">;

/** What is known of the request itself. */
type Sent = Pick<ForwardedCall, "frame" | "partial">;

/** What gives the same verdict to other systems as the gate gives to calls. */
export interface Authority {
  /** Throws Refused where the asker may not ask it, or it names nothing that can be judged. */
  readonly authorize: (question: Question, asking: Asking) => Promise<AuthorizeAnswer>;
  /**
   * Judges a request that is on its way elsewhere, takes what it charges and writes it down. What policy would have
   * changed first is refused: the request goes as it came.
   */
  readonly settle: (meant: Meant, asking: Asking, about: About, sent: Sent) => Promise<AuthorizeAnswer>;
}

/** Reserved by MCP for `_meta`, and by this gate for what somebody means to do. */
const TRACE = "traceparent";
const OPERATION = "dev.portcullis/operation";
/** For so long an answer that follows from the question alone may be used again: a change of policy is seen that much later. */
const TTL_SECONDS = 5;

function absent(rule: string): Deny {
  const why = "Nothing of that name is granted to this principal.";
  return { kind: "deny", rule: { source: "gateway", rule }, cause: { kind: "hidden" }, why };
}
const NO_TENANT = absent(UNKNOWN_TENANT);
const NO_TARGET = absent("unknown-target");
/** Whoever hands a request over cannot change it, and what was judged is not what it would send. */
const UNCHANGED: Deny = {
  kind: "deny",
  rule: { source: "gateway", rule: "unchangeable" },
  cause: { kind: "broken", stage: "authorize" },
  why: "Policy has the request changed first, which cannot be done here.",
};

/** People approve all of a request, or nothing. */
const PARTIAL: Deny = {
  kind: "deny",
  rule: { source: "gateway", rule: "partial-body" },
  cause: { kind: "broken", stage: "authorize" },
  why: "People have to approve the request, and only a part of its body was sent along.",
};

function callOf(gate: Gate, meant: Meant, asking: Asking, about: About, operation: string): Call {
  const at = gate.now();
  const meta: JsonObject = {
    [OPERATION]: operation,
    ...(asking.traceparent !== undefined && { [TRACE]: asking.traceparent }),
  };
  return { id: gate.newCallId(at), at, ...about, ...meant, meta, inexact: asking.inexact };
}

/** A decision that nobody had to judge. */
function settled(call: Call, verdict: Allow | Deny): Decision {
  return { call, edits: [], verdict, findings: [], trail: [] };
}

/** What is around an answer that nobody had to judge: it is the same in every mode. */
function fixed({ policy }: Gate) {
  const version = { policy_version: policy.version };
  return { mode: "enforce", ...version, recorded: false, cached: false, ttl_seconds: 0 } as const;
}

/** Stages, judge and voters as for a call, or what was remembered of the same question. */
async function considered(argued: boolean, gate: Gate, known: Memory, call: Call): Promise<AuthorizeAnswer> {
  const { mode, policy } = gate;
  const around = { mode, policy_version: policy.version, recorded: false };
  const plain = known.keyOf(gate, call);
  const key = argued ? plain : plain && `${plain} unargued`;
  const found = key === undefined ? undefined : known.find(gate, call, key);
  if (found !== undefined)
    return answerOf({ ...found, call }, { ...around, cached: true, ttl_seconds: TTL_SECONDS });
  const decision = await judged(argued ? gate : unargued(gate), call);
  const steady = key !== undefined && known.keep(gate, key, decision);
  return answerOf(decision, { ...around, cached: false, ttl_seconds: steady ? TTL_SECONDS : 0 });
}

/** The engine of the API: a question becomes a call, and is judged as one. `isTenant`: whether a tenant is set up. */
export function authority(root: Gate, isTenant: (tenant: string) => boolean): Authority {
  const known = memory();
  /** What needs no judge: nothing of that name is here, or the gate passes it as it comes. A credential's tenant is there. */
  function fixedVerdict({ servers }: Gate, call: Call, { credential }: Asking): Allow | Deny | undefined {
    const { server, method, era, principal } = call;
    if (principal.tenant !== credential.tenant && !isTenant(principal.tenant)) return NO_TENANT;
    if (!servers.has(server)) return NO_TARGET;
    return dutyOf(era, method) === "judge" ? undefined : NOT_JUDGED;
  }
  function meantBy(
    { servers }: Gate,
    { resource_id, operation, args = {}, era = "modern" }: Question,
  ): Meant {
    const [only] = servers.size === 1 ? servers.keys() : [];
    const of = named(resource_id, (name) => servers.has(name), only);
    if (of === undefined)
      return { server: "", method: operation, target: { kind: "tool", name: resource_id }, args };
    const meant = meaning(of, operation, args, era);
    if (typeof meant === "string") throw new Refused("unjudgeable", `${meant}.`);
    return meant;
  }
  /** On record in the asker's tenant, as the gate has what nobody offers. */
  const refusedNowhere = (
    gate: Gate,
    call: Call,
    verdict: Deny,
    asking: Asking,
  ): Promise<AuthorizeAnswer> => {
    const { credential } = asking;
    const own = verdict === NO_TENANT ? { ...call, principal: credential } : call;
    return consumed(gate, settled(own, verdict), asking, "enforce");
  };

  return {
    async authorize(question, asking) {
      const { tenant_id, operation, principal: claim, era = "modern", client, consume = false } = question;
      const claimed = typeof claim === "string" ? { id: claim } : claim;
      const principal = principalOf(asking.credential, tenant_id, claimed);
      const gate = asOf(root, principal);
      const call = callOf(gate, meantBy(gate, question), asking, { principal, era, client }, operation);
      const verdict = fixedVerdict(gate, call, asking);
      if (verdict !== undefined) {
        if (consume && verdict.kind === "deny") return refusedNowhere(gate, call, verdict, asking);
        return answerOf(settled(call, verdict), fixed(gate));
      }
      if (!consume) return considered(question.args !== undefined, gate, known, call);
      return consumed(gate, await judged(gate, call), asking, gate.mode);
    },
    async settle(meant, asking, about, { frame, partial }) {
      const gate = asOf(root, about.principal);
      const call = callOf(gate, meant, asking, about, meant.method);
      const verdict = fixedVerdict(gate, call, asking);
      if (verdict?.kind === "allow") return answerOf(settled(call, verdict), fixed(gate));
      if (verdict !== undefined) return refusedNowhere(gate, call, verdict, asking);
      const decision = await judged(gate, call);
      const changes = gate.mode === "enforce" && decision.edits.some((edits) => edits.length > 0);
      const { kind } = decision.verdict;
      const refusal =
        changes && kind !== "deny" ? UNCHANGED : partial && kind === "hold" ? PARTIAL : undefined;
      const settling = refusal === undefined ? decision : { ...decision, verdict: refusal };
      return consumed(gate, settling, asking, gate.mode, frame);
    },
  };
}
