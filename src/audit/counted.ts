import { CountersUnavailable, type SharedCounters } from "../cluster/counters.ts";
import { type Adjustment, type Claim, settlementOf, type Taken } from "../store/counters/claim.ts";
import type { Receipt } from "../store/fence.ts";
import type { Closed, Opened, TenantJournal } from "../store/store.ts";

/** Limits cannot be counted now, so what they limit must not happen. */
export interface Uncounted {
  readonly kind: "uncounted";
}
/** A limit had no room for the call; `lost`: because nobody knows what was used. */
export type Exhausted = Extract<Taken, { readonly kind: "full" }> & { readonly lost?: boolean };

/** What became of an opening and of all that it is charged. `claim` is what its end is settled by. */
export interface Settled {
  readonly taken: Exclude<Taken, { readonly kind: "full" | "stale" }> | Exhausted | Uncounted;
  readonly claim: Claim;
}

const UNCOUNTED: Uncounted = { kind: "uncounted" };
/** The store may doubt the counters, and then doubt them again because somebody else asked too. */
const TRIES = 3;

/** What is given back where nothing came of it. A burst refills by itself: nobody could tell what to give back of it. */
function back(claim: Claim): readonly Adjustment[] {
  return settlementOf(claim, true, { api_calls: -1 });
}

/** Takes on shared counters, then writes; gives back what was taken where nothing was written. */
async function shared(
  rows: TenantJournal,
  event: Opened,
  claim: Claim,
  counters: SharedCounters,
): Promise<Settled | "stale"> {
  const given = await counters.take(claim);
  if (given.kind === "full") return { taken: given, claim };
  const { receipt, at, notices, levels } = given;
  const own: Claim & { readonly receipt: Receipt } = { ...claim, at, receipt };
  try {
    const taken = await rows.settle(event, { ...own, charges: [] });
    if (taken.kind === "taken") return { taken: { kind: "taken", notices, levels }, claim: own };
    void counters.adjust(receipt, back(own));
    if (taken.kind === "raced") return { taken, claim };
    return "stale";
  } catch (error) {
    void counters.adjust(receipt, back(own));
    throw error;
  }
}

/**
 * Takes what a call is charged, or nothing, and writes its opening: in one transaction of the store, or on shared
 * counters first and then in the store. A crash between the two leaves the charge taken, so a limit is never passed.
 * Where shared counters cannot be asked, a call with a hard limit is `uncounted`; soft ones refuse nothing, ever.
 * Rejects as `TenantJournal.settle` does.
 */
export async function settled(
  rows: TenantJournal,
  event: Opened,
  claim: Claim,
  counters: SharedCounters | undefined,
): Promise<Settled> {
  const uncharged = { ...claim, charges: [] };
  const direct = async (of: Claim): Promise<Settled> => {
    const taken = await rows.settle(event, of);
    return { taken: taken.kind === "stale" ? UNCOUNTED : taken, claim: of };
  };
  if (counters === undefined || claim.charges.length === 0) return await direct(claim);
  try {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const came = await shared(rows, event, claim, counters);
      if (came !== "stale") return came;
      if (tries > 1) await counters.prove();
    }
  } catch (error) {
    if (!(error instanceof CountersUnavailable)) throw error;
    if (claim.charges.every(({ enforcement }) => enforcement !== "hard")) return await direct(uncharged);
  }
  return { taken: UNCOUNTED, claim };
}

/** Writes the end of a call, and changes its counters where they were taken. Rejects as `TenantJournal.append` does. */
export async function ended(
  rows: TenantJournal,
  closed: Closed,
  claim: Claim | undefined,
  adjustments: readonly Adjustment[],
  counters: SharedCounters | undefined,
): Promise<void> {
  if (claim?.receipt === undefined || counters === undefined) return await rows.append([closed], adjustments);
  await Promise.all([rows.append([closed]), counters.adjust(claim.receipt, adjustments)]);
}
