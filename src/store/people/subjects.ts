import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { once } from "../once.ts";

/** A tenant's master key as it is kept. */
export interface MasterRow {
  readonly tenant: TenantId;
  /** 0: the key that names are looked up by. The highest of the others is the one in use. */
  readonly n: number;
  readonly at: Instant;
  /** Wrapped by `root`. */
  readonly wrapped: string;
  /** The name of what wrapped it: a key in a file, of Vault, of a cloud. */
  readonly root: string;
  readonly rewrapped_at: Instant | null;
}

/** A person, or a program, as records know them. */
export interface SubjectRow {
  readonly tenant: TenantId;
  /** `sub_…`, random. */
  readonly id: string;
  readonly at: Instant;
  /** Follows from the name under the tenant's key 0. */
  readonly lookup: string;
  /** Sealed with their data key. */
  readonly name: string;
  /** The master key that wraps the data key. */
  readonly master: number;
  readonly key: string;
}

/** A subject whose key was destroyed; `n` grows with each. */
export interface Erasure {
  readonly tenant: TenantId;
  readonly id: string;
  readonly n: number;
  readonly at: Instant;
}

/** What beside records is found by a name and goes with it: how many rows of each went. */
export type Removed = Readonly<Record<string, number>>;

/** Whose data is destroyed, and by what their rows are found. */
export interface Erasing {
  readonly tenant: TenantId;
  readonly principal: string;
  /** undefined where they have no key: only what stands in clear goes. */
  readonly id: string | undefined;
  readonly at: Instant;
}

/** How many subjects one call reads or changes at most. */
export const MAX_SUBJECTS = 1_000;

/** The keys of a store's records, none in clear. What rejects rejects as the engine does. */
export interface SubjectKeys {
  /** A tenant's master keys, lowest first. */
  masters(tenant: TenantId): Promise<readonly MasterRow[]>;
  /** All tenants that have keys. */
  tenants(): Promise<readonly TenantId[]>;
  /** Durable when it resolves. A key with a number that is there already is left as it is. */
  addMasters(rows: readonly MasterRow[]): Promise<void>;
  /** Replaces the wrapping of a key that is there. */
  rewrapMaster(row: MasterRow): Promise<void>;
  /** Destroys a master key. False where it still wraps somebody's key, or is not there. */
  dropMaster(tenant: TenantId, n: number): Promise<boolean>;
  byLookup(tenant: TenantId, lookup: string): Promise<SubjectRow | undefined>;
  /** At most `MAX_SUBJECTS`. */
  byIds(tenant: TenantId, ids: readonly string[]): Promise<readonly SubjectRow[]>;
  /** Durable when it resolves. `known`: somebody else was first; `no master`: that master key is gone. */
  add(row: SubjectRow): Promise<"added" | "known" | "no master">;
  /** Those of a tenant, by id, beyond `after`; only those that another master key than `but` wraps, where one is given. */
  page(tenant: TenantId, after: string, limit: number, but?: number): Promise<readonly SubjectRow[]>;
  /** How many each master key of a tenant wraps. */
  count(tenant: TenantId): Promise<ReadonlyMap<number, number>>;
  /** Wraps data keys anew, all or none. One that is gone, or is under another master key by now, is left. */
  rewrap(rows: readonly (SubjectRow & { readonly from: number })[]): Promise<void>;
  /**
   * Destroys a subject's key and what leads to them, and with it everything beside the record that their name is found by.
   * One transaction. What is in `erasures` already stays as it is.
   */
  erase(erasing: Erasing): Promise<Removed>;
  /** What `erase` would remove. */
  named(erasing: Erasing): Promise<Removed>;
  /** Whether records of the time before there were keys name them: those are immutable, and stay. */
  inClear(tenant: TenantId, principal: string): Promise<boolean>;
  /** Overwrites what was deleted, as far as the engine can: it rewrites its files. Says what it could not do, or "". */
  scrub(): Promise<string>;
  /** Erasures after this one, in order, at most `MAX_SUBJECTS`. */
  erasures(after: number): Promise<readonly Erasure[]>;
  /** The number of the last erasure. */
  changes(): Promise<number>;
}

/** Keys whose engine is loaded with the first use. */
export function subjectKeysLater(load: () => Promise<SubjectKeys>): SubjectKeys {
  const engine = once(load);
  return {
    masters: async (tenant) => await (await engine()).masters(tenant),
    tenants: async () => await (await engine()).tenants(),
    addMasters: async (rows) => await (await engine()).addMasters(rows),
    rewrapMaster: async (row) => await (await engine()).rewrapMaster(row),
    dropMaster: async (tenant, n) => await (await engine()).dropMaster(tenant, n),
    byLookup: async (tenant, lookup) => await (await engine()).byLookup(tenant, lookup),
    byIds: async (tenant, ids) => await (await engine()).byIds(tenant, ids),
    add: async (row) => await (await engine()).add(row),
    page: async (tenant, after, limit, but) => await (await engine()).page(tenant, after, limit, but),
    count: async (tenant) => await (await engine()).count(tenant),
    rewrap: async (rows) => await (await engine()).rewrap(rows),
    erase: async (erasing) => await (await engine()).erase(erasing),
    named: async (erasing) => await (await engine()).named(erasing),
    inClear: async (tenant, principal) => await (await engine()).inClear(tenant, principal),
    scrub: async () => await (await engine()).scrub(),
    erasures: async (after) => await (await engine()).erasures(after),
    changes: async () => await (await engine()).changes(),
  };
}

/** Where beside the record a person stands by name or id: rows one of whose columns is, or holds, that text go with them. */
export interface Named {
  readonly table: string;
  readonly by: readonly {
    readonly column: string;
    readonly how: "is" | "holds";
    readonly text: (erasing: Erasing) => string;
  }[];
}

const byName = (column: string) =>
  ({ column, how: "is", text: ({ principal }: Erasing) => principal }) as const;
/** Names of counters are lists in JSON, and hold whom they count. */
const counted = {
  column: "counter",
  how: "holds",
  text: ({ principal }: Erasing) => JSON.stringify(principal),
} as const;

export const NAMED: readonly Named[] = [
  { table: "api_keys", by: [byName("principal")] },
  { table: "people", by: [byName("id")] },
  { table: "sessions", by: [byName("principal")] },
  { table: "factors", by: [byName("principal")] },
  { table: "masks", by: [byName("principal")] },
  {
    table: "idempotency",
    by: [byName("who"), { column: "who", how: "is", text: ({ id, principal }) => id ?? principal }],
  },
  {
    table: "outbox",
    by: [
      { column: "recipient", how: "is", text: ({ principal }) => `mailto:${principal}` },
      { column: "data", how: "holds", text: ({ id, principal }) => JSON.stringify(id ?? principal) },
    ],
  },
  { table: "counters", by: [counted] },
  { table: "held", by: [counted] },
];

/** Of those, what lets somebody in: gates notice when it goes. */
export const LETS_IN: readonly string[] = ["api_keys", "people", "sessions", "factors"];

/** Where they stand as who did something to what others have: there their id takes the place of the name. */
export const SIGNED: readonly (readonly [table: string, column: string])[] = [
  ["api_keys", "made_by"],
  ["api_keys", "revoked_by"],
  ["people", "made_by"],
  ["people", "changed_by"],
  ["factors", "made_by"],
  ["sessions", "ended_by"],
  ["secrets", "by_whom"],
  ["tenants", "made_by"],
];
