import type { Charge } from "../../call/charge.ts";
import type { CallId, Instant } from "../../call/id.ts";
import type { Json, JsonObject } from "../../call/json.ts";
import type { TenantId } from "../../call/principal.ts";
import type { Matter } from "../approvals.ts";
import type { Receipt } from "../fence.ts";
import { type Cell, partOf, roomFor } from "./room.ts";

/** What one call would take: all of it or nothing. */
export interface Claim {
  readonly tenant: TenantId;
  readonly call: CallId;
  readonly at: Instant;
  readonly charges: readonly Charge[];
  /** What it uses up, or asks, of people. */
  readonly matter?: Matter;
  /** That its charges, which are none here, were taken outside the store. */
  readonly receipt?: Receipt;
}

/** How the counter of a charge stands once it is taken. */
export interface Level {
  readonly used: number;
  /** When what is used will be free again, if nobody takes more; absent where nobody knows. */
  readonly resets: Instant | undefined;
}

/** A limit that somebody should hear of, although the call passed. */
export interface Notice {
  readonly rule: string;
  readonly says: string;
  readonly kind: "alert" | "exceeded";
  readonly enforcement: Charge["enforcement"];
  readonly used: number;
  readonly most: number;
}

/** What came of a claim. */
export type Taken =
  | {
      readonly kind: "taken";
      readonly notices: readonly Notice[];
      /** In the order of the charges; absent where there are none. */
      readonly levels?: readonly Level[];
    }
  /** Nothing was taken. `free_at`: when there may be room again. */
  | { readonly kind: "full"; readonly charge: Charge; readonly free_at: Instant }
  /** Nothing was taken: what was approved is used up, or what was to be asked is asked already. */
  | { readonly kind: "raced" }
  /** Nothing was written: counters outside the store are no longer those that its receipt is of. */
  | { readonly kind: "stale" };

/** What the end of a call changes in a counter: `release` frees its place, otherwise `by` is added, or given back. */
export type Adjustment =
  | { readonly kind: "release"; readonly tenant: TenantId; readonly counter: string; readonly call: CallId }
  | {
      readonly kind: "add";
      readonly tenant: TenantId;
      readonly counter: string;
      readonly slot: number;
      readonly by: number;
    };

/** Whose row a counter is: what all tenants share belongs to none. */
export function ownerOf({ everybody }: Charge, tenant: TenantId): TenantId {
  return everybody ? "" : tenant;
}

/** The counters as one transaction sees them. */
export interface Ledger {
  cells(tenant: TenantId, charge: Charge, at: Instant): readonly Cell[];
  put(tenant: TenantId, charge: Charge, cell: Cell, claim: Claim): void;
  /** Whether a receipt's generation lasts; raises the mark where it does. */
  stands(receipt: Receipt): boolean;
}

/** What somebody should hear of, now that a charge is taken. */
export function noticeOf(charge: Charge, used: number, exceeded: boolean): readonly Notice[] {
  const { rule, says, enforcement, most, alert_above } = charge;
  const crossed = alert_above !== undefined && used > alert_above && used - charge.amount <= alert_above;
  if (!exceeded && !crossed) return [];
  return [{ rule, says, kind: exceeded ? "exceeded" : "alert", enforcement, used, most }];
}

/** Takes everything a claim asks for, or nothing of it. Limits that are not `hard` never refuse. */
export function take(ledger: Ledger, claim: Claim): Taken {
  const { tenant, charges, at, receipt } = claim;
  if (receipt !== undefined && !ledger.stands(receipt)) return { kind: "stale" };
  const rooms = charges.map((charge) => {
    const owner = ownerOf(charge, tenant);
    return { owner, charge, room: roomFor(charge, at, ledger.cells(owner, charge, at)) };
  });
  const full = rooms.filter(
    ({ charge, room }) => charge.enforcement === "hard" && room.free_at !== undefined,
  );
  const [first] = full;
  if (first !== undefined) {
    const free_at = Math.max(...full.map(({ room }) => room.free_at ?? 0));
    return { kind: "full", charge: first.charge, free_at };
  }
  for (const { owner, charge, room } of rooms) ledger.put(owner, charge, room.cell, claim);
  const notices = rooms.flatMap(({ charge, room }) =>
    noticeOf(charge, room.used, room.free_at !== undefined),
  );
  if (rooms.length === 0) return { kind: "taken", notices };
  const levels = rooms.map(({ room: { used, resets } }) => ({ used, resets }));
  return { kind: "taken", notices, levels };
}

/** How much of each meter a call came to: the bytes of request and answer, the time it took. */
export function spentBy(
  request_bytes: number,
  { size_bytes, duration_us }: { readonly size_bytes: number; readonly duration_us: number },
): Readonly<Partial<Record<Charge["meter"], number>>> {
  return { storage_gb: (request_bytes + size_bytes) / 1e9, compute_hours: duration_us / 3.6e9 };
}

/** Faults after which it is certain that nothing ran. */
const NOT_RUN: ReadonlySet<Json | undefined> = new Set([
  "upstream-unreachable",
  "upstream-refused",
  "upstream-over",
  "upstream-resting",
  "upstream-busy",
  "not-started",
]);

/**
 * Whether a call came to nothing: its server says that it failed, or it never got there. Who leaves before the answer may
 * have had it done, and so may a server that was given up.
 */
export function cameToNothing({
  status,
  detail,
}: {
  readonly status: string;
  readonly detail: JsonObject;
}): boolean {
  const { fault } = detail;
  return status === "error" && (fault === undefined || NOT_RUN.has(fault));
}

/**
 * What the end of a call changes: places are freed; an amount that was taken for nothing is given back; what only the
 * end shows is added. `spent` says how much of a meter the call came to.
 */
export function settlementOf(
  claim: Claim,
  failed: boolean,
  spent: Readonly<Partial<Record<Charge["meter"], number>>>,
): readonly Adjustment[] {
  const { call, at } = claim;
  return claim.charges.flatMap((charge): readonly Adjustment[] => {
    const { counter, window, meter, amount } = charge;
    const tenant = ownerOf(charge, claim.tenant);
    if (window.kind === "held") return [{ kind: "release", tenant, counter, call }];
    if (window.kind === "bucket") return [];
    const by = meter === "argument" && failed ? -amount : (spent[meter] ?? 0);
    if (by === 0) return [];
    const part = window.kind === "sliding" ? partOf(window.length_ms) : 1;
    const slot = window.kind === "span" ? window.from : Math.floor(at / part) * part;
    return [{ kind: "add", tenant, counter, slot, by }];
  });
}
