import type { StoreAddress } from "../config/config.ts";

/** That a call was counted outside the store: since when what counts there is taken for whole, and its number there. */
export interface Receipt {
  readonly generation: number;
  readonly seq: number;
}

/** Since when counters outside the store are taken for whole, and how far they must have got to be. */
export interface Standing {
  readonly store: string;
  readonly generation: number;
  /** The highest number of a call that was counted there and is on record here. */
  readonly mark: number;
}

/**
 * Keeps counters outside the store honest. An opening with a receipt is written only while its generation lasts, and
 * raises the mark in the same transaction; whoever doubts the counters begins a generation. So what counters come back
 * with, after a restart or a failover, is whole exactly where it has got as far as the mark.
 */
export interface Fence {
  /** Which store it is: the same text for as long as it lives. Rejects where the store does not answer. */
  store(): Promise<string>;
  /** Begins a generation: no opening of an earlier one is written from then on. Rejects where the store does not answer. */
  renew(): Promise<Standing>;
  close(): Promise<void>;
}

/** A gate's lane among the marks. */
export function laneOf(gate: string): string {
  return gate.slice(-1);
}

/** Opens the fence of a store whose schema is up to date. Rejects where it cannot be reached. */
export async function openFence(address: StoreAddress): Promise<Fence> {
  if (address.kind === "sqlite") return (await import("./sqlite/fence.ts")).sqliteFence(address.path);
  return (await import("./postgres/fence.ts")).postgresFence(address.url);
}
