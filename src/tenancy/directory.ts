import type { TenantId } from "../call/principal.ts";
import type { DeclaredTenant, TenantsConfig } from "../config/tenants.ts";
import { type Tenant, TENANT_KINDS } from "../store/tenants.ts";

/** A tenant, where it stands, and whether anybody of it is let in. */
export interface Placed extends Pick<Tenant, "id" | "kind" | "parent" | "name" | "state" | "share"> {
  /** From the widest above it to itself. */
  readonly path: readonly TenantId[];
  /** It and all above it are active. */
  readonly open: boolean;
  /** ms; undefined where the configuration declares it and nothing was done to it yet. */
  readonly made_at: number | undefined;
  readonly declared: boolean;
}

/** Who there is. Frozen, and replaced as a whole. */
export interface Directory {
  get(id: TenantId): Placed | undefined;
  /** By their ids. */
  all(): readonly Placed[];
}

/** Whoever names no tenant is of this one; it cannot be suspended. */
export const DEFAULT_TENANT = "default";

type Entry = Omit<Placed, "path" | "open">;

function ofDeclared({ id, kind, parent, name, share }: DeclaredTenant, row: Tenant | undefined): Entry {
  const { state = "active", made_at } = row ?? {};
  return { id, kind, parent, name, share, state, made_at, declared: true };
}

function ofRow({ id, kind, parent, name, share, state, made_at }: Tenant): Entry {
  return { id, kind, parent, name, share, state, made_at, declared: false };
}

const ofDefault: Entry = {
  id: DEFAULT_TENANT,
  kind: "tenant",
  parent: "",
  name: DEFAULT_TENANT,
  share: 1,
  state: "active",
  made_at: undefined,
  declared: false,
};

/** From the widest to the entry; undefined where one of them is not there. No ring is followed: each is wider than the last. */
function pathOf(entry: Entry, entries: ReadonlyMap<TenantId, Entry>): readonly Entry[] | undefined {
  if (entry.parent === "") return [entry];
  const above = entries.get(entry.parent);
  if (above === undefined || !isWider(above, entry)) return undefined;
  const path = pathOf(above, entries);
  return path === undefined ? undefined : [...path, entry];
}

/** Whether one may stand above another. */
export function isWider(above: Pick<Tenant, "kind">, below: Pick<Tenant, "kind">): boolean {
  return TENANT_KINDS.indexOf(above.kind) < TENANT_KINDS.indexOf(below.kind);
}

/**
 * What the configuration declares and what the store holds, as one. What is declared says what a tenant is, the store in
 * which state. A tenant whose parent is not there is closed.
 */
export function directoryOf({ strict, declared }: TenantsConfig, rows: readonly Tenant[]): Directory {
  const kept = new Map(rows.map((row) => [row.id, row]));
  const entries = new Map<TenantId, Entry>();
  if (!strict) entries.set(DEFAULT_TENANT, ofDefault);
  for (const row of rows) if (row.id !== DEFAULT_TENANT) entries.set(row.id, ofRow(row));
  for (const each of declared) entries.set(each.id, ofDeclared(each, kept.get(each.id)));
  const placed = new Map<TenantId, Placed>();
  for (const entry of entries.values()) {
    const path = pathOf(entry, entries);
    placed.set(
      entry.id,
      Object.freeze({
        ...entry,
        path: (path ?? [entry]).map(({ id }) => id),
        open: path?.every(({ state }) => state === "active") ?? false,
      }),
    );
  }
  const all = [...placed.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return Object.freeze({ get: (id: TenantId) => placed.get(id), all: () => all });
}
