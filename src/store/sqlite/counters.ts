import type { DatabaseSync } from "node:sqlite";
import type { Instant } from "../../call/id.ts";
import { type Adjustment, type Claim, type Ledger, type Taken, take } from "../counters/claim.ts";
import { bucketEnds, type Cell, endsOf, oldestSlot } from "../counters/room.ts";
import { laneOf } from "../fence.ts";
import { GONE_MS } from "../journal/row.ts";

/** What limits count, inside the transaction of the batch that asks. */
export interface Counters {
  take(claim: Claim): Taken;
  adjust(adjustment: Adjustment): void;
  /** Forgets some of what nobody needs any more at `before`, whosever it is. */
  sweep(before: Instant): void;
}

/** Rows that one sweep forgets at most. */
const SWEPT = 200;

export function sqliteCounters(db: DatabaseSync, gate: string): Counters {
  const cells = db.prepare("select slot, used from counters where tenant = ? and counter = ? and slot >= ?");
  const put = db.prepare(
    `insert into counters (tenant, counter, slot, used, ends) values (?1, ?2, ?3, ?4, ?5)
     on conflict (tenant, counter, slot) do update set used = ?4, ends = ?5`,
  );
  const forget = db.prepare("delete from counters where tenant = ? and counter = ? and slot < ?");
  const add = db.prepare(
    "update counters set used = max(0, used + ?4) where tenant = ?1 and counter = ?2 and slot = ?3 returning used",
  );
  const put_off = db.prepare(
    "update counters set ends = max(ends, ?4) where tenant = ?1 and counter = ?2 and slot = ?3",
  );
  const over = db.prepare(
    `delete from counters where (tenant, counter, slot) in
       (select tenant, counter, slot from counters where ends < ? order by ends limit ${SWEPT})`,
  );
  const alive = "(gate = ?3 or gate in (select id from gates where seen_at > ?4))";
  const held = db.prepare(
    `select count(*) as calls from held where tenant = ?1 and counter = ?2 and ${alive}`,
  );
  const sweep = db.prepare(`delete from held where tenant = ?1 and counter = ?2 and not ${alive}`);
  const hold = db.prepare("insert or ignore into held (tenant, counter, call, gate) values (?, ?, ?, ?)");
  const release = db.prepare("delete from held where tenant = ? and counter = ? and call = ?");

  const mark = db.prepare(
    `insert into fence_marks (lane, seq) select ?1, ?2 from fence where generation = ?3
     on conflict (lane) do update set seq = max(seq, ?2)`,
  );
  const lane = laneOf(gate);

  const ledger: Ledger = {
    stands: ({ generation, seq }) => mark.run(lane, seq, generation).changes > 0,
    cells(tenant, charge, at) {
      const { counter, window } = charge;
      if (window.kind !== "held")
        return cells.all(tenant, counter, oldestSlot(charge, at)) as unknown as readonly Cell[];
      const found = held.get(tenant, counter, gate, Date.now() - GONE_MS);
      return Array.from({ length: Number(found?.["calls"]) }, () => ({ slot: 0, used: 1 }));
    },
    put(tenant, charge, { slot, used }, { call, at }) {
      const { counter, window } = charge;
      if (window.kind === "held") {
        sweep.run(tenant, counter, gate, Date.now() - GONE_MS);
        hold.run(tenant, counter, call, gate);
        return;
      }
      put.run(tenant, counter, slot, used, endsOf(charge, { slot, used }));
      forget.run(tenant, counter, oldestSlot(charge, at));
    },
  };
  return {
    take: (claim) => take(ledger, claim),
    adjust(adjustment) {
      const { tenant, counter } = adjustment;
      if (adjustment.kind === "release") release.run(tenant, counter, adjustment.call);
      else {
        const { slot, by } = adjustment;
        const left = add.get(tenant, counter, slot, by);
        if (slot === 0 && left !== undefined)
          put_off.run(tenant, counter, slot, bucketEnds(Number(left["used"])));
      }
    },
    sweep: (before) => void over.run(before),
  };
}
