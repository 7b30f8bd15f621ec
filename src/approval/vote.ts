import type { Ask } from "../call/ask.ts";
import type { Instant } from "../call/id.ts";
import type { Act, Actor, Approval, Deed, Question, State } from "../store/approvals.ts";
import { areOneHand, asksToo, votedWord } from "./hands.ts";
import { type Standing, standingOf } from "./state.ts";
import { STATE_WORDS } from "./words.ts";

/** What people may do to a question. */
export type Vote = Extract<Deed, { readonly kind: "approve" | "deny" | "delegate" | "review" }>;

/** What came of it; a refusal is a sentence for whoever tried, with a word that programs can rely on. */
export type Voted =
  | { readonly kind: "act"; readonly act: Act }
  | {
      readonly kind: "refused";
      readonly code: "decided" | "own-request" | "not-approver" | "voted" | "too-many" | "changed";
      readonly why: string;
    };

/** Acts on one question, so that nobody can fill the store with them. */
const MOST_ACTS = 100;

/** Who has handed an ask's right on, and to whom. */
function handedOn({ acts }: Approval): ReadonlyMap<string, string> {
  return new Map(acts.flatMap(({ by, deed }) => (deed.kind === "delegate" ? [[by.id, deed.to]] : [])));
}

/** Whether a rule lists somebody. A role is held, and never anybody's name, whoever may choose how they are called. */
export function isListed({ approvers }: Ask, { id, roles }: Pick<Actor, "id" | "roles">): boolean {
  return approvers.some((each) =>
    each.startsWith("role:") ? roles.some((role) => each === `role:${role}`) : each === id,
  );
}

/** Whether it is somebody's own question: who acts for another asks as well. */
function isOwn({ principal, asked_by }: Question, id: string): boolean {
  return id === principal || id === asked_by;
}

/** Whether somebody may decide for a rule: it lists them, or somebody it lists let them. Who hands it on has it no more. */
function isEntitled(ask: Ask, actor: Omit<Actor, "source">, approval: Approval): boolean {
  const { question, acts } = approval;
  if (!ask.requester_may_approve && asksToo(question, actor) !== undefined) return false;
  const handed = handedOn(approval);
  if (handed.has(actor.id)) return false;
  if (isListed(ask, actor)) return true;
  return acts.some(
    ({ by, deed }) => deed.kind === "delegate" && leadsTo(actor.id, deed.to, handed) && isListed(ask, by),
  );
}

/** Whether a right that went to `first` has come to `person`; each hands on once at most, so this ends. */
function leadsTo(person: string, first: string, handed: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = first; at !== undefined && !seen.has(at); at = handed.get(at)) {
    if (at === person) return true;
    seen.add(at);
  }
  return false;
}

/** How many more persons each rule wants, in the order in which they asked. */
export function missing(approval: Approval): readonly { readonly rule: string; readonly more: number }[] {
  const voters = approval.acts.flatMap(({ by, deed }) => (deed.kind === "approve" ? [by] : []));
  return approval.question.asks.map((ask) => {
    const persons = voters
      .filter((voter) => isEntitled(ask, voter, approval))
      .reduce<readonly Actor[]>(
        (had, each) => (had.some((one) => areOneHand(one, each)) ? had : [...had, each]),
        [],
      );
    return { rule: ask.rule, more: Math.max(0, ask.quorum - persons.length) };
  });
}

function refused(code: Extract<Voted, { kind: "refused" }>["code"], why: string): Voted {
  return { kind: "refused", code, why };
}

/** What can be said while a question is as it is: what was approved can still be taken back. */
export function votesIn(
  state: Standing["state"],
  { sought }: Pick<Question, "sought">,
): readonly Vote["kind"][] {
  switch (state) {
    case "pending":
      return ["approve", "deny", "delegate"];
    case "approved":
      return sought?.kind === "break_glass" ? ["deny", "review"] : ["deny"];
    case "unreviewed":
      return ["deny", "review"];
    case "denied":
    case "used":
    case "reviewed":
    case "expired":
    case "void":
      return [];
  }
}

/** What stands in the way of somebody's vote. */
function obstacle(approval: Approval, by: Actor, deed: Vote, now: Instant): Voted | undefined {
  const { question, acts } = approval;
  const { state } = standingOf(approval, now);
  if (!votesIn(state, question).includes(deed.kind))
    return refused(
      "decided",
      `${state === "pending" ? "" : "Already decided: "}${question.id} ${STATE_WORDS[state]}.`,
    );
  if (acts.length >= MOST_ACTS)
    return refused("too-many", `${question.id} has been acted on ${MOST_ACTS} times.`);
  const own = asksToo(question, by);
  if (own !== undefined && question.asks.every((ask) => !ask.requester_may_approve))
    return refused("own-request", own);
  if (!question.asks.some((ask) => isEntitled(ask, by, approval))) {
    const handed = handedOn(approval).has(by.id) ? ", or has handed it on" : "";
    return refused(
      "not-approver",
      `${by.id} may not decide this: no rule that asks lists that name${handed}.`,
    );
  }
  if (deed.kind === "delegate" && isOwn(question, deed.to))
    return refused("own-request", "It cannot be handed to who asks.");
  if (deed.kind === "delegate" && deed.to === by.id) return refused("not-approver", "It is yours already.");
  if (deed.kind !== "approve" && deed.kind !== "delegate") return undefined;
  const before = acts.find((act) => act.deed.kind === "approve" && areOneHand(act.by, by));
  return before === undefined ? undefined : refused("voted", votedWord(by, before.by));
}

/**
 * One person's vote: the act to write, or why not. Approvals of distinct persons add up until every rule that asked has
 * its quorum; one denial ends it, and takes back what was approved and has not run yet.
 */
export function vote(approval: Approval, by: Actor, deed: Vote, reason: string, now: Instant): Voted {
  const against = obstacle(approval, by, deed, now);
  if (against !== undefined) return against;
  const act = { seq: approval.acts.length + 1, at: now, by, reason, deed };
  const after: Approval = { ...approval, acts: [...approval.acts, { ...act, state: "pending" }] };
  return { kind: "act", act: { ...act, state: outcome(deed, after) } };
}

function outcome({ kind }: Vote, after: Approval): State {
  if (kind === "deny") return "denied";
  if (kind === "review") return "reviewed";
  return missing(after).every(({ more }) => more === 0) ? "approved" : "pending";
}
