// A process that takes from one limit without pause and says on standard output how many it was given.
// Arguments: the store's address as JSON, the charge as JSON, how many tries, lanes.
import { callId } from "../../src/call/id.ts";
import { openStore } from "../../src/store/open.ts";
import { opened } from "./journal-events.ts";

const [address = "", charge = "", tries = "0", lanes = "1"] = process.argv.slice(2);
const store = await openStore(JSON.parse(address));
const { journal } = store.forTenant("t");
const charges = [JSON.parse(charge)];

let left = Number(tries);
await Promise.all(
  Array.from({ length: Number(lanes) }, async () => {
    while (left-- > 0) {
      const at = Date.now();
      const call = callId(at);
      const taken = await journal.settle(opened(call, { at }), { call, at, charges });
      process.stdout.write(taken.kind === "taken" ? "taken\n" : "full\n");
    }
  }),
);
await store.close();
