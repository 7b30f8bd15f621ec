import type { TenantId } from "../../call/principal.ts";
import type { Act, Approval, Approvals, Matter, Owned, Question } from "../approvals.ts";
import { sealLetters } from "./outbox.ts";
import { SEALED, unsealed } from "./row.ts";
import type { Sealer, Subject } from "./sealer.ts";

/** A question or an act as it is kept: its own shape, with nothing personal in it, and the whole as a token. */
type Kept<T> = T & { readonly [SEALED]?: string };

/** What the gate itself does is nobody's. */
const GATE = "gate";

function sealQuestion(question: Question, subject: Subject): Kept<Question> {
  const { id, at, call, expires, sought, shown } = question;
  const target = shown.target_kind === "resource" ? subject.commit(shown.target) : shown.target;
  return {
    id,
    at,
    ...(call !== undefined && { call }),
    ...(sought !== undefined && { sought: { kind: sought.kind, for_ms: sought.for_ms, reason: "" } }),
    principal: subject.id,
    subject: subject.commit(question.subject),
    binding: subject.commit(question.binding),
    // Without the key nobody is left to ask, so nobody can approve it.
    asks: [],
    expires,
    shown: {
      server: shown.server,
      method: shown.method,
      target,
      target_kind: shown.target_kind,
      client: shown.client,
      args: {},
      whole: false,
      args_digest: subject.commit(shown.args_digest),
      definition: shown.definition,
      policy_version: shown.policy_version,
    },
    [SEALED]: subject.seal(JSON.stringify(question)),
  };
}

function sealAct(act: Act, subject: Subject): Kept<Act> {
  const { seq, at, by, deed, state } = act;
  return {
    seq,
    at,
    by: { id: subject.id, roles: by.roles, source: by.source },
    reason: "",
    deed:
      deed.kind === "approve"
        ? { ...deed, preview: subject.commit(deed.preview) }
        : deed.kind === "delegate"
          ? { ...deed, to: "" }
          : deed,
    state,
    [SEALED]: subject.seal(JSON.stringify(act)),
  };
}

function whole<T extends object>(kept: Kept<T>, subject: Subject | undefined): T {
  const { [SEALED]: token, ...rest } = kept;
  if (token === undefined) return kept;
  return (unsealed(token, subject) as T | undefined) ?? (rest as unknown as T);
}

async function sealedAct(sealer: Sealer, tenant: TenantId, act: Act): Promise<Act> {
  return act.by.source === GATE ? act : sealAct(act, await sealer.of(tenant, act.by.id));
}

/** What a call brings of approvals, as it is kept. */
export async function sealQuestionMatter(sealer: Sealer, tenant: TenantId, matter: Matter): Promise<Matter> {
  if (matter.kind === "use") return { ...matter, act: await sealedAct(sealer, tenant, matter.act) };
  const { question, letters, act } = matter;
  return {
    kind: "ask",
    question: sealQuestion(question, await sealer.of(tenant, question.principal)),
    letters: await sealLetters(sealer, letters),
    ...(act !== undefined && { act: await sealedAct(sealer, tenant, act) }),
  };
}

/** Questions and acts as they were. Where a key is gone they are as they are kept. */
async function openApprovals(
  sealer: Sealer,
  tenant: TenantId,
  approvals: readonly Approval[],
): Promise<readonly Approval[]> {
  const people = approvals.flatMap(({ question, acts }) => [
    ...(SEALED in question ? [question.principal] : []),
    ...acts.flatMap((act) => (SEALED in act ? [act.by.id] : [])),
  ]);
  if (people.length === 0) return approvals;
  const subjects = await sealer.by(tenant, [...new Set(people)]);
  return approvals.map(({ question, acts }) => ({
    question: whole<Question>(question, subjects.get(question.principal)),
    acts: acts.map((act) => whole<Act>(act, subjects.get(act.by.id))),
  }));
}

/** The same for those of many tenants, in their order. */
export async function openOwned(sealer: Sealer, owned: readonly Owned[]): Promise<readonly Owned[]> {
  const opened = new Map<TenantId, readonly Approval[]>();
  for (const tenant of new Set(owned.map((each) => each.tenant))) {
    const own = owned.filter((each) => each.tenant === tenant).map(({ approval }) => approval);
    opened.set(tenant, await openApprovals(sealer, tenant, own));
  }
  const next = new Map<TenantId, number>();
  return owned.map(({ tenant, approval }) => {
    const at = next.get(tenant) ?? 0;
    next.set(tenant, at + 1);
    return { tenant, approval: opened.get(tenant)?.[at] ?? approval };
  });
}

/** Ids sort by time, so the newest come first. */
function newest(approvals: readonly Approval[], limit: number): readonly Approval[] {
  return approvals.toSorted((a, b) => (a.question.id < b.question.id ? 1 : -1)).slice(0, limit);
}

/** Questions that are sealed for who asks, and acts for who did them. Those of the time before are found beside them. */
export function sealedApprovals(inner: Approvals, tenant: TenantId, sealer: Sealer): Approvals {
  const opened = (found: readonly Approval[]) => openApprovals(sealer, tenant, found);
  return {
    async get(id) {
      const found = await inner.get(id);
      return found === undefined ? undefined : (await opened([found]))[0];
    },
    async about(subject, limit, principal, bindings) {
      const known = await sealer.find(tenant, principal);
      const own =
        known === undefined
          ? []
          : await inner.about(known.commit(subject), limit, known.id, bindings?.map(known.commit));
      const before = await inner.about(subject, limit, principal, bindings);
      return await opened(newest([...own, ...before], limit));
    },
    async ask(question, letters, act) {
      const matter = await sealQuestionMatter(sealer, tenant, {
        kind: "ask",
        question,
        letters,
        ...(act !== undefined && { act }),
      });
      if (matter.kind !== "ask") return false;
      return await inner.ask(matter.question, matter.letters, matter.act);
    },
    async list(filter) {
      const { principal, limit } = filter;
      if (principal === undefined) return await opened(await inner.list(filter));
      const known = await sealer.find(tenant, principal);
      const own = known === undefined ? [] : await inner.list({ ...filter, principal: known.id });
      return await opened(newest([...own, ...(await inner.list(filter))], limit));
    },
    act: async (id, act) => await inner.act(id, await sealedAct(sealer, tenant, act)),
  };
}
