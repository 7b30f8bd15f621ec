// A process that takes from one limit in Redis without pause and says on standard output how many it was given.
// Arguments: the store's address and the charge as JSON, Redis, how many tries, lanes.
import { setTimeout as later } from "node:timers/promises";
import { settled } from "../../src/audit/counted.ts";
import { callId } from "../../src/call/id.ts";
import { redisCounters } from "../../src/cluster/redis.ts";
import { openFence } from "../../src/store/fence.ts";
import { openStore } from "../../src/store/open.ts";
import { opened } from "./journal-events.ts";

const [address = "", charge = "", url = "", tries = "0", lanes = "1"] = process.argv.slice(2);
const place = JSON.parse(address);
const store = await openStore(place);
const log = { warn: () => {}, info: () => {} };
const counters = await redisCounters(url, await openFence(place), log);
const { journal } = store.forTenant("t");
const charges = [JSON.parse(charge)];

let left = Number(tries);
await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    while (left-- > 0) {
      const at = Date.now();
      const call = callId(at);
      const { taken } = await settled(
        journal,
        opened(call, { at }),
        { tenant: "t", call, at, charges },
        counters,
      );
      process.stdout.write(`${taken.kind}\n`);
      // Who is refused like this has not had its try.
      if (taken.kind === "uncounted") {
        left += 1;
        await later(20);
      }
    }
  }),
);
await counters.close();
await store.close();
