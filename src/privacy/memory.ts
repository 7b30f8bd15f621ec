import type { TenantId } from "../call/principal.ts";
import { MAX_SUBJECTS, type SubjectKeys } from "../store/people/subjects.ts";
import type { Subject } from "../store/sealed/sealer.ts";

/** Subjects that are remembered; who has not been heard of for longest is looked up again. */
const MOST_KNOWN = 20_000;

export type Memory = ReturnType<typeof memory>;

/** Subjects by name and by id, the one used last at the end. */
export function memory() {
  const byName = new Map<string, Subject>();
  const byId = new Map<string, Subject>();
  const gone = new Set<string>();
  const nameKey = (tenant: TenantId, name: string): string => `${tenant}\n${name}`;
  const idKey = (tenant: TenantId, id: string): string => `${tenant}\n${id}`;
  const drop = (tenant: TenantId, id: string): void => {
    const known = byId.get(idKey(tenant, id));
    if (known === undefined) return;
    byId.delete(idKey(tenant, id));
    byName.delete(nameKey(tenant, known.name));
  };
  return {
    named: (tenant: TenantId, name: string) => byName.get(nameKey(tenant, name)),
    identified: (tenant: TenantId, id: string) => byId.get(idKey(tenant, id)),
    keep(tenant: TenantId, subject: Subject): Subject {
      drop(tenant, subject.id);
      if (gone.has(idKey(tenant, subject.id))) return subject; // it was destroyed while it was looked up
      byName.set(nameKey(tenant, subject.name), subject);
      byId.set(idKey(tenant, subject.id), subject);
      const [oldest] = byId.keys();
      if (byId.size > MOST_KNOWN && oldest !== undefined) {
        const [whose = "", id = ""] = oldest.split("\n");
        drop(whose, id);
      }
      return subject;
    },
    forget(tenant: TenantId, id: string): void {
      drop(tenant, id);
      gone.add(idKey(tenant, id));
      const [oldest] = gone;
      if (gone.size > MOST_KNOWN && oldest !== undefined) gone.delete(oldest);
    },
    clear() {
      byName.clear();
      byId.clear();
    },
  };
}

/** Asks again and again whose key was destroyed, and forgets them. Keeps no process alive. */
export function following(keys: SubjectKeys, every_ms: number, known: Memory) {
  let seen: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let underWay: Promise<void> | undefined;
  async function look(): Promise<void> {
    const changes = await keys.changes();
    if (seen !== undefined && changes > seen) {
      for (const { tenant, id } of await keys.erasures(seen)) known.forget(tenant, id);
      // More than one page of them: whoever is left is looked up again.
      if (changes - seen > MAX_SUBJECTS) known.clear();
    }
    seen = changes;
  }
  const turn = async (): Promise<void> => {
    await look().catch(() => known.clear()); // what cannot be asked is not relied on
    timer = setTimeout(() => void (underWay = turn()), every_ms).unref();
  };
  return {
    /** Resolves when it is known where to follow from: before anything is remembered. */
    begin: () => (underWay ??= turn()),
    async stop() {
      const last = underWay;
      underWay = Promise.resolve();
      await last;
      clearTimeout(timer);
    },
  };
}
