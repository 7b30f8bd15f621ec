import type { Charge } from "../call/charge.ts";
import type { Instant } from "../call/id.ts";
import { calendarSpan } from "../policy/calendar.ts";
import { type Limit, ONCE_MS } from "../policy/limit.ts";
import type { RuleSet } from "../policy/rule.ts";
import {
  cameToNothing,
  type Claim,
  type Ledger,
  settlementOf,
  spentBy,
  take,
  type Taken,
} from "../store/counters/claim.ts";
import { type Cell, oldestSlot, partOf } from "../store/counters/room.ts";
import type { CallRecord } from "../store/store.ts";

/** Counters in memory, moved on by the times of recorded calls: what a store's would have held. */
export interface Counters {
  /** Takes everything a call asks for, or nothing of it. Calls come in the order of time. */
  take(claim: Claim, record: CallRecord): Taken;
}

interface Counter {
  /** By slot; of calls at once, none. */
  readonly cells: Map<number, number>;
  readonly held: Set<string>;
  charge: Charge;
}

interface End {
  readonly at: Instant;
  readonly settle: () => void;
}

/** After so many calls, counters that say nothing any more are let go. */
const SWEEP_CALLS = 5_000;

const keyOf = (tenant: string, counter: string): string => `${tenant}\n${counter}`;

/** Nothing in it counts any more. */
function isSpent({ charge, cells, held }: Counter, at: Instant): boolean {
  const { window } = charge;
  if (window.kind === "held") return held.size === 0;
  if (window.kind === "span") return window.until <= at;
  if (window.kind === "bucket") return (cells.get(0) ?? 0) <= at;
  const oldest = oldestSlot(charge, at);
  return Array.from(cells.keys()).every((slot) => slot < oldest);
}

function ledgerOver(counters: Map<string, Counter>): Ledger {
  return {
    stands: () => true,
    cells(tenant, charge): readonly Cell[] {
      const known = counters.get(keyOf(tenant, charge.counter));
      if (known === undefined) return [];
      if (charge.window.kind === "held") return Array.from(known.held, () => ({ slot: 0, used: 1 }));
      return Array.from(known.cells, ([slot, used]) => ({ slot, used }));
    },
    put(tenant, charge, { slot, used }, { call, at }) {
      const key = keyOf(tenant, charge.counter);
      const counter = counters.get(key) ?? { cells: new Map(), held: new Set(), charge };
      counters.set(key, counter);
      counter.charge = charge;
      if (charge.window.kind === "held") {
        counter.held.add(call);
        return;
      }
      counter.cells.set(slot, used);
      const oldest = oldestSlot(charge, at);
      for (const each of counter.cells.keys()) if (each < oldest) counter.cells.delete(each);
    },
  };
}

/** Puts an end where it belongs: the last first. */
function insert(ends: End[], end: End): void {
  let at = ends.length;
  for (let before = ends[at - 1]; before !== undefined && before.at < end.at; before = ends[at - 1]) at -= 1;
  ends.splice(at, 0, end);
}

/** It was not refused then; where the gate only observed, that is not what its verdict says. */
function didRun({ status }: CallRecord): boolean {
  return status !== "denied" && status !== "held";
}

export function countersInMemory(): Counters {
  const counters = new Map<string, Counter>();
  const ledger = ledgerOver(counters);
  const ends: End[] = [];
  let taken = 0;

  const settle = (claim: Claim, record: CallRecord): void => {
    const { opened, closed } = record;
    // A call that did not run then has no end to go by: it frees its place at once, and took what it asked for.
    const ran = closed !== undefined && didRun(record);
    const spent = ran ? spentBy(opened.size_bytes, closed) : {};
    for (const change of settlementOf(claim, ran && cameToNothing(closed), spent)) {
      const counter = counters.get(keyOf(change.tenant, change.counter));
      if (change.kind === "release") counter?.held.delete(change.call);
      else if (counter?.cells.has(change.slot) === true)
        counter.cells.set(change.slot, Math.max(0, (counter.cells.get(change.slot) ?? 0) + change.by));
    }
  };
  return {
    take(claim, record) {
      for (let end = ends.at(-1); end !== undefined && end.at <= claim.at; end = ends.at(-1)) {
        ends.pop();
        end.settle();
      }
      const came = take(ledger, claim);
      if (came.kind === "taken") {
        const at = didRun(record) ? (record.closed?.at ?? claim.at) : claim.at;
        insert(ends, { at, settle: () => settle(claim, record) });
      }
      taken += 1;
      if (taken % SWEEP_CALLS === 0)
        for (const [key, counter] of counters) if (isSpent(counter, claim.at)) counters.delete(key);
      return came;
    },
  };
}

/** Calls under way for longer than this before a replay begins are not counted in it. */
const HELD_MS = 3_600_000;

function reachOf(limit: Limit, at: Instant): number {
  return Math.max(spanOf(limit, at), limit.once.length === 0 ? 0 : ONCE_MS + partOf(ONCE_MS));
}

function spanOf({ period, burst, most }: Limit, at: Instant): number {
  switch (period.kind) {
    case "held":
      return HELD_MS;
    case "calendar":
      return at - calendarSpan(period.unit, period.zone, at).from;
    case "sliding":
    case "fixed":
      return Math.max(period.length_ms + partOf(period.length_ms), ((burst ?? 0) * period.length_ms) / most);
  }
}

/** From when on calls must be counted so that at `since` every counter stands as it would have; `since` where nothing is limited. */
export function countFrom(sets: readonly RuleSet[], since: Instant): Instant {
  const limits = sets.flatMap(({ rules }) =>
    rules.flatMap(({ effect }) => (effect.kind === "limit" ? [effect.limit] : [])),
  );
  return Math.max(0, since - Math.max(0, ...limits.map((limit) => reachOf(limit, since))));
}
