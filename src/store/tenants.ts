import type { Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import { once } from "./once.ts";

/** From the widest to the narrowest: an organisation holds tenants, a tenant holds projects. */
export const TENANT_KINDS = ["org", "tenant", "project"] as const;
export type TenantKind = (typeof TENANT_KINDS)[number];

/**
 * `suspended`: nobody of it is let in. `deleting`: neither, and its data is on its way out. `deleted`: what remains is evidence,
 * and the name is never given again.
 */
export type TenantState = "active" | "suspended" | "deleting" | "deleted";

/** A tenant as the store has it. */
export interface Tenant {
  /** What credentials name it. */
  readonly id: TenantId;
  readonly kind: TenantKind;
  /** The one above it, or "". */
  readonly parent: TenantId;
  /** For people. */
  readonly name: string;
  readonly state: TenantState;
  /** Of the gate's capacity, where several want more than there is: next to those of the others. */
  readonly share: number;
  readonly made_at: Instant;
  readonly made_by: string;
  readonly changed_at: Instant;
}

/** Tenants that one store holds, those included that were deleted. */
export const MAX_TENANTS = 10_000;
/** What credentials, the command line and the configuration take for a tenant. */
export const TENANT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
export const MAX_TENANT_NAME = 200;
export const MAX_SHARE = 1000;

/** Rows of a tenant that one `rows` gives at most. */
export const MAX_ROWS = 1_000;

/** One row of one table, as the database has it. */
export type RawRow = Readonly<Record<string, string | number | null>>;

/** Who there is, and what of theirs is kept. Shared by all gates of a store. */
export interface Tenants {
  /** By their ids; at most `MAX_TENANTS`. */
  list(): Promise<readonly Tenant[]>;
  /** False where there is, or was, one of that id already. Rejects with RangeError where the store holds as many as may be. */
  add(tenant: Tenant): Promise<boolean>;
  /** Moves it from one of these states to another. False where it is in none of them. */
  move(id: TenantId, from: readonly TenantState[], to: TenantState, at: Instant): Promise<boolean>;
  /** Grows with each change of them, in the order in which that becomes visible. */
  changes(): Promise<number>;
  /** The tables that hold anything of a tenant, by name. */
  tables(): Promise<readonly string[]>;
  /** What a table holds of a tenant, in no order that means anything, from that many rows on; at most `MAX_ROWS`. */
  rows(id: TenantId, table: string, from: number): Promise<readonly RawRow[]>;
  /** Deletes what a table holds of a tenant; gives how many rows. Rejects where the table is immutable. */
  purge(id: TenantId, table: string): Promise<number>;
  /** How tenants are kept apart in the store: `types` in a file; `rows`, or why the database does not guard them. */
  fence(): Promise<string>;
}

/** A row as both engines give it. */
export interface TenantRow extends Omit<Tenant, "id"> {
  readonly tenant: string;
}

export const TENANT_COLUMNS = [
  "tenant",
  "kind",
  "parent",
  "name",
  "state",
  "share",
  "made_at",
  "made_by",
  "changed_at",
] as const satisfies readonly (keyof TenantRow)[];

/** The cells of a tenant, in the order of `TENANT_COLUMNS`. */
export function tenantCells({ id, ...rest }: Tenant): readonly (string | number)[] {
  return TENANT_COLUMNS.map((column) => ({ ...rest, tenant: id })[column]);
}

export function tenantOf({ tenant, ...rest }: TenantRow): Tenant {
  return Object.freeze({ id: tenant, ...rest });
}

/** Tenants whose engine is loaded with the first use. */
export function tenantsLater(load: () => Promise<Tenants>): Tenants {
  const engine = once(load);
  return {
    list: async () => await (await engine()).list(),
    add: async (tenant) => await (await engine()).add(tenant),
    move: async (id, from, to, at) => await (await engine()).move(id, from, to, at),
    changes: async () => await (await engine()).changes(),
    tables: async () => await (await engine()).tables(),
    rows: async (id, table, from) => await (await engine()).rows(id, table, from),
    purge: async (id, table) => await (await engine()).purge(id, table),
    fence: async () => await (await engine()).fence(),
  };
}
