import { setTimeout as later } from "node:timers/promises";
import { expect, test } from "vitest";
import { opened } from "../../test/faults/journal-events.ts";
import { engines } from "../../test/engines.ts";
import { callId } from "../call/id.ts";
import { openFence, type Receipt } from "./fence.ts";
import { openStore } from "./open.ts";

const ENGINES = engines();

test.each(ENGINES)(
  "an opening is written while its generation lasts, and raises the mark: $name",
  async ({ address: place }) => {
    const address = await place();
    const store = await openStore(address);
    const fence = await openFence(address);
    try {
      const { journal } = store.forTenant("t");
      const write = async (receipt: Receipt): Promise<string> => {
        const call = callId(Date.now());
        const { kind } = await journal.settle(opened(call), { call, at: 0, charges: [], receipt });
        expect((await journal.get(call)) !== undefined).toBe(kind === "taken");
        return kind;
      };
      const first = await fence.renew();
      expect(first).toEqual({ store: await fence.store(), generation: 1, mark: 0 });
      // Of those that share a batch each has its own word.
      const receipts = [7, 9, 8].map((seq) => ({ generation: seq === 8 ? 0 : 1, seq }));
      expect(await Promise.all(receipts.map(write))).toEqual(["taken", "taken", "stale"]);
      expect(await write({ generation: 1, seq: 3 })).toBe("taken");
      expect(await fence.renew()).toEqual({ ...first, generation: 2, mark: 9 });
      expect(await write({ generation: 1, seq: 10 })).toBe("stale");
      expect(await write({ generation: 2, seq: 10 })).toBe("taken");
      expect(await fence.renew()).toMatchObject({ generation: 3, mark: 10 });
    } finally {
      await fence.close();
      await store.close();
    }
  },
);

test.each(ENGINES)("no opening gets past a generation that has begun: $name", async ({ address: place }) => {
  const address = await place();
  const stores = await Promise.all([openStore(address), openStore(address)]);
  const fence = await openFence(address);
  try {
    let { generation, mark: seq } = await fence.renew();
    const over = new AbortController();
    const written: Receipt[] = [];
    const writing = [...stores, ...stores].map(async (store) => {
      while (!over.signal.aborted) {
        const receipt = { generation, seq: ++seq };
        const call = callId(Date.now());
        const claim = { call, at: 0, charges: [], receipt };
        const { kind } = await store.forTenant("t").journal.settle(opened(call), claim);
        if (kind === "taken") written.push(receipt);
      }
    });
    const standings = [];
    for (let round = 0; round < 25; round += 1) {
      const standing = await fence.renew();
      standings.push(standing);
      generation = standing.generation;
      for (const had = written.length; written.length === had; ) await later(1);
    }
    over.abort();
    await Promise.all(writing);
    const past = standings.flatMap(({ generation: begun, mark }) =>
      written.filter((receipt) => receipt.generation < begun && receipt.seq > mark),
    );
    expect(past).toEqual([]);
  } finally {
    await fence.close();
    await Promise.all(stores.map((store) => store.close()));
  }
});
