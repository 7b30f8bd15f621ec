import type { DatabaseSync } from "node:sqlite";
import { type Adjustment, type Claim, type Ledger, take, type Taken } from "../counters/claim.ts";
import { type Cell, oldestSlot } from "../counters/room.ts";
import { laneOf } from "../fence.ts";
import { GONE_MS } from "../row.ts";

/** What limits count, inside the transaction of the batch that asks. */
export interface Counters {
  take(claim: Claim): Taken;
  adjust(adjustment: Adjustment): void;
}

export function sqliteCounters(db: DatabaseSync, gate: string): Counters {
  const cells = db.prepare("select slot, used from counters where tenant = ? and counter = ? and slot >= ?");
  const put = db.prepare(
    `insert into counters (tenant, counter, slot, used) values (?1, ?2, ?3, ?4)
     on conflict (tenant, counter, slot) do update set used = ?4`,
  );
  const forget = db.prepare("delete from counters where tenant = ? and counter = ? and slot < ?");
  const add = db.prepare(
    "update counters set used = max(0, used + ?4) where tenant = ?1 and counter = ?2 and slot = ?3",
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
      put.run(tenant, counter, slot, used);
      forget.run(tenant, counter, oldestSlot(charge, at));
    },
  };
  return {
    take: (claim) => take(ledger, claim),
    adjust(adjustment) {
      const { tenant, counter } = adjustment;
      if (adjustment.kind === "release") release.run(tenant, counter, adjustment.call);
      else add.run(tenant, counter, adjustment.slot, adjustment.by);
    },
  };
}
