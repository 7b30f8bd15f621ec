import type { TenantId } from "../call/principal.ts";
import { MAX_SUBJECTS, type MasterRow, type SubjectKeys } from "../store/people/subjects.ts";
import { newMaster, openMasters, rewrapped } from "./masters.ts";
import type { Root } from "./root.ts";
import { rewrapSubject } from "./subject.ts";

/** How far a rotation has come. */
export interface Progress {
  readonly tenant: TenantId;
  readonly done: number;
  readonly total: number;
}

export interface RotationPorts {
  readonly keys: SubjectKeys;
  readonly root: Root;
  readonly now: () => number;
  readonly told?: (progress: Progress) => void;
}

export interface Rotated {
  readonly tenants: number;
  readonly subjects: number;
  /** A new key that wraps those of tenants; undefined where somebody else makes it. */
  readonly root: string | undefined;
  /** Data keys that could not be opened: their rows were changed by hand, and stay as they are. */
  readonly unreadable: number;
}

/** Subjects that are wrapped anew in one transaction. */
const PAGE = Math.min(500, MAX_SUBJECTS);
/** Gates may add subjects under the old key while it is replaced. */
const ROUNDS = 100;

/** Number of a master key; 0 is not one. */
function mastersIn(rows: readonly MasterRow[]): readonly number[] {
  return rows.map(({ n }) => n).filter((n) => n > 0);
}

/** A new master key, unless a rotation that was broken off has made one already. */
async function begun({ keys, root, now }: RotationPorts, tenant: TenantId): Promise<void> {
  const numbers = mastersIn(await keys.masters(tenant));
  const newest = Math.max(...numbers);
  if (numbers.length === 1) await keys.addMasters([await newMaster(root, tenant, newest + 1, now())]);
}

/** All subjects of a tenant under its newest master key; the old ones are destroyed. */
async function rewrapSubjects(ports: RotationPorts, tenant: TenantId) {
  const { keys, root, told } = ports;
  const own = await openMasters(keys, root, tenant, undefined);
  if (own === undefined) return { subjects: 0, unreadable: 0 };
  const total = [...(await keys.count(tenant)).values()].reduce((sum, each) => sum + each, 0);
  const bad = new Set<string>();
  let subjects = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let after = "", more = true; more; ) {
      const rows = await keys.page(tenant, after, PAGE, own.current.n);
      more = rows.length === PAGE;
      after = rows.at(-1)?.id ?? "";
      const wrapped = rows.flatMap((row) => {
        try {
          return [rewrapSubject(own, row)];
        } catch {
          bad.add(row.id);
          return [];
        }
      });
      await keys.rewrap(wrapped);
      subjects += wrapped.length;
      told?.({ tenant, done: total - bad.size < subjects ? total : subjects, total });
    }
    const old = mastersIn(await keys.masters(tenant)).filter((n) => n !== own.current.n);
    let left = 0;
    for (const n of old) if (!(await keys.dropMaster(tenant, n))) left += 1;
    if (left === 0 || bad.size > 0) break;
  }
  return { subjects, unreadable: bad.size };
}

/** Rotates the keys of one tenant. */
async function rotateTenant(ports: RotationPorts, tenant: TenantId) {
  const { keys, root, now } = ports;
  await begun(ports, tenant);
  const primary = await root.primary();
  for (const row of await keys.masters(tenant))
    if (row.root !== primary) await keys.rewrapMaster(await rewrapped(root, row, now()));
  return await rewrapSubjects(ports, tenant);
}

/** Root keys that wrap nothing any more. */
async function unused({ keys, root }: RotationPorts): Promise<readonly string[]> {
  const used = new Set<string>();
  for (const tenant of await keys.tenants())
    for (const { root: by } of await keys.masters(tenant)) used.add(by);
  return (await root.keys()).filter(({ id, primary }) => !primary && !used.has(id)).map(({ id }) => id);
}

/**
 * Puts all data keys under new master keys, and master keys under the root key in use: one tenant's, or everybody's, and then the root key is
 * new as well where it is ours to make. Records are not touched: they are sealed with data keys, which stay. Gates go on
 * meanwhile. What was broken off goes on where it was: what is left to do follows from what is there.
 */
export async function rotate(ports: RotationPorts, tenant?: TenantId): Promise<Rotated> {
  const { keys, root } = ports;
  const underWay = (await root.keys()).length > 1;
  const renewed = tenant === undefined && !underWay ? await root.renew?.() : undefined;
  const tenants = tenant === undefined ? await keys.tenants() : [tenant];
  let subjects = 0;
  let unreadable = 0;
  for (const each of tenants) {
    if ((await keys.masters(each)).length === 0) continue;
    const done = await rotateTenant(ports, each);
    subjects += done.subjects;
    unreadable += done.unreadable;
  }
  if (tenant === undefined) await root.retire?.(await unused(ports));
  return { tenants: tenants.length, subjects, root: renewed, unreadable };
}
