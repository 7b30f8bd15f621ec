// A process that journals without pause and says on standard output what it was promised: `opened ID`, `closed ID`,
// or `refused OBSTACLE`, after which it tries again. Arguments: the store's address as JSON, how many calls, lanes.
import { setTimeout as sleep } from "node:timers/promises";
import { callId } from "../../src/call/id.ts";
import { openStore } from "../../src/store/open.ts";
import type { JournalEvent } from "../../src/store/store.ts";
import { JournalUnavailable } from "../../src/store/unavailable.ts";
import { closed, opened } from "./journal-events.ts";

process.on("SIGXFSZ", () => {}); // a write beyond RLIMIT_FSIZE then fails with EFBIG

const [address = "", calls = "0", lanes = "1"] = process.argv.slice(2);
const store = await openStore(JSON.parse(address));
const { journal } = store.forTenant("t");

async function written(event: JournalEvent): Promise<void> {
  for (;;) {
    try {
      await journal.append([event]);
      process.stdout.write(`${event.kind} ${event.call}\n`);
      return;
    } catch (error) {
      if (!(error instanceof JournalUnavailable)) throw error;
      process.stdout.write(`refused ${error.obstacle}\n`);
      await sleep(20);
    }
  }
}

let left = Number(calls);
await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    while (left-- > 0) {
      const call = callId(Date.now());
      await written(opened(call));
      await written(closed(call));
    }
  }),
);
await store.close();
