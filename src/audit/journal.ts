import { type Call, targetName } from "../call/call.ts";
import type { CallId, Instant } from "../call/id.ts";
import { digest, digestBytes, isObject, type JsonObject } from "../call/json.ts";
import type { Finding } from "../call/verdict.ts";
import type { Decision, Step } from "../pipeline/stage.ts";
import { type Claim, type Notice, settlementOf, type Taken } from "../store/counters/claim.ts";
import type { Closed, Opened, Store } from "../store/store.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import type { Log } from "../telemetry/log.ts";
import { type Annotations, type Intent, intentOf } from "./intent.ts";
import { MASK, redact } from "./redact.ts";

export interface JournalOptions {
  /** `full` keeps redacted arguments, `summary` none. */
  readonly detail: "full" | "summary";
  /** When an opening cannot be written: `enforce` refuses the call, `observe` lets it pass with a warning. */
  readonly mode: "enforce" | "observe";
  /** Hears of every event that could not be written. */
  readonly log: Pick<Log, "warn" | "error">;
  /** The wall clock, which may step back; `at` of the closing. */
  readonly now?: () => Instant;
  /** Milliseconds that only grow; durations. */
  readonly elapsed?: () => number;
}

/** What the decision does not know. */
interface Facts {
  /** Bytes of the request. */
  readonly size_bytes: number;
  readonly policy_version: string;
  /** `performance.now()` when the request arrived. Without it the duration counts from here. */
  readonly began_ms?: number;
  /** What the server says of its tool. */
  readonly annotations?: Annotations;
}

/** How a call ended. */
export interface Outcome {
  readonly status: Closed["status"];
  /** The answer's bytes as the client gets them, or their digest (`sha256:…`); absent where nothing came back. */
  readonly answer?: Uint8Array | string | undefined;
  /** Bytes of the answer; those of `answer` where it is given as bytes. */
  readonly size_bytes?: number;
  /** What else to remember: trail of the way back, fault, upstream's error. Must hold no secret, and stay small. */
  readonly detail?: JsonObject;
}

/** A call that is on record. */
export interface Entry {
  readonly call: CallId;
  /** Limits that the call went beyond, or came near to. */
  readonly notices: readonly Notice[];
  /**
   * Writes how it ended, once; a second time does nothing. Never throws and waits for nothing: an end that cannot be
   * written is told to the log, and the call stays `unknown`.
   */
  close(outcome: Outcome): void;
  /** Resolves when the end is on disk, or could not be written. Never rejects. */
  readonly kept: () => Promise<void>;
}

/** What `opened.detail` holds. Written as JSON, which leaves out what is undefined. */
interface OpenedDetail {
  readonly mode: "enforce" | "observe";
  readonly intent: Intent;
  /** What the client said it wants, in its own words. */
  readonly declared_intent: string | undefined;
  readonly roles: readonly string[] | undefined;
  /** How the principal is known. */
  readonly source: string;
  readonly trail: readonly Step[];
  readonly findings: readonly Finding[] | undefined;
  /** Redacted; only with audit detail `full`. */
  readonly args: JsonObject | undefined;
  /** Of a refusal: its cause, the sentences for the model, the approval it waits for. */
  readonly cause: string | undefined;
  readonly why: string | undefined;
  readonly instead: string | undefined;
  readonly approval: string | undefined;
}

/** A limit had no room for the call. */
export type Exhausted = Extract<Taken, { readonly kind: "full" }>;

export interface Journal {
  /**
   * Resolves when the opening is on disk. Rejects with JournalUnavailable where it is not and the mode is `enforce`:
   * then the call must not happen (a Deny with cause `unrecorded`). What the verdict charges is taken with it; where a
   * limit has no room nothing is taken, nothing is on record yet, and the call must not happen either.
   */
  open(decision: Decision, facts: Facts): Promise<Entry | Exhausted>;
}

const INTENT = "dev.portcullis/intent";
const DECLARED_CHARS = 500;
const FINDINGS = 50;
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
  options: JournalOptions,
): OpenedDetail {
  const declared = call.meta[INTENT];
  return {
    mode: options.mode,
    intent: intentOf(call, facts.annotations),
    declared_intent:
      typeof declared === "string" ? declared.slice(0, DECLARED_CHARS).toWellFormed() : undefined,
    roles: call.principal.roles.length > 0 ? call.principal.roles : undefined,
    source: call.principal.source,
    trail,
    findings: findings.length > 0 ? findings.slice(0, FINDINGS) : undefined,
    args: options.detail === "full" ? argsOf(call) : undefined,
    why: verdict.kind === "allow" ? undefined : verdict.why,
    cause: verdict.kind === "deny" ? verdict.cause.kind : undefined,
    instead: verdict.kind === "deny" ? verdict.instead : undefined,
    approval: verdict.kind === "hold" ? verdict.approval : undefined,
  };
}

/** A task's id may open what it names to whoever holds it, so a record has its digest and nothing more. */
function targetOf({ target }: Call): string {
  return target.kind === "task" ? digestBytes(target.id) : name(targetName(target) ?? "");
}

/** Arguments as far as they may be kept; of the tasks they name, nothing. */
function argsOf({ method, target, args }: Call): JsonObject {
  const kept = redact(args);
  if (target.kind === "task") return { ...kept, taskId: MASK };
  const asked = method === "subscriptions/listen" ? kept["notifications"] : undefined;
  if (!isObject(asked) || asked["taskIds"] === undefined) return kept;
  return { ...kept, notifications: { ...asked, taskIds: MASK } };
}

function clientOf({ client }: Call): string {
  return client === undefined ? "" : name(`${client.name}/${client.version}`);
}

function opening(decision: Decision, facts: Facts, options: JournalOptions): Opened {
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
    detail: detailOf(decision, facts, options) as unknown as JsonObject,
  };
}

function closing(call: CallId, outcome: Outcome, at: Instant, duration_ms: number): Closed {
  const { answer, detail = {} } = outcome;
  const bytes = typeof answer === "object" ? answer : undefined;
  return {
    kind: "closed",
    call,
    at,
    status: outcome.status,
    duration_us: Math.max(0, Math.round(duration_ms * 1000)),
    answer_digest: bytes === undefined ? ((answer as string | undefined) ?? "") : digestBytes(bytes),
    size_bytes: outcome.size_bytes ?? bytes?.byteLength ?? 0,
    detail,
  };
}

function claimOf({ call, verdict }: Decision): Claim | undefined {
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  return charges.length === 0
    ? undefined
    : { tenant: call.principal.tenant, call: call.id, at: call.at, charges };
}

/** What a call came to, on its counters. */
function returned(claim: Claim, facts: Facts, closed: Closed) {
  return settlementOf(claim, closed.status !== "ok", {
    storage_gb: (facts.size_bytes + closed.size_bytes) / 1e9,
    compute_hours: closed.duration_us / 3.6e9,
  });
}

/** Writes calls down: two events each, the first on disk before the call may leave. */
export function journal(store: Store, options: JournalOptions): Journal {
  const { log, now = Date.now, elapsed = () => performance.now() } = options;
  // the message alone: a database's error may quote the row
  const about = (call: CallId, reason: unknown) => ({
    call,
    reason: reason instanceof Error ? reason.message : reason,
  });
  const lost = (call: CallId, reason: unknown): void =>
    log.error(about(call, reason), "the end of a call could not be recorded: it stays unknown");

  return {
    async open(decision, facts) {
      const { id, principal } = decision.call;
      const began = facts.began_ms ?? elapsed();
      const rows = store.forTenant(principal.tenant).journal;
      const claim = claimOf(decision);
      let recorded = true;
      let kept: Promise<void> = Promise.resolve();
      let notices: readonly Notice[] = [];
      try {
        const event = opening(decision, facts, options);
        if (claim === undefined) await rows.append([event]);
        else {
          const taken = await rows.settle(event, claim);
          if (taken.kind === "full") return taken;
          ({ notices } = taken);
        }
      } catch (reason) {
        if (options.mode === "enforce" || !(reason instanceof JournalUnavailable)) throw reason;
        log.warn(
          about(id, reason),
          "a call could not be recorded; it passes, because the gate only observes",
        );
        recorded = false;
      }
      return {
        call: id,
        notices,
        close(outcome) {
          if (!recorded) return; // an end without a beginning would prove nothing
          recorded = false;
          try {
            const closed = closing(id, outcome, now(), elapsed() - began);
            kept = rows
              .append([closed], claim && returned(claim, facts, closed))
              .catch((reason: unknown) => lost(id, reason));
          } catch (reason) {
            lost(id, reason);
          }
        },
        kept: () => kept,
      };
    },
  };
}
