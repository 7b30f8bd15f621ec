import type { PoolClient } from "pg";
import { type Claim, type Ledger, ownerOf, type Taken, take } from "../counters/claim.ts";
import { bucketEnds, type Cell, endsOf, oldestSlot } from "../counters/room.ts";
import { laneOf, type Receipt } from "../fence.ts";
import { type Batch, sweptBefore } from "../journal/batch.ts";
import { GONE_MS } from "../journal/row.ts";

/** One counter as the transaction sees it, and what it wants written. */
interface Row {
  readonly tenant: string;
  readonly counter: string;
  readonly oldest: number;
  readonly cells: Map<number, number>;
  readonly changed: Set<number>;
  /** Until when cells matter, where this batch knows it. */
  readonly ends: Map<number, number>;
  readonly held: Set<string>;
  readonly taken: Set<string>;
}

const keyOf = (tenant: string, counter: string): string => `${tenant}\n${counter}`;

function rowsOf({ claims, adjustments }: Batch): ReadonlyMap<string, Row> {
  const rows = new Map<string, Row>();
  const add = (tenant: string, counter: string, oldest: number): void => {
    const key = keyOf(tenant, counter);
    const least = Math.min(oldest, rows.get(key)?.oldest ?? oldest);
    const empty = {
      cells: new Map(),
      changed: new Set<number>(),
      ends: new Map(),
      held: new Set<string>(),
      taken: new Set<string>(),
    };
    rows.set(key, { tenant, counter, oldest: least, ...empty });
  };
  for (const { tenant, charges, at } of claims)
    for (const charge of charges) add(ownerOf(charge, tenant), charge.counter, oldestSlot(charge, at));
  // Locked in one order by everybody, so that nobody waits in a ring.
  for (const { tenant, counter } of adjustments)
    add(tenant, counter, rows.get(keyOf(tenant, counter))?.oldest ?? 0);
  return new Map([...rows].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const LOCK = {
  name: "counters-lock",
  text: `select pg_advisory_xact_lock(hashtextextended(key, 7036874417766)) from unnest($1::text[]) as t (key)`,
};
const WANTED = `unnest($1::text[], $2::text[], $3::bigint[]) as w (tenant, counter, oldest)`;
const CELLS = {
  name: "counters-cells",
  text: `select c.tenant, c.counter, c.slot, c.used from portcullis.counters c
         join ${WANTED} on c.tenant = w.tenant and c.counter = w.counter and c.slot >= w.oldest`,
};
const NOW = "(extract(epoch from clock_timestamp()) * 1000)::bigint";
const HELD = {
  name: "counters-held",
  text: `select h.tenant, h.counter, h.call from portcullis.held h
         join ${WANTED} on h.tenant = w.tenant and h.counter = w.counter
         where h.gate = $4 or h.gate in (select id from portcullis.gates where seen_at > ${NOW} - ${GONE_MS})`,
};
const PUT = {
  name: "counters-put",
  text: `insert into portcullis.counters as c (tenant, counter, slot, used, ends)
         select * from unnest($1::text[], $2::text[], $3::bigint[], $4::double precision[], $5::bigint[])
         on conflict (tenant, counter, slot) do update set used = excluded.used, ends = greatest(c.ends, excluded.ends)`,
};
const FORGET = {
  name: "counters-forget",
  text: `delete from portcullis.counters c using ${WANTED}
         where c.tenant = w.tenant and c.counter = w.counter and c.slot < w.oldest`,
};
/** Some of what nobody needs any more; what another transaction is about to change is left to a later one. */
const SWEEP = {
  name: "counters-sweep",
  text: `delete from portcullis.counters where (tenant, counter, slot) in
           (select tenant, counter, slot from portcullis.counters where ends < $1 order by ends limit 200
            for update skip locked)`,
};
const HOLD = {
  name: "counters-hold",
  text: `insert into portcullis.held (tenant, counter, call, gate)
         select t, c, l, $4 from unnest($1::text[], $2::text[], $3::text[]) as w (t, c, l) on conflict do nothing`,
};
const RELEASE = {
  name: "counters-release",
  text: `delete from portcullis.held h using unnest($1::text[], $2::text[], $3::text[]) as w (tenant, counter, call)
         where h.tenant = w.tenant and h.counter = w.counter and h.call = w.call`,
};

/** Holds back whoever would begin a generation until this transaction ends, and raises the mark while that one lasts. */
const MARK = {
  name: "fence-mark",
  text: `with f as (select generation from portcullis.fence for share),
         m as (insert into portcullis.fence_marks as m (lane, seq) select $1, $2 from f where generation = $3
               on conflict (lane) do update set seq = greatest(m.seq, excluded.seq))
         select generation from f`,
};

/** The generation that lasts, where a receipt asks for it. Of several in a batch only the latest can be that one. */
async function generationOf(
  client: PoolClient,
  { claims }: Batch,
  gate: string,
): Promise<number | undefined> {
  const receipts = claims.flatMap(({ receipt }) => receipt ?? []);
  if (receipts.length === 0) return undefined;
  const latest = Math.max(...receipts.map(({ generation }) => generation));
  const seq = Math.max(
    ...receipts.filter(({ generation }) => generation === latest).map((receipt) => receipt.seq),
  );
  const values = [laneOf(gate), seq, latest];
  const { rows } = await client.query<Pick<Receipt, "generation">>({ ...MARK, values });
  return rows[0]?.generation;
}

async function load(client: PoolClient, rows: ReadonlyMap<string, Row>, gate: string): Promise<void> {
  if (rows.size === 0) return;
  await client.query({ ...LOCK, values: [[...rows.keys()]] });
  const all = [...rows.values()];
  const wanted = [all.map((row) => row.tenant), all.map((row) => row.counter), all.map((row) => row.oldest)];
  const found = await client.query<{ tenant: string; counter: string } & Cell>({ ...CELLS, values: wanted });
  for (const { tenant, counter, slot, used } of found.rows)
    rows.get(keyOf(tenant, counter))?.cells.set(slot, used);
  const held = await client.query<{ tenant: string; counter: string; call: string }>({
    ...HELD,
    values: [...wanted, gate],
  });
  for (const { tenant, counter, call } of held.rows) rows.get(keyOf(tenant, counter))?.held.add(call);
}

function ledgerOf(rows: ReadonlyMap<string, Row>, lasting: number | undefined): Ledger {
  return {
    stands: ({ generation }) => generation === lasting,
    cells(tenant, { counter, window }) {
      const row = rows.get(keyOf(tenant, counter));
      if (window.kind === "held") return [...(row?.held ?? [])].map(() => ({ slot: 0, used: 1 }));
      return [...(row?.cells ?? [])].map(([slot, used]) => ({ slot, used }));
    },
    put(tenant, charge, { slot, used }, { call }: Claim) {
      const { counter, window } = charge;
      const row = rows.get(keyOf(tenant, counter));
      if (window.kind === "held") {
        row?.held.add(call);
        row?.taken.add(call);
        return;
      }
      row?.cells.set(slot, used);
      row?.changed.add(slot);
      row?.ends.set(slot, endsOf(charge, { slot, used }));
    },
  };
}

/** Takes what the batch claims, inside its transaction, and writes what changed. Gives what came of each claim. */
export async function takeAll(client: PoolClient, batch: Batch, gate: string): Promise<readonly Taken[]> {
  if (batch.beat && batch.claims.length > 0) await client.query({ ...SWEEP, values: [sweptBefore(batch)] });
  const rows = rowsOf(batch);
  await load(client, rows, gate);
  const ledger = ledgerOf(rows, await generationOf(client, batch, gate));
  const taken = batch.claims.map((claim) => take(ledger, claim));
  const freed: (readonly [tenant: string, counter: string, call: string])[] = [];
  for (const adjustment of batch.adjustments) {
    const { tenant, counter } = adjustment;
    if (adjustment.kind === "release") {
      freed.push([tenant, counter, adjustment.call]);
      continue;
    }
    const row = rows.get(keyOf(tenant, counter));
    const used = row?.cells.get(adjustment.slot);
    if (row === undefined || used === undefined) continue;
    const left = Math.max(0, used + adjustment.by);
    row.cells.set(adjustment.slot, left);
    row.changed.add(adjustment.slot);
    if (adjustment.slot === 0) row.ends.set(0, bucketEnds(left));
  }
  await write(client, rows, freed, gate);
  return taken;
}

async function write(
  client: PoolClient,
  rows: ReadonlyMap<string, Row>,
  freed: readonly (readonly [tenant: string, counter: string, call: string])[],
  gate: string,
): Promise<void> {
  const column = <T>(table: readonly (readonly T[])[], at: number): readonly (T | undefined)[] =>
    table.map((row) => row[at]);
  const changed = [...rows.values()].flatMap((row) =>
    [...row.changed].map((slot) => [
      row.tenant,
      row.counter,
      slot,
      row.cells.get(slot) ?? 0,
      row.ends.get(slot) ?? null,
    ]),
  );
  if (changed.length > 0)
    await client.query({ ...PUT, values: [0, 1, 2, 3, 4].map((at) => column(changed, at)) });
  const old = [...rows.values()]
    .filter((row) => row.oldest > 0 && row.changed.size > 0)
    .map((row) => [row.tenant, row.counter, row.oldest]);
  if (old.length > 0) await client.query({ ...FORGET, values: [0, 1, 2].map((at) => column(old, at)) });
  const taken = [...rows.values()].flatMap((row) =>
    [...row.taken].map((call) => [row.tenant, row.counter, call]),
  );
  if (taken.length > 0)
    await client.query({ ...HOLD, values: [...[0, 1, 2].map((at) => column(taken, at)), gate] });
  if (freed.length > 0) await client.query({ ...RELEASE, values: [0, 1, 2].map((at) => column(freed, at)) });
}
