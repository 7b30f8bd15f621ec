import type { StoreAddress } from "../config/config.ts";
import type { TenantId } from "../call/principal.ts";

/** What a leaf is of: an opening, an end, a question to people, what somebody did to one, an act on the gate itself. */
export type LeafKind = "opened" | "closed" | "question" | "deed" | "act";

/** An immutable row as it stands in its table: every column by its name. */
export type Cells = Readonly<Record<string, string | number | null>>;
export interface LoggedRow {
  readonly tenant: TenantId;
  readonly kind: LeafKind;
  /** The call's, question's or act's id; of a deed `apr_…/N`. */
  readonly id: string;
  readonly cells: Cells;
}

export interface Leaf {
  readonly index: number;
  readonly kind: LeafKind;
  readonly id: string;
  readonly hash: Uint8Array;
}

/** The root of the subtree over the leaves from `index` × 256^`level` on, of as many. */
export interface Node {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** How far a tenant's tree has grown. `frontier`: the roots of its largest whole subtrees, from the left, 32 bytes each. */
export interface Tree {
  readonly size: number;
  readonly frontier: Uint8Array;
}

/**
 * A row that has no leaf yet; where the database has worked that out, the leaf that it shall have, or the text that that is the
 * hash of: NUL, and the record as docs/LOG-FORMAT.md has it.
 */
export type Coming =
  | LoggedRow
  | (Omit<LoggedRow, "cells"> & ({ readonly hash: Uint8Array } | { readonly text: string }));

/** What has no leaf yet, in the order of its leaves. */
export interface Waiting {
  /** The last position of the journal that has its leaf, and that it will be. */
  readonly cursor: number;
  readonly position: number;
  /** The notes that go with their rows. */
  readonly due: readonly number[];
  readonly rows: readonly Coming[];
  /** There is more behind. */
  readonly more: boolean;
}

export interface Growth {
  readonly tenant: TenantId;
  readonly before: number;
  readonly tree: Tree;
  readonly leaves: readonly Leaf[];
  readonly nodes: readonly Node[];
}

/** A checkpoint as it was signed; `note` is a C2SP signed note. */
export interface Signed {
  readonly tenant: TenantId;
  readonly size: number;
  readonly at: number;
  readonly note: string;
}

export interface Cosigned {
  readonly size: number;
  readonly witness: string;
  readonly at: number;
  /** One line of a signed note, without its end. */
  readonly line: string;
}

/** How far an anchor has got with a tenant's checkpoints, and what keeps it. */
export interface AnchorState {
  readonly tenant: TenantId;
  readonly anchor: string;
  readonly size: number;
  readonly at: number;
  readonly trouble: string;
}

/** Positions of the journal that one `waiting` looks at, and notes that it takes. */
export const WINDOW = 256;
/** Leaves, rows or nodes that one read gives at most. */
export const MAX_LEAVES = 4_096;

/** The tables of the log. Of all tenants: who keeps or checks the log sees all rows, as they stand. */
export interface LogTables {
  /** Which store it is: the same text for as long as it lives. */
  store(): Promise<string>;
  /** Every tenant that has a leaf, a checkpoint or a row, in order. */
  tenants(): Promise<readonly TenantId[]>;
  tree(tenant: TenantId): Promise<Tree>;
  /** Trees that are larger than their last checkpoint. */
  grown(): Promise<readonly (Tree & { readonly tenant: TenantId })[]>;
  waiting(): Promise<Waiting>;
  /** Adds leaves in one transaction. False where somebody else was first: nothing is written then. */
  integrate(step: Pick<Waiting, "cursor" | "position" | "due">, growths: readonly Growth[]): Promise<boolean>;
  /** Takes or renews the lease of who adds leaves; false where somebody else has it. Only saves work that another does. */
  lease(holder: string, for_ms: number): Promise<boolean>;
  leaves(tenant: TenantId, from: number, limit: number): Promise<readonly Leaf[]>;
  leafOf(tenant: TenantId, kind: LeafKind, id: string): Promise<Leaf | undefined>;
  nodes(tenant: TenantId, level: number, from: number, limit: number): Promise<readonly Node[]>;
  /** Hashes alone, in their order: of leaves at level 0, else of nodes. */
  hashes(tenant: TenantId, level: number, from: number, limit: number): Promise<readonly Uint8Array[]>;
  /** The rows of that kind by their ids. */
  rows(tenant: TenantId, kind: LeafKind, ids: readonly string[]): Promise<ReadonlyMap<string, Cells>>;
  /** Rows that should have a leaf and have none, at most `limit`. */
  unlogged(
    tenant: TenantId,
    limit: number,
  ): Promise<readonly { readonly kind: LeafKind; readonly id: string }[]>;
  /** In the order of their sizes: those larger than `after`. */
  checkpoints(tenant: TenantId, after: number, limit: number): Promise<readonly Signed[]>;
  /** Every tenant that has a checkpoint, in order. */
  signers(): Promise<readonly TenantId[]>;
  /** The largest. */
  checkpoint(tenant: TenantId): Promise<Signed | undefined>;
  /** Durable when it resolves. False where one of that size is there already. */
  sign(signed: Signed): Promise<boolean>;
  cosignatures(tenant: TenantId, size: number): Promise<readonly Cosigned[]>;
  cosign(tenant: TenantId, cosigned: Cosigned): Promise<void>;
  anchors(): Promise<readonly AnchorState[]>;
  anchored(state: AnchorState): Promise<void>;
  close(): Promise<void>;
}

/** Opens the log of a store whose schema is up to date. Rejects where it cannot be reached. */
export async function openLog(address: StoreAddress): Promise<LogTables> {
  if (address.kind === "sqlite") return (await import("./sqlite/log.ts")).sqliteLog(address.path);
  return (await import("./postgres/log.ts")).postgresLog(address.url);
}

/** The table and the id of each kind, in SQL over `r`; and whether a row has a position of the journal. */
export const TABLES: Readonly<
  Record<LeafKind, { readonly table: string; readonly id: string; readonly journal: boolean }>
> = {
  opened: { table: "opened", id: "r.call", journal: true },
  closed: { table: "closed", id: "r.call", journal: true },
  question: { table: "approvals", id: "r.id", journal: false },
  deed: { table: "approval_acts", id: "r.id || '/' || r.seq", journal: false },
  act: { table: "acts", id: "r.id", journal: false },
};
export const KINDS = Object.keys(TABLES) as readonly LeafKind[];
