import type { Access } from "../call/grant.ts";
import type { ApprovalId, CallId, Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import type { Act, Actor, Approval, ApprovalFilter, Approvals, Matter } from "../store/approvals.ts";
import { MAX_SOUGHT } from "../store/approvals.ts";
import type { Store } from "../store/store.ts";
import { request, type Wanted } from "./access.ts";
import { type Bound, boundOf } from "./binding.ts";
import { change, type Changed } from "./change.ts";
import { lettersOf } from "./letters.ts";
import { type Pace, pace } from "./pace.ts";
import { previewOf } from "./preview.ts";
import { standingOf } from "./state.ts";
import { type Vote, type Voted, vote } from "./vote.ts";
import { STATE_WORDS } from "./words.ts";

/** What people have said of exactly this call. */
type Word =
  /** It may run now, once: settling uses it up. */
  | { readonly kind: "approved"; readonly id: ApprovalId; readonly use: (call: CallId) => Matter }
  | { readonly kind: "pending"; readonly id: ApprovalId; readonly expires: Instant }
  | { readonly kind: "denied"; readonly id: ApprovalId; readonly reason: string }
  /** They would have it with other arguments. */
  | { readonly kind: "changed"; readonly id: ApprovalId; readonly args: JsonObject; readonly reason: string }
  /** `outdated`: what was approved of the same call in another form, which is void now. */
  | { readonly kind: "none"; readonly outdated?: ApprovalId };

/** What an approver did; `not-found` as well where it is another tenant's. */
export type Decided =
  | { readonly kind: "done"; readonly approval: Approval; readonly changed?: ApprovalId }
  | Extract<Voted, { readonly kind: "refused" }>
  | { readonly kind: "not-found" };

/** Where people are asked, and answer. */
export interface Desk {
  /** Whether a principal may put one more question of a call. */
  readonly pace: Pace;
  /** `loose`: what the same call is bound to where nobody knows its bytes. Voids what was asked about an earlier form of it. */
  word(tenant: TenantId, bound: Bound, loose: Bound): Promise<Word>;
  get(tenant: TenantId, id: ApprovalId): Promise<Approval | undefined>;
  list(tenant: TenantId, filter: ApprovalFilter): Promise<readonly Approval[]>;
  /** `seen`: how many acts there were when it was looked at; with one more since it is refused as `changed`. */
  decide(
    tenant: TenantId,
    id: ApprovalId,
    by: Actor,
    deed: Vote,
    reason: string,
    seen?: number,
  ): Promise<Decided>;
  /** Approves the call with other arguments in place of those that were asked about. */
  change(tenant: TenantId, id: ApprovalId, by: Actor, args: JsonObject, reason: string): Promise<Decided>;
  /**
   * Asks for access, or takes it in an emergency, and tells whoever the rule wants told. Rejects with RangeError where the
   * rule does not offer it, where the same or too much is open already, or where an emergency before has not been reviewed.
   */
  request(wanted: Wanted, access: Access, policy_version: string): Promise<ApprovalId>;
  /** Who asked takes it back. */
  withdraw(tenant: TenantId, id: ApprovalId, by: Actor): Promise<boolean>;
}

const GATE: Actor = Object.freeze({ id: "portcullis", roles: Object.freeze([]), source: "gate" });
const VOID = { deed: { kind: "void" }, state: "void" } as const;
const NOTHING: Word = Object.freeze({ kind: "none" });
/** Questions about one subject that are voided at once: the newest. */
const LOOKED_AT = 20;
/** Requests of access that one principal may have open at once. */
const SOUGHT_MOST = 20;
/** Others may act at the same time; so often it is tried again. */
const TRIES = 8;

function next({ acts }: Approval, at: Instant, by: Actor, rest: Pick<Act, "deed" | "state" | "reason">): Act {
  return { seq: acts.length + 1, at, by, ...rest };
}

function isOpen(approval: Approval, now: Instant): boolean {
  const { state } = standingOf(approval, now);
  return state === "pending" || state === "approved";
}

function wordOf(approval: Approval, now: Instant): Word {
  const { id, expires, shown } = approval.question;
  const { state, until } = standingOf(approval, now);
  const last = approval.acts.at(-1);
  switch (state) {
    case "pending":
      return { kind: "pending", id, expires };
    case "approved": {
      const use = (call: CallId): Matter => ({
        kind: "use",
        id,
        act: next(approval, now, GATE, { deed: { kind: "use", call }, state: "used", reason: "" }),
      });
      return { kind: "approved", id, use };
    }
    case "denied":
      return now < until ? { kind: "denied", id, reason: last?.reason ?? "" } : { kind: "none" };
    case "used":
    case "unreviewed":
    case "reviewed":
    case "expired":
    case "void":
      return last?.deed.kind === "change"
        ? { kind: "changed", id: last.deed.to, args: shown.args, reason: last.reason }
        : { kind: "none" };
  }
}

/** Writes what people do, until nobody else was first. */
async function acted(
  rows: Approvals,
  id: ApprovalId,
  now: () => Instant,
  act: (approval: Approval, at: Instant) => Voted,
): Promise<Decided> {
  for (let tries = 0; tries < TRIES; tries++) {
    const approval = await rows.get(id);
    if (approval === undefined) return { kind: "not-found" };
    const voted = act(approval, now());
    if (voted.kind === "refused") return voted;
    if (await rows.act(id, voted.act))
      return { kind: "done", approval: { ...approval, acts: [...approval.acts, voted.act] } };
  }
  return { kind: "refused", code: "too-many", why: "Others are acting on it at the same time. Try again." };
}

/**
 * Ends what was asked about an earlier form of a call: nobody can make that call any more. Gives the newest of those that
 * were approved.
 */
async function voidStale(
  rows: Approvals,
  stale: readonly Approval[],
  at: Instant,
): Promise<ApprovalId | undefined> {
  const reason =
    "The call was made again in another form: its bytes, the tool's definition or the rules differ.";
  for (const old of stale)
    if (isOpen(old, at)) await rows.act(old.question.id, next(old, at, GATE, { ...VOID, reason }));
  return stale.find((old) => standingOf(old, at).state === "approved")?.question.id;
}

/** Puts the changed question in place of the first. In this order a crash leaves one that nobody approved. */
async function replace(
  rows: Approvals,
  id: ApprovalId,
  { question, approved, replaced }: Changed,
  at: Instant,
): Promise<Decided> {
  await rows.ask(question, []);
  if (await rows.act(id, replaced)) {
    await rows.act(question.id, approved);
    return { kind: "done", approval: { question, acts: [approved] }, changed: question.id };
  }
  const reason = "What it was to replace was decided first.";
  await rows.act(question.id, next({ question, acts: [] }, at, GATE, { ...VOID, reason }));
  return { kind: "refused", code: "decided", why: `${id} was decided by somebody else at the same time.` };
}

/** Nobody breaks the glass again before somebody has looked at the last time, nor asks for more than people can look at. */
async function checkSought(store: Store, { tenant, by, kind }: Wanted, now: Instant): Promise<void> {
  const open = (await store.sought(0, MAX_SOUGHT)).flatMap((each) =>
    each.tenant === tenant && each.approval.question.principal === by.id
      ? [{ id: each.approval.question.id, ...standingOf(each.approval, now) }]
      : [],
  );
  const unreviewed = open.find(({ state }) => state === "unreviewed");
  if (kind === "break_glass" && unreviewed !== undefined)
    throw new RangeError(`${unreviewed.id} ${STATE_WORDS.unreviewed}`);
  if (open.filter(({ state }) => state === "pending" || state === "approved").length >= SOUGHT_MOST)
    throw new RangeError(`${by.id} asks for, or holds, ${SOUGHT_MOST} already`);
}

/** Whoever was asked hears that it is decided. What is on record does not hang on that: where it cannot be said, it is not. */
async function tell(store: Store, tenant: TenantId, { question, acts }: Approval): Promise<void> {
  const last = acts.at(-1);
  if (last === undefined || last.state === "pending") return;
  const said = { decision: last.state, by: last.by.id, message: last.reason };
  await store.outbox.put(lettersOf(question, tenant, "approval.decided", last.at, said)).catch(() => {});
}

/** The desk of a store. `newId` makes the ids of questions that approvers put. */
export function desk(store: Store, now: () => Instant, newId: (at: Instant) => ApprovalId): Desk {
  const of = (tenant: TenantId): Approvals => store.forTenant(tenant).approvals;
  return {
    pace: pace(),
    async word(tenant, bound, loose) {
      const at = now();
      const { subject, principal } = bound;
      const bindings = [...new Set([bound.binding, loose.binding])];
      const [forms, [exact]] = await Promise.all([
        of(tenant).about(subject, LOOKED_AT, principal),
        of(tenant).about(subject, 1, principal, bindings),
      ]);
      const stale = forms.filter(({ question }) => !bindings.includes(question.binding));
      const outdated = await voidStale(of(tenant), stale, at);
      if (exact === undefined) return outdated === undefined ? NOTHING : { kind: "none", outdated };
      const word = wordOf(exact, at);
      if (word.kind !== "changed") return word;
      const other = await of(tenant).get(word.id);
      return other !== undefined && isOpen(other, at)
        ? { ...word, args: other.question.shown.args }
        : NOTHING;
    },
    get: (tenant, id) => of(tenant).get(id),
    list: (tenant, filter) => of(tenant).list(filter),
    async decide(tenant, id, by, deed, reason, seen) {
      const decided = await acted(of(tenant), id, now, (approval, at) =>
        seen === undefined || approval.acts.length === seen
          ? vote(approval, by, deed, reason, at)
          : { kind: "refused", code: "changed", why: "Somebody has acted on it since it was looked at." },
      );
      if (decided.kind === "done") await tell(store, tenant, decided.approval);
      return decided;
    },
    async change(tenant, id, by, args, reason) {
      const approval = await of(tenant).get(id);
      if (approval === undefined) return { kind: "not-found" };
      const at = now();
      const { question } = approval;
      const { principal, asks, shown } = question;
      const { definition } = shown;
      const around = { bytes: "", rest: {}, definition };
      const bound = boundOf({ ...shown, tenant, principal, args }, asks, around);
      const preview = previewOf({ ...question, shown: { ...shown, args } }).digest;
      const changed = change(approval, by, { id: newId(at), args, bound, preview }, reason, at);
      return "kind" in changed ? changed : await replace(of(tenant), id, changed, at);
    },
    async request(wanted, access, policy_version) {
      const at = now();
      const rows = of(wanted.tenant);
      const { question, broken } = request(wanted, access, { id: newId(at), at, policy_version });
      await checkSought(store, wanted, at);
      const topic = broken === undefined ? "approval.asked" : "access.taken";
      if (!(await rows.ask(question, lettersOf(question, wanted.tenant, topic), broken)))
        throw new RangeError("exactly this is asked for, or held, already");
      return question.id;
    },
    async withdraw(tenant, id, by) {
      const taken = await acted(of(tenant), id, now, (approval, at) =>
        standingOf(approval, at).state === "pending" && by.id === approval.question.principal
          ? { kind: "act", act: next(approval, at, by, { ...VOID, reason: "Taken back." }) }
          : { kind: "refused", code: "decided", why: "It cannot be taken back." },
      );
      return taken.kind === "done";
    },
  };
}
