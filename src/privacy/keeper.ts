import type { TenantId } from "../call/principal.ts";
import type { Sealer, Subject } from "../store/sealer.ts";
import { MAX_SUBJECTS, type SubjectKeys, type SubjectRow } from "../store/subjects.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { openMasters, type TenantKeys } from "./masters.ts";
import type { Root } from "./root.ts";
import { newSubject, openSubject, StaleKeys } from "./subject.ts";

export interface KeeperOptions {
  readonly keys: SubjectKeys;
  /** What wraps master keys; asked for when first something is sealed or opened. */
  readonly root: () => Promise<Root>;
  readonly now?: () => number;
  /** How often it is asked whose key was destroyed. */
  readonly every_ms?: number;
}

/** Subjects that are remembered; who has not been heard of for longest is looked up again. */
const MOST_KNOWN = 20_000;
/** Within a second no gate of the store knows a key that was destroyed. */
const EVERY_MS = 500;
/** Others may make a subject, or change its master key, while this one looks. */
const TRIES = 5;

function unavailable(error: unknown): unknown {
  if (error instanceof JournalUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new JournalUnavailable("unreachable", `The keys of the records cannot be had: ${message}`, error);
}

/** Subjects by name and by id, the one used last at the end. */
function memory() {
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
function following(keys: SubjectKeys, every_ms: number, known: ReturnType<typeof memory>) {
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

/**
 * The keys that records are sealed with, for one process. Nothing is loaded, asked or made before something is sealed or opened. Who is
 * known is given at once; a new subject is durable before its key seals anything.
 */
export function keeper({ keys, root, now = Date.now, every_ms = EVERY_MS }: KeeperOptions): Sealer & {
  /** A tenant's keys, as they stand in the store now. */
  readonly refresh: (tenant: TenantId) => Promise<TenantKeys | undefined>;
} {
  const known = memory();
  const erasures = following(keys, every_ms, known);
  const tenants = new Map<TenantId, Promise<TenantKeys | undefined>>();
  const underWay = new Map<string, Promise<Subject>>();

  function load(tenant: TenantId, make: boolean): Promise<TenantKeys | undefined> {
    const opened = root().then((each) => openMasters(keys, each, tenant, make ? now() : undefined));
    const kept = opened.then(
      (found) => {
        if (found === undefined) tenants.delete(tenant);
        return found;
      },
      (error: unknown) => {
        tenants.delete(tenant);
        throw unavailable(error);
      },
    );
    tenants.set(tenant, kept);
    return kept;
  }
  const keysOf = async (tenant: TenantId, make: boolean): Promise<TenantKeys | undefined> =>
    (await tenants.get(tenant)) ?? (await load(tenant, make));

  /** Opens a row, with the keys as they are now where those that are known do not fit. */
  async function openRow(row: SubjectRow, own: TenantKeys): Promise<Subject> {
    try {
      return known.keep(row.tenant, openSubject(own, row));
    } catch (error) {
      if (!(error instanceof StaleKeys)) throw error;
      const fresh = await load(row.tenant, false);
      if (fresh === undefined) throw error;
      return known.keep(row.tenant, openSubject(fresh, row));
    }
  }

  async function meet(tenant: TenantId, name: string): Promise<Subject> {
    await erasures.begin();
    for (let tries = 0; tries < TRIES; tries += 1) {
      const own = await (tries === 0 ? keysOf(tenant, true) : load(tenant, true));
      if (own === undefined) continue;
      const found = await keys.byLookup(tenant, own.lookup(name));
      if (found !== undefined) return await openRow(found, own);
      const { subject, row } = newSubject(own, tenant, name, now());
      if ((await keys.add(row)) === "added") return known.keep(tenant, subject);
    }
    throw new Error("somebody else changes the same keys again and again");
  }

  function of(tenant: TenantId, name: string): Subject | Promise<Subject> {
    const subject = known.named(tenant, name);
    if (subject !== undefined) return subject;
    const key = `${tenant}\n${name}`;
    const already = underWay.get(key);
    if (already !== undefined) return already;
    const met = meet(tenant, name)
      .catch((error: unknown) => {
        throw unavailable(error);
      })
      .finally(() => underWay.delete(key));
    underWay.set(key, met);
    return met;
  }

  return {
    of,
    async find(tenant, name) {
      const subject = known.named(tenant, name);
      if (subject !== undefined) return subject;
      await erasures.begin();
      const own = await keysOf(tenant, false);
      const row = own === undefined ? undefined : await keys.byLookup(tenant, own.lookup(name));
      return own === undefined || row === undefined ? undefined : await openRow(row, own);
    },
    async by(tenant, ids) {
      const found = new Map<string, Subject>();
      const missing: string[] = [];
      for (const id of ids) {
        const subject = known.identified(tenant, id);
        if (subject === undefined) missing.push(id);
        else found.set(id, subject);
      }
      if (missing.length === 0) return found;
      await erasures.begin();
      const own = await keysOf(tenant, false);
      if (own === undefined) return found;
      for (let from = 0; from < missing.length; from += MAX_SUBJECTS)
        for (const row of await keys.byIds(tenant, missing.slice(from, from + MAX_SUBJECTS)))
          found.set(row.id, await openRow(row, own));
      return found;
    },
    refresh: (tenant) => load(tenant, false),
    async close() {
      await erasures.stop();
      known.clear();
      tenants.clear();
    },
  };
}
