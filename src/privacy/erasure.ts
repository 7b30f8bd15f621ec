import type { Instant } from "../call/id.ts";
import { ROOT_TENANT } from "../call/permission.ts";
import type { TenantId } from "../call/principal.ts";
import type { Removed } from "../store/people/subjects.ts";
import type { Sealer } from "../store/sealed/sealer.ts";
import type { Store } from "../store/store.ts";

/** Whose data is to be destroyed, and what goes with it. */
export interface Doomed {
  readonly tenant: TenantId;
  readonly principal: string;
  /** Their id in records; undefined where nothing was ever sealed for them. */
  readonly id: string | undefined;
  /** Rows beside the record that go, by table. */
  readonly removed: Removed;
  /** Questions of theirs that nobody has answered, and that end. */
  readonly questions: number;
  /** Whether records of the time before there were keys name them: those are immutable, and stay. */
  readonly inClear: boolean;
}

export interface ErasurePorts {
  /** As gates have it: with its layer of seals. */
  readonly store: Store;
  readonly sealer: Pick<Sealer, "find">;
  readonly now: () => Instant;
}

const MOST_QUESTIONS = 500;

async function openQuestions({ store, now }: ErasurePorts, tenant: TenantId, principal: string) {
  const { approvals } = store.forTenant(tenant);
  return await approvals.list({ open: now(), principal, limit: MOST_QUESTIONS });
}

/** What an erasure would destroy. Changes nothing. */
export async function doomed(ports: ErasurePorts, tenant: TenantId, principal: string): Promise<Doomed> {
  const { store, sealer, now } = ports;
  const subject = await sealer.find(tenant, principal);
  const id = subject?.id;
  const removed = await store.subjects.named({ tenant, principal, id, at: now() });
  const questions = (await openQuestions(ports, tenant, principal)).length;
  const inClear = await store.subjects.inClear(tenant, principal);
  return { tenant, principal, id, removed, questions, inClear };
}

/** Nobody decides any more on what somebody asked who is no longer known. */
async function endQuestions(ports: ErasurePorts, tenant: TenantId, principal: string): Promise<void> {
  const { approvals } = ports.store.forTenant(tenant);
  for (const { question, acts } of await openQuestions(ports, tenant, principal))
    await approvals.act(question.id, {
      seq: acts.length + 1,
      at: ports.now(),
      by: { id: "portcullis", roles: [], source: "gate" },
      reason: "",
      deed: { kind: "void" },
      state: "void",
    });
}

/** Whether anything is kept of them there. */
export function isKept({ id, removed, inClear }: Doomed): boolean {
  return id !== undefined || inClear || Object.values(removed).some((rows) => rows > 0);
}

/** What an erasure in every tenant would destroy: of those, `declared` or known to the store, that keep anything of them. Changes nothing. */
export async function doomedEverywhere(
  ports: ErasurePorts,
  declared: readonly TenantId[],
  principal: string,
): Promise<readonly Doomed[]> {
  const { subjects, tenants } = ports.store;
  const known = (await tenants.list()).map(({ id }) => id);
  const all = [...new Set([ROOT_TENANT, ...declared, ...known, ...(await subjects.tenants())])].toSorted();
  const plans: Doomed[] = [];
  for (const tenant of all) plans.push(await doomed(ports, tenant, principal));
  return plans.filter(isKept);
}

/**
 * Destroys the key of a person's records in a tenant, what leads from their name to it, and what else is kept under their name. Gates
 * forget the key within a second. `told` hears what is being done. What the database still holds of it goes with `scrub` of the subjects.
 */
export async function erase(
  ports: ErasurePorts,
  { tenant, principal, id }: Doomed,
  told: (what: string) => void,
): Promise<Removed> {
  const { store, now } = ports;
  told("ending what they asked");
  await endQuestions(ports, tenant, principal);
  told("destroying the key");
  return await store.subjects.erase({ tenant, principal, id, at: now() });
}
