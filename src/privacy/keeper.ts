import type { TenantId } from "../call/principal.ts";
import { MAX_SUBJECTS, type SubjectKeys, type SubjectRow } from "../store/people/subjects.ts";
import type { Sealer, Subject } from "../store/sealed/sealer.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { openMasters, type TenantKeys } from "./masters.ts";
import { following, type Memory, memory } from "./memory.ts";
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

/** Within a second no gate of the store knows a key that was destroyed. */
const EVERY_MS = 500;
/** Others may make a subject, or change its master key, while this one looks. */
const TRIES = 5;

function unavailable(error: unknown): unknown {
  if (error instanceof JournalUnavailable) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new JournalUnavailable("unreachable", `The keys of the records cannot be had: ${message}`, error);
}

/** What of a store's keys one process has opened. */
function opening({ keys, root, now = Date.now }: KeeperOptions, known: Memory) {
  const tenants = new Map<TenantId, Promise<TenantKeys | undefined>>();

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

  /** Whoever is called so, made where nobody is. */
  async function meet(tenant: TenantId, name: string): Promise<Subject> {
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
  return { keysOf, openRow, meet, clear: () => tenants.clear() };
}

/**
 * The keys that records are sealed with, for one process. Nothing is loaded, asked or made before something is sealed or opened. Who is
 * known is given at once; a new subject is durable before its key seals anything.
 */
export function keeper(options: KeeperOptions): Sealer {
  const { keys, every_ms = EVERY_MS } = options;
  const known = memory();
  const erasures = following(keys, every_ms, known);
  const { keysOf, openRow, meet, clear } = opening(options, known);
  const underWay = new Map<string, Promise<Subject>>();

  async function find(tenant: TenantId, name: string): Promise<Subject | undefined> {
    const subject = known.named(tenant, name);
    if (subject !== undefined) return subject;
    await erasures.begin();
    const own = await keysOf(tenant, false);
    const row = own === undefined ? undefined : await keys.byLookup(tenant, own.lookup(name));
    return own === undefined || row === undefined ? undefined : await openRow(row, own);
  }

  async function by(tenant: TenantId, ids: readonly string[]): Promise<ReadonlyMap<string, Subject>> {
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
  }

  return {
    of(tenant, name) {
      const subject = known.named(tenant, name);
      if (subject !== undefined) return subject;
      const key = `${tenant}\n${name}`;
      const already = underWay.get(key);
      if (already !== undefined) return already;
      const met = erasures
        .begin()
        .then(() => meet(tenant, name))
        .catch((error: unknown) => {
          throw unavailable(error);
        })
        .finally(() => underWay.delete(key));
      underWay.set(key, met);
      return met;
    },
    find,
    by,
    async close() {
      await erasures.stop();
      known.clear();
      clear();
    },
  };
}
