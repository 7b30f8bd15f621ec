import type { Era } from "../call/call.ts";
import type { CallId, Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { Acts } from "./acts.ts";
import type { Approvals, Overdue, Owned } from "./approvals.ts";
import type { Adjustment, Claim, Taken } from "./counters/claim.ts";
import type { Idempotency } from "./idempotency.ts";
import type { CallQuery, Found } from "./journal/found.ts";
import type { Masks } from "./masks.ts";
import type { Outbox } from "./outbox.ts";
import type { Credentials } from "./people/credentials.ts";
import type { People } from "./people/people.ts";
import type { SignIns } from "./people/sign-ins.ts";
import type { SubjectKeys } from "./people/subjects.ts";
import type { Policies } from "./policies.ts";
import type { Secrets } from "./secrets.ts";
import type { Sinks } from "./sinks.ts";
import type { Tenants } from "./tenants.ts";

/** What the journal knows before a call leaves. Immutable once written. */
export interface Opened {
  readonly kind: "opened";
  readonly call: CallId;
  readonly at: Instant;
  readonly principal: string;
  /** `name/version` as the client claims it, or "". */
  readonly client: string;
  readonly era: Era;
  readonly server: string;
  readonly method: string;
  /** Name of the tool or prompt, URI of the resource, or "". */
  readonly target: string;
  readonly target_kind: "tool" | "prompt" | "resource" | "task" | "none";
  readonly args_digest: string;
  readonly verdict: "allow" | "deny" | "hold";
  readonly rule: string;
  /** Where the rule stands: a policy version (`sha256:…`), or a part of the gate. */
  readonly rule_source: string;
  readonly policy_version: string;
  /** Bytes of the request. */
  readonly size_bytes: number;
  /** Intent, arguments as far as the audit detail lets them be kept, trail, findings, mode. */
  readonly detail: JsonObject;
  /** The session it was asked in: a UUID of the gate's own. Absent where there is none. */
  readonly session?: string;
  /** What its HTTP exchange was called (`X-Request-Id`). Absent: by the call's own id (`requestId`), or there was none. */
  readonly request?: string;
}

/** How it ended. Immutable once written. A call without one is `open`, or `unknown` once its gate is gone. */
export interface Closed {
  readonly kind: "closed";
  readonly call: CallId;
  /** Whose call it was: what is sealed of its end is sealed for them. Not kept; the opening says it. */
  readonly principal?: string;
  readonly at: Instant;
  readonly status: "ok" | "error" | "denied" | "held" | "unknown";
  readonly duration_us: number;
  /** "" where nothing came back. */
  readonly answer_digest: string;
  readonly size_bytes: number;
  readonly detail: JsonObject;
}
export type JournalEvent = Opened | Closed;

/** One call as the journal has it: both events joined. `closed` is absent while it is open. */
export interface CallRecord {
  readonly tenant: TenantId;
  /** Where its last event stands in the journal; grows when the call is closed. For `CallFilter.after`. */
  readonly position: number;
  readonly opened: Opened;
  readonly closed: Closed | undefined;
  readonly status: "open" | "ok" | "error" | "denied" | "held" | "unknown";
}

export interface CallFilter {
  /** Calls that began at or after this. */
  readonly since?: Instant;
  readonly server?: string;
  readonly verdict?: "allow" | "deny" | "hold";
  /**
   * For following: the first `limit` calls with an event after this position, in the order of their positions. A call
   * that was open when it was given comes again once it is closed; nothing is skipped, whoever writes at the time.
   */
  readonly after?: number;
  /** At most `MAX_PAGE`. Without `after` the newest `limit` are given, oldest first. */
  readonly limit: number;
}

/** One page of a walk over everything that is on record. */
interface PageFilter {
  /** Calls that began at or after this. */
  readonly since?: Instant;
  /** Calls after this one. */
  readonly after?: CallId;
  /** At most `MAX_PAGE`. */
  readonly limit: number;
}

/** Calls one `list` or `page` gives at most. */
export const MAX_PAGE = 10_000;

/** Calls one `begun` gives at most, and tasks it may be asked about. */
export const MAX_BEGUN = 1_000;

/** A tenant's journal. There is no way to a row of another tenant. */
export interface TenantJournal {
  /**
   * Resolves when the events are on disk (group commit). Rejects with JournalUnavailable when they cannot be written
   * now, with another error when a store would never take them; either way none of them is in the journal.
   * Events of kind `closed` alone wait up to 20 ms for others to share a commit with.
   */
  append(events: readonly JournalEvent[], adjustments?: readonly Adjustment[]): Promise<void>;
  /**
   * Takes all charges of a call, or none, does what it brings of approvals, and writes its opening, in one transaction.
   * Where a limit is reached, or somebody else was first, nothing is taken and nothing written. Resolves and rejects as
   * `append` does.
   */
  settle(event: Opened, claim: Omit<Claim, "tenant">): Promise<Taken>;
  list(filter: CallFilter): Promise<readonly CallRecord[]>;
  /** The oldest calls first, in the order of their ids; whoever goes on after the last one misses none that was there. */
  page(filter: PageFilter): Promise<readonly CallRecord[]>;
  /** Looks for calls, in a bounded time. Positions in it are not for following. */
  find(query: CallQuery): Promise<Found>;
  get(call: CallId): Promise<CallRecord | undefined>;
  /**
   * The calls of a principal whose end says that they began one of these tasks (digests, as in `closed.detail.task`),
   * newest first, at most `MAX_BEGUN`.
   */
  begun(principal: string, tasks: readonly string[]): Promise<readonly CallRecord[]>;
}

interface TenantStore {
  readonly journal: TenantJournal;
  readonly approvals: Approvals;
  readonly idempotency: Idempotency;
  readonly acts: Acts;
  readonly masks: Masks;
  readonly sinks: Sinks;
  readonly secrets: Secrets;
}

/** The outside world's memory. What calls leave behind is reached through a tenant. */
export interface Store {
  forTenant(tenant: TenantId): TenantStore;
  readonly policies: Policies;
  readonly credentials: Credentials;
  readonly people: People;
  readonly signIns: SignIns;
  readonly tenants: Tenants;
  readonly outbox: Outbox;
  /** What records are sealed with. */
  readonly subjects: SubjectKeys;
  /** The questions of all tenants whose time is over and that nobody has ended, the longest overdue first, beyond `after`. */
  overdue(now: Instant, limit: number, after: Overdue): Promise<readonly Owned[]>;
  /** The requests of access of all tenants that nobody has ended, made at or after that moment, newest first. */
  sought(since: Instant, limit: number): Promise<readonly Owned[]>;
  /** Writes, to see whether a write succeeds; rejects with JournalUnavailable and the reason where it does not. */
  check(): Promise<void>;
  /** Writes what waits, then lets go of everything. Calls still open are `unknown` from then on. */
  close(): Promise<void>;
}
