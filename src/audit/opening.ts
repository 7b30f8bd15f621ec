import { type Call, targetName } from "../call/call.ts";
import type { DataClass } from "../call/classification.ts";
import { digest, digestBytes, isObject, type JsonObject } from "../call/json.ts";
import { type ApprovalId, requestId } from "../call/id.ts";
import { saysHow } from "../call/principal.ts";
import type { Finding, Verdict } from "../call/verdict.ts";
import type { Decision, Step } from "../pipeline/stage.ts";
import type { Opened } from "../store/store.ts";
import { FINDINGS, keptFindings } from "./found.ts";
import { type Annotations, type Intent, intentOf } from "./intent.ts";
import { type Kept, MASK, redact } from "./redact.ts";

/** What the decision does not know. */
export interface Facts {
  /** Bytes of the request. */
  readonly size_bytes: number;
  readonly policy_version: string;
  /** `performance.now()` when the request arrived. Without it the duration counts from here. */
  readonly began_ms?: number;
  /** What the server says of its tool. */
  readonly annotations?: Annotations;
  /** The names of arguments that are resources, for this server's tools. Absent: not known to who writes. */
  readonly resource_args?: readonly string[];
  /** It was refused because policy hides the target, and not for what the server does not have. */
  readonly hidden?: boolean;
  /** What its data is: the highest of what server, schema, findings and rules say. */
  readonly classification?: DataClass;
  /** The session it was asked in. */
  readonly session?: string | undefined;
  /** What its HTTP exchange is called. */
  readonly request?: string | undefined;
}

/** What else policy looked at, so that the call can be judged again. What is empty or false is left out. */
interface JudgedOn {
  /** What its server and its schema said the data is; "" where nobody said anything. */
  readonly classification: DataClass | "";
  readonly scopes: readonly string[] | undefined;
  /** There, though empty, wherever the principal's source may say so: absent is not known. */
  readonly amr: readonly string[] | undefined;
  /** Where the request came from. */
  readonly address: string | undefined;
  /** What its server says of the tool. */
  readonly annotations: JsonObject | undefined;
  /** Those that the call has. Null: not known. */
  readonly resource_args: readonly string[] | null | undefined;
  /** Paths of numbers that no double holds. */
  readonly inexact: readonly string[] | undefined;
  /** JSON Pointers into `args` of what is not kept as it was; [""] where there are none. */
  readonly lost: readonly string[] | undefined;
  /** There were more findings. */
  readonly more_findings: true | undefined;
  /** What the client says of itself does not come apart at the last `/` as it went together, or was cut. */
  readonly odd_client: true | undefined;
  readonly hidden: true | undefined;
}

/** What `opened.detail` holds. Written as JSON, which leaves out what is undefined. */
interface OpenedDetail {
  readonly mode: "enforce" | "observe";
  readonly classification: DataClass | undefined;
  readonly intent: Intent;
  /** What the client said it wants, in its own words. */
  readonly declared_intent: string | undefined;
  readonly roles: readonly string[] | undefined;
  /** How the principal is known. */
  readonly source: string;
  /** Which of their credentials it was, where it can be taken back by itself: the id of an API key. */
  readonly credential: string | undefined;
  readonly trail: readonly Step[];
  readonly findings: readonly Finding[] | undefined;
  /** What each of them quotes. */
  readonly excerpts: readonly string[] | undefined;
  /** Redacted; only with audit detail `full`. */
  readonly args: JsonObject | undefined;
  readonly judged_on: JudgedOn;
  /** Of a refusal: its cause, the sentences for the model; the approval that it waits for, or that let it through. */
  readonly cause: string | undefined;
  readonly why: string | undefined;
  readonly instead: string | undefined;
  readonly approval: string | undefined;
  /** The grant of access by which it passed. */
  readonly grant: string | undefined;
}

/** How much of a call is kept. */
interface Keeping {
  readonly detail: "full" | "summary";
  readonly mode: "enforce" | "observe";
}

const INTENT = "dev.portcullis/intent";
const DECLARED_CHARS = 500;
const INEXACT = 50;
const EVERYTHING: readonly string[] = Object.freeze([""]);
const NOTHING_KEPT: Kept = Object.freeze({ args: Object.freeze({}), lost: EVERYTHING });
/** Names and addresses longer than this are cut; the digest of the arguments is of the whole. */
const NAME_CHARS = 1_024;

/** Text that every store takes: no NUL (PostgreSQL has none), and no longer than a name should be. */
function name(text: string): string {
  const kept = text.includes("\0") ? text.replaceAll("\0", "\u2400") : text;
  return kept.length <= NAME_CHARS ? kept : `${kept.slice(0, NAME_CHARS).toWellFormed()}…`;
}

function detailOf(
  { call, verdict, findings, trail }: Decision,
  facts: Facts,
  keeping: Keeping,
): OpenedDetail {
  const declared = call.meta[INTENT];
  const kept = keeping.detail === "full" || Object.keys(call.args).length === 0 ? argsOf(call) : NOTHING_KEPT;
  return {
    mode: keeping.mode,
    classification: facts.classification,
    intent: intentOf(call, facts.annotations),
    declared_intent:
      typeof declared === "string" ? declared.slice(0, DECLARED_CHARS).toWellFormed() : undefined,
    roles: call.principal.roles.length > 0 ? call.principal.roles : undefined,
    source: call.principal.source,
    credential: call.principal.credential,
    trail,
    ...keptFindings(findings),
    args: keeping.detail === "full" ? kept.args : undefined,
    judged_on: {
      classification: call.classification ?? "",
      scopes: some(call.principal.scopes),
      address: call.principal.address,
      annotations: call.annotations,
      ...(saysHow(call.principal)
        ? {
            amr: call.principal.amr ?? [],
            acr: call.principal.acr ?? "",
            auth_at: call.principal.auth_at ?? 0,
          }
        : { amr: some(call.principal.amr ?? []), acr: call.principal.acr, auth_at: call.principal.auth_at }),
      resource_args: call.target.kind === "tool" ? namesAmong(call.args, facts.resource_args) : undefined,
      inexact: some(call.inexact.slice(0, INEXACT)),
      lost: some(call.inexact.length > INEXACT ? EVERYTHING : kept.lost),
      more_findings: findings.length > FINDINGS || undefined,
      odd_client: isOdd(call) || undefined,
      hidden: facts.hidden === true || undefined,
    },
    why: verdict.kind === "allow" ? undefined : verdict.why,
    cause: verdict.kind === "deny" ? verdict.cause.kind : undefined,
    instead: verdict.kind === "allow" ? undefined : verdict.instead,
    approval: approvalOf(verdict),
    grant: verdict.kind === "allow" ? verdict.grant : undefined,
  };
}

/** What a call waits for, was let through by, or was refused by. */
function approvalOf(verdict: Verdict): ApprovalId | undefined {
  if (verdict.kind === "hold") return verdict.approval?.id;
  if (verdict.kind === "allow") return verdict.approval;
  return verdict.cause.kind === "not-approved" ? verdict.cause.approval : undefined;
}

function some(list: readonly string[]): readonly string[] | undefined {
  return list.length > 0 ? list : undefined;
}

/** The resource arguments that a call has: what it has not, nobody looks at. */
function namesAmong(
  args: JsonObject,
  names: readonly string[] | undefined,
): readonly string[] | null | undefined {
  return names === undefined ? null : some(names.filter((each) => Object.hasOwn(args, each)));
}

/** A task's id may open what it names to whoever holds it, so a record has its digest and nothing more. */
function targetOf({ target }: Call): string {
  return target.kind === "task" ? digestBytes(target.id) : name(targetName(target) ?? "");
}

/** Arguments as far as they may be kept; of the tasks they name, nothing. */
function argsOf({ method, target, args }: Call): Kept {
  const kept = redact(args);
  if (target.kind === "task")
    return { args: { ...kept.args, taskId: MASK }, lost: [...kept.lost, "/taskId"] };
  const asked = method === "subscriptions/listen" ? kept.args["notifications"] : undefined;
  if (!isObject(asked) || asked["taskIds"] === undefined) return kept;
  return {
    args: { ...kept.args, notifications: { ...asked, taskIds: MASK } },
    lost: [...kept.lost, "/notifications/taskIds"],
  };
}

function isOdd({ client }: Pick<Call, "client">): boolean {
  return (
    client !== undefined &&
    (client.version.includes("/") || clientOf({ client }) !== `${client.name}/${client.version}`)
  );
}

function clientOf({ client }: Pick<Call, "client">): string {
  return client === undefined ? "" : name(`${client.name}/${client.version}`);
}

/** The opening of a call's record: what was asked, decided and why, as far as it may be kept. */
export function opening(decision: Decision, facts: Facts, keeping: Keeping): Opened {
  const { call, verdict } = decision;
  return {
    kind: "opened",
    call: call.id,
    at: call.at,
    principal: name(call.principal.id),
    client: clientOf(call),
    era: call.era,
    server: name(call.server),
    method: name(call.method),
    target: targetOf(call),
    target_kind: call.target.kind,
    args_digest: digest(call.args),
    verdict: verdict.kind,
    rule: name(verdict.rule.rule),
    rule_source: name(verdict.rule.source),
    policy_version: facts.policy_version,
    size_bytes: facts.size_bytes,
    detail: detailOf(decision, facts, keeping) as unknown as JsonObject,
    session: facts.session ?? "",
    // What follows from its id is not kept.
    request: facts.request === undefined || facts.request === requestId(call.id) ? "" : facts.request,
  };
}
