// Lets the records of a store go to a file until everything is there, or until it is killed. Arguments: the store, the file.
import { setTimeout as sleep } from "node:timers/promises";
import { openSinks } from "../../src/audit/sink/sinks.ts";
import { openOutbound } from "../../src/outbound/outbound.ts";
import { openStore } from "../../src/store/open.ts";

const [, , path = "", file = ""] = process.argv;
const store = await openStore({ kind: "sqlite", path });
const sinks = openSinks(
  [
    {
      name: "trail",
      type: "file",
      path: file,
      max_bytes: 1_000_000_000,
      keep: 1,
      form: "ndjson",
      redact: "none",
      tenants: ["default"],
      from: "beginning",
    },
  ],
  {
    store,
    outbound: openOutbound([]),
    source: { version: "0" },
    key: undefined,
    log: console,
    now: Date.now,
  },
  // Whoever was killed holds on no longer than this.
  { lease_ms: 200, look_ms: 5, entries: 10 },
);
process.stdout.write("open\n");
while (sinks.states()["trail"]?.state !== "even") await sleep(10);
await sinks.close();
await store.close();
