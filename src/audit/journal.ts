import type { Call } from "../call/call.ts";
import type { CallId, Instant } from "../call/id.ts";
import { digestBytes, type JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { Decision } from "../pipeline/stage.ts";
import type { Charge } from "../call/charge.ts";
import type { SharedCounters } from "../cluster/counters.ts";
import {
  cameToNothing,
  type Claim,
  type Level,
  type Notice,
  settlementOf,
  spentBy,
  type Taken,
} from "../store/counters/claim.ts";
import type { Matter } from "../store/approvals.ts";
import type { Closed, Store, TenantJournal } from "../store/store.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import type { Log } from "../telemetry/log.ts";
import { ended, type Exhausted, settled, type Uncounted } from "./counted.ts";
import { type Facts, opening } from "./opening.ts";

export interface JournalOptions {
  /** `full` keeps redacted arguments, `summary` none. */
  readonly detail: "full" | "summary";
  /** When an opening cannot be written: `enforce` refuses the call, `observe` lets it pass with a warning. */
  readonly mode: "enforce" | "observe";
  /** Whose calls pass as in `observe`, where neither a limit nor an approval counts them. Absent: nobody's. */
  readonly observed?: (call: Pick<Call, "server" | "target">) => boolean;
  /** Hears of every event that could not be written. */
  readonly log: Pick<Log, "warn" | "error">;
  /** Where limits are counted if not in the store. */
  readonly counters?: SharedCounters | undefined;
  /** The wall clock, which may step back; `at` of the closing. */
  readonly now?: () => Instant;
  /** Milliseconds that only grow; durations. */
  readonly elapsed?: () => number;
}

/** How a call ended. */
export interface Outcome {
  readonly status: Closed["status"];
  /** The answer's bytes as the server gave them, or their digest (`sha256:…`); absent where nothing came back. */
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
  /** The limits that it was counted by, and how they stand. */
  readonly levels: readonly Counted[];
  /**
   * Writes how it ended, once; a second time does nothing. Never throws and waits for nothing: an end that cannot be
   * written is told to the log, and the call stays `unknown`.
   */
  close(outcome: Outcome): void;
  /** Resolves when the end is on disk, or could not be written. Never rejects. */
  readonly kept: () => Promise<void>;
}

/** How a limit stands that a call was counted by. */
export interface Counted extends Level {
  readonly charge: Charge;
}

export type { Exhausted };
/** Somebody else was first with what the call brings of approvals. */
type Raced = Extract<Taken, { readonly kind: "raced" }>;

export interface Journal {
  /**
   * Resolves when the opening is on disk. Rejects with JournalUnavailable where it is not and the mode is `enforce`:
   * then the call must not happen (a Deny with cause `unrecorded`). What the verdict charges is taken with it; where a
   * limit has no room or cannot be counted, or somebody else was first with its matter, nothing is taken, nothing is on
   * record yet, and the call must not happen either.
   */
  open(decision: Decision, facts: Facts, matter?: Matter): Promise<Entry | Exhausted | Uncounted | Raced>;
}

function closing(
  call: CallId,
  principal: string,
  outcome: Outcome,
  at: Instant,
  duration_ms: number,
): Closed {
  const { answer, detail = {} } = outcome;
  const bytes = typeof answer === "object" ? answer : undefined;
  return {
    kind: "closed",
    call,
    principal,
    at,
    status: outcome.status,
    duration_us: Math.max(0, Math.round(duration_ms * 1000)),
    answer_digest: bytes === undefined ? ((answer as string | undefined) ?? "") : digestBytes(bytes),
    size_bytes: outcome.size_bytes ?? bytes?.byteLength ?? 0,
    detail,
  };
}

function claimOf({ call, verdict }: Decision, matter: Matter | undefined): Claim | undefined {
  const charges = verdict.kind === "allow" ? (verdict.charges ?? []) : [];
  if (charges.length === 0 && matter === undefined) return undefined;
  const claim = { tenant: call.principal.tenant, call: call.id, at: call.at, charges };
  return matter === undefined ? claim : { ...claim, matter };
}

/** What a call came to, on its counters. */
function returned(claim: Claim, facts: Facts, closed: Closed) {
  return settlementOf(claim, cameToNothing(closed), spentBy(facts.size_bytes, closed));
}

/** Journals that are remembered; more than these tenants are asked for anew. */
const JOURNALS = 1_024;

/** The journal of a tenant. A store makes all that there is of a tenant to give it, which costs more than to write a call down. */
function journalsOf(store: Store): (tenant: TenantId) => TenantJournal {
  const known = new Map<TenantId, TenantJournal>();
  return (tenant) => {
    const found = known.get(tenant);
    if (found !== undefined) return found;
    if (known.size >= JOURNALS) known.clear();
    const { journal: made } = store.forTenant(tenant);
    known.set(tenant, made);
    return made;
  };
}

/** Writes calls down: two events each, the first on disk before the call may leave. */
export function journal(store: Store, options: JournalOptions): Journal {
  const { log, counters, now = Date.now, elapsed = () => performance.now() } = options;
  // the message alone: a database's error may quote the row
  const about = (call: CallId, reason: unknown) => ({
    call,
    reason: reason instanceof Error ? reason.message : reason,
  });
  const lost = (call: CallId, reason: unknown): void =>
    log.error(about(call, reason), "the end of a call could not be recorded: it stays unknown");

  const rowsOf = journalsOf(store);
  return {
    async open(decision, facts, matter) {
      const { id, principal } = decision.call;
      const began = facts.began_ms ?? elapsed();
      const rows = rowsOf(principal.tenant);
      let claim = claimOf(decision, matter);
      let recorded = true;
      let whose = "";
      let kept: Promise<void> = Promise.resolve();
      let notices: readonly Notice[] = [];
      let levels: readonly Level[] = [];
      try {
        const event = opening(decision, facts, options);
        whose = event.principal;
        if (claim === undefined) await rows.append([event]);
        else {
          const came = await settled(rows, event, claim, counters);
          if (came.taken.kind !== "taken") return came.taken;
          ({ claim } = came);
          ({ notices, levels = [] } = came.taken);
        }
      } catch (reason) {
        const observed = claim === undefined && options.observed?.(decision.call) === true;
        if ((options.mode === "enforce" && !observed) || !(reason instanceof JournalUnavailable))
          throw reason;
        const why = observed ? "its server is recorded as far as can be" : "the gate only observes";
        log.warn(about(id, reason), `a call could not be recorded; it passes, because ${why}`);
        recorded = false;
      }
      return {
        call: id,
        notices,
        levels: (claim?.charges ?? []).flatMap((charge, at) => {
          const level = levels[at];
          return level === undefined ? [] : [{ ...level, charge }];
        }),
        close(outcome) {
          if (!recorded) return; // an end without a beginning would prove nothing
          recorded = false;
          try {
            const closed = closing(id, whose, outcome, now(), elapsed() - began);
            const changes = claim === undefined ? [] : returned(claim, facts, closed);
            kept = ended(rows, closed, claim, changes, counters).catch((reason: unknown) => lost(id, reason));
          } catch (reason) {
            lost(id, reason);
          }
        },
        kept: () => kept,
      };
    },
  };
}
