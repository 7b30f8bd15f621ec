import { actId, type Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { TenantId } from "../call/principal.ts";
import { MAX_SUBJECTS } from "../store/people/subjects.ts";
import type { Store } from "../store/store.ts";
import {
  MAX_SHARE,
  MAX_TENANT_NAME,
  TENANT_ID,
  type Tenant,
  type TenantKind,
  type TenantState,
} from "../store/tenants.ts";
import { DEFAULT_TENANT, type Directory, isWider, type Placed } from "./directory.ts";
import { HOLDINGS } from "./tables.ts";

/** Who changes tenants, and when. */
export interface Doing {
  readonly store: Store;
  readonly directory: Directory;
  readonly who: string;
  readonly now: Instant;
}

/** Why something cannot be done. */
export interface Cannot {
  readonly kind: "cannot";
  /** `unknown`: there is no such tenant. `state`: not as it is now. `shape`: not like this. */
  readonly cause: "unknown" | "state" | "shape";
  readonly why: string;
}

const cannot = (cause: Cannot["cause"], why: string): Cannot => ({ kind: "cannot", cause, why });

/** Writes what was done into the record of the tenants that it concerns. Rejects with JournalUnavailable. */
async function noted(
  { store, who, now }: Doing,
  action: string,
  object: TenantId,
  tenants: readonly TenantId[],
  detail: JsonObject = {},
): Promise<void> {
  for (const tenant of new Set(tenants))
    await store.forTenant(tenant).acts.write({
      kind: "act",
      id: actId(now),
      at: now,
      principal: who,
      action,
      object,
      outcome: "ok",
      detail,
    });
}

/** A tenant to be. */
export interface Wanted {
  readonly id: TenantId;
  readonly kind: TenantKind;
  /** The one above it, or "". */
  readonly parent: TenantId;
  readonly name: string;
  readonly share: number;
}

// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

function misshapen({ id, name, share, kind, parent }: Wanted, directory: Directory): string | undefined {
  if (!TENANT_ID.test(id)) return "A tenant's id is up to 64 letters, digits, `.`, `_` and `-`.";
  if (name === "" || name.length > MAX_TENANT_NAME || CONTROL.test(name))
    return `A tenant's name has 1 to ${MAX_TENANT_NAME} characters, and no control characters.`;
  if (!Number.isInteger(share) || share < 1 || share > MAX_SHARE)
    return `A tenant's share is a whole number from 1 to ${MAX_SHARE}.`;
  if (parent === "") return undefined;
  const above = directory.get(parent);
  if (above === undefined || above.state === "deleted") return `There is no tenant ${parent} to be above it.`;
  return isWider(above, { kind }) ? undefined : `A ${kind} is not below a ${above.kind}.`;
}

/** Sets a tenant up. Rejects as the store does, with RangeError where it holds as many as may be. */
export async function createTenant(doing: Doing, wanted: Wanted): Promise<Tenant | Cannot> {
  const { store, directory, who, now } = doing;
  const wrong = misshapen(wanted, directory);
  if (wrong !== undefined) return cannot("shape", wrong);
  const taken = cannot("state", `The id ${wanted.id} was given already, and none is given twice.`);
  if (wanted.id === DEFAULT_TENANT || directory.get(wanted.id) !== undefined) return taken;
  const tenant: Tenant = { ...wanted, state: "active", made_at: now, made_by: who, changed_at: now };
  if (!(await store.tenants.add(tenant))) return taken;
  const { kind, parent, share } = wanted;
  await noted(doing, "tenant.made", wanted.id, [DEFAULT_TENANT, wanted.id], { kind, parent, share });
  return tenant;
}

/** A tenant that the configuration alone declares gets its row, so that it has a state. */
async function rooted({ store, who, now }: Doing, placed: Placed): Promise<void> {
  const { id, kind, parent, name, share } = placed;
  if (placed.made_at !== undefined) return;
  await store.tenants.add({
    id,
    kind,
    parent,
    name,
    share,
    state: "active",
    made_at: now,
    made_by: who,
    changed_at: now,
  });
}

async function moved(
  doing: Doing,
  id: TenantId,
  from: readonly TenantState[],
  to: TenantState,
): Promise<Cannot | undefined> {
  const placed = doing.directory.get(id);
  if (id === DEFAULT_TENANT) return cannot("state", "The tenant default is that of the gate itself.");
  if (placed === undefined) return cannot("unknown", `There is no tenant ${id}.`);
  await rooted(doing, placed);
  if (await doing.store.tenants.move(id, from, to, doing.now)) return undefined;
  return cannot("state", `The tenant ${id} is ${placed.state}.`);
}

/** Shuts everybody of a tenant and of what is below it out, at every gate of the store, within a second. */
export async function suspendTenant(doing: Doing, id: TenantId): Promise<Cannot | undefined> {
  const refused = await moved(doing, id, ["active"], "suspended");
  if (refused === undefined) await noted(doing, "tenant.suspended", id, [DEFAULT_TENANT, id]);
  return refused;
}

/** Lets them in again. */
export async function resumeTenant(doing: Doing, id: TenantId): Promise<Cannot | undefined> {
  const refused = await moved(doing, id, ["suspended"], "active");
  if (refused === undefined) await noted(doing, "tenant.resumed", id, [DEFAULT_TENANT, id]);
  return refused;
}

/** Puts on record that everything of a tenant that may leave the gate is about to. Rejects with JournalUnavailable. */
export async function noteExport(doing: Doing, id: TenantId): Promise<void> {
  await noted(doing, "tenant.exported", id, [DEFAULT_TENANT, id]);
}

/** What went, and what is still there of a tenant that was deleted. */
export interface Deleted {
  readonly kind: "deleted";
  /** Whose keys were destroyed: what was sealed with them can be read by nobody. */
  readonly subjects: number;
  /** By table, how many rows went. */
  readonly removed: Readonly<Record<string, number>>;
  /** By table, why its rows stay. */
  readonly remains: Readonly<Record<string, string>>;
  /** What the engine could not overwrite, or "". */
  readonly scrubbed: string;
  /** Nothing of it was sealed, so what stays can be read. */
  readonly inClear: boolean;
}

/** Destroys the keys under which everything personal of a tenant is sealed; gives how many people had one. */
async function destroyKeys({ store, now }: Doing, tenant: TenantId): Promise<number> {
  const { subjects } = store;
  let destroyed = 0;
  for (;;) {
    const page = await subjects.page(tenant, "", MAX_SUBJECTS);
    for (const { id } of page) await subjects.erase({ tenant, principal: "", id, at: now });
    destroyed += page.length;
    if (page.length < MAX_SUBJECTS) break;
  }
  for (const { n } of await subjects.masters(tenant)) await subjects.dropMaster(tenant, n);
  return destroyed;
}

/** Deletes what does not have to stay. */
async function purged({ store }: Doing, tenant: TenantId): Promise<Pick<Deleted, "removed" | "remains">> {
  const removed: Record<string, number> = {};
  const remains: Record<string, string> = {};
  for (const table of await store.tenants.tables()) {
    const stays = HOLDINGS[table]?.stays;
    if (stays === undefined) {
      const rows = await store.tenants.purge(tenant, table);
      if (rows > 0) removed[table] = rows;
    } else if ((await store.tenants.rows(tenant, table, 0)).length > 0) remains[table] = stays;
  }
  return { removed, remains };
}

/**
 * Deletes a tenant: shuts it out, destroys the keys of everything that is sealed, and deletes what is no evidence. Whatever ended in
 * the middle is gone on with by doing it again; done again afterwards, it takes what calls wrote that were still under way. The
 * record of it is in `default`, because nobody is left to read another. `heard` resolves when every gate has seen that the tenant
 * is shut out.
 */
export async function deleteTenant(
  doing: Doing,
  id: TenantId,
  heard: () => Promise<void> = () => Promise.resolve(),
): Promise<Deleted | Cannot> {
  const { store, directory } = doing;
  const below = directory.all().find((each) => each.parent === id && each.state !== "deleted");
  if (below !== undefined) return cannot("state", `The tenant ${below.id} is below it: delete that first.`);
  const again = directory.get(id)?.state === "deleted";
  if (!again) {
    const refused = await moved(doing, id, ["active", "suspended", "deleting"], "deleting");
    if (refused !== undefined) return refused;
    await noted(doing, "tenant.deleting", id, [DEFAULT_TENANT]);
    await heard();
  }
  const inClear = (await store.subjects.masters(id)).length === 0;
  const subjects = await destroyKeys(doing, id);
  const { removed, remains } = await purged(doing, id);
  const scrubbed = await store.subjects.scrub();
  await store.tenants.move(id, ["deleting"], "deleted", doing.now);
  await noted(doing, "tenant.deleted", id, [DEFAULT_TENANT], { subjects, removed });
  return {
    kind: "deleted",
    subjects,
    removed,
    remains,
    scrubbed,
    inClear: inClear && !again && remains["opened"] !== undefined,
  };
}
