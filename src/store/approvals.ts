import type { Ask } from "../call/ask.ts";
import type { ApprovalId, CallId, Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Maker, TenantId } from "../call/principal.ts";
import type { Letter } from "./outbox.ts";

/** What approvers are shown of a call: as much as they need, with nothing that they may not see. */
export interface Shown {
  readonly server: string;
  readonly method: string;
  readonly target: string;
  readonly target_kind: "tool" | "prompt" | "resource" | "task" | "none";
  /** `name/version` as the client claims it, or "". */
  readonly client: string;
  /** Redacted, as in the journal. */
  readonly args: JsonObject;
  /** Nothing of them was redacted. */
  readonly whole: boolean;
  /** Of the arguments as they are, `sha256:…`. */
  readonly args_digest: string;
  /** Of the tool's definition, `sha256:…`; "" where it is not known. */
  readonly definition: string;
  readonly policy_version: string;
}

/** What is asked for where it is no single call: to do something for a time. */
export interface Sought {
  /** `break_glass`: it was taken at once, in an emergency, and is looked at afterwards. */
  readonly kind: "access" | "break_glass";
  readonly for_ms: number;
  /** In the words of who asks. */
  readonly reason: string;
  /** Globs of which one must match; absent: all that the rule matches. */
  readonly servers?: readonly string[];
  readonly tools?: readonly string[];
  readonly resources?: readonly string[];
  /** MCP methods. */
  readonly operations?: readonly string[];
}

/** One question to people, as it was put. Immutable once written. */
export interface Question {
  readonly id: ApprovalId;
  readonly at: Instant;
  /** The call that asked; undefined where somebody asked for access. */
  readonly call?: CallId;
  readonly sought?: Sought;
  /** Who asks. */
  readonly principal: string;
  /** Who put it, where that is somebody who acts for who asks. */
  readonly asked_by?: string;
  /** Who made the key that it was asked with. */
  readonly made_by?: readonly Maker[];
  /** Digest of who asks for what; the same where only its spelling, the tool's definition or a rule has changed. */
  readonly subject: string;
  /** Digest of everything that an approval is bound to. */
  readonly binding: string;
  readonly asks: readonly Ask[];
  /** Nobody can approve it any more from then on. */
  readonly expires: Instant;
  readonly shown: Shown;
}

/** Who did something to a question, and how that is known. */
export interface Actor {
  readonly id: string;
  readonly roles: readonly string[];
  /** `gate`: nobody, it came about. `asserted`: on a gate without authentication, who says so. */
  readonly source: string;
  /** Who made the key that they showed. */
  readonly made_by?: readonly Maker[];
}

/** What somebody did. */
export type Deed =
  /** `preview`: digest of what this person was shown. */
  | { readonly kind: "approve"; readonly preview: string }
  | { readonly kind: "deny" }
  /** Who may decide lets somebody else decide instead. */
  | { readonly kind: "delegate"; readonly to: string }
  /** Who asks took it, in an emergency. */
  | { readonly kind: "break" }
  /** Who may decide has looked at what was done with it. */
  | { readonly kind: "review" }
  /** The call ran. */
  | { readonly kind: "use"; readonly call: CallId }
  | { readonly kind: "expire" }
  /** It can never run as it was approved: the tool, the rule or the call has changed, or its asker took it back. */
  | { readonly kind: "void" }
  /** Who may decide approved the call with other arguments: that is a question of its own. */
  | { readonly kind: "change"; readonly to: ApprovalId };

/** One act on a question. Immutable once written; they are numbered from 1, without a gap. */
export interface Act {
  readonly seq: number;
  readonly at: Instant;
  readonly by: Actor;
  /** In the actor's words, or "". */
  readonly reason: string;
  readonly deed: Deed;
  /** What the question is since. */
  readonly state: State;
}

export type State = "pending" | "approved" | "denied" | "used" | "reviewed" | "expired" | "void";

/** A question and everything that happened to it, in order. */
export interface Approval {
  readonly question: Question;
  readonly acts: readonly Act[];
}

export interface ApprovalFilter {
  /** Those that nobody has ended yet, and whose time has not run out. */
  readonly open?: Instant;
  readonly principal?: string;
  readonly server?: string;
  readonly target?: string;
  /** Older than this one. */
  readonly before?: ApprovalId;
  /** At most `MAX_APPROVALS`. */
  readonly limit: number;
}

/** Questions that one `list` or `about` gives at most. */
export const MAX_APPROVALS = 500;

/** Requests of access that one `sought` gives at most. */
export const MAX_SOUGHT = 10_000;

/** What a call brings to the transaction that writes its opening. */
export type Matter =
  /** Uses up what was approved: nothing is written unless it still is. */
  | { readonly kind: "use"; readonly id: ApprovalId; readonly act: Act }
  /** Asks; nothing is written where the same question is open already. */
  | {
      readonly kind: "ask";
      readonly question: Question;
      readonly letters: readonly Letter[];
      /** What is done to it at once. */
      readonly act?: Act;
    };

/** A question, and whose it is. */
export interface Owned {
  readonly tenant: TenantId;
  readonly approval: Approval;
}

/** How far somebody has got among what is overdue. */
export interface Overdue {
  readonly expires: Instant;
  readonly id: string;
}

/** Everybody's questions. */
export interface AllApprovals {
  readonly of: (tenant: TenantId) => Approvals;
  /** Those whose time to be decided is over and that nobody has ended, the longest overdue first, beyond `after`. */
  readonly overdue: (now: Instant, limit: number, after: Overdue) => Promise<readonly Owned[]>;
  /**
   * Requests of access that nobody has ended and that were made at or after that moment, and emergencies of any time: those
   * first, so that neither time nor a number of others hides one that waits for review, and the newest first.
   */
  readonly sought: (since: Instant, limit: number) => Promise<readonly Owned[]>;
}

/** A tenant's questions to people. */
export interface Approvals {
  get(id: ApprovalId): Promise<Approval | undefined>;
  /**
   * The newest questions of this principal about the same subject, newest first, at most `limit`; with `bindings` those
   * alone that have one of them.
   */
  about(
    subject: string,
    limit: number,
    principal: string,
    bindings?: readonly string[],
  ): Promise<readonly Approval[]>;
  /** Asks, and acts at once where an act is given, in one durable step. False where the same question is open already. */
  ask(question: Question, letters: readonly Letter[], act?: Act): Promise<boolean>;
  /** Newest first. */
  list(filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** Writes the next act, durably. False where somebody else's was first: nothing is written then. */
  act(id: ApprovalId, act: Act): Promise<boolean>;
}

/** A question as its row: what it is looked up by, and the whole as JSON. */
export interface QuestionRow {
  readonly tenant: TenantId;
  readonly id: string;
  readonly at: number;
  readonly expires: number;
  readonly principal: string;
  readonly server: string;
  readonly target: string;
  readonly subject: string;
  readonly binding: string;
  readonly kind: "call" | Sought["kind"];
  readonly question: string;
}

export function questionRow(tenant: TenantId, question: Question): QuestionRow {
  const { id, at, expires, principal, shown, subject, binding, sought } = question;
  const { server, target } = shown;
  const kind = sought?.kind ?? "call";
  const whole = JSON.stringify(question);
  return { tenant, id, at, expires, principal, server, target, subject, binding, kind, question: whole };
}

/** Questions as engines give them, and the acts on them in their order. */
export interface QuestionText {
  readonly tenant: TenantId;
  readonly id: string;
  readonly question: string;
}
export interface ActText {
  readonly id: string;
  readonly act: string;
}

/** Questions, each with its acts. An id belongs to one tenant only, because nobody can choose it. */
export function approvalsOf(questions: readonly QuestionText[], acts: readonly ActText[]): readonly Owned[] {
  return questions.map(({ tenant, id, question }) => ({
    tenant,
    approval: {
      question: JSON.parse(question) as Question,
      acts: acts.filter((each) => each.id === id).map(({ act }) => JSON.parse(act) as Act),
    },
  }));
}

const ENDED: readonly State[] = ["denied", "used", "reviewed", "expired", "void"];
/** The states that end a question, as a list in SQL. */
export const ENDED_SQL = ENDED.map((state) => `'${state}'`).join(", ");
