// A process that journals, gives what it journalled its leaves and signs, without pause, until it is killed. Says on standard
// output what it was promised: `call ID` of a call on record, `size N` of a log that is signed. Arguments: the store's address as JSON, the key.
import { setImmediate as turn } from "node:timers/promises";
import { readKey } from "../../src/audit/log/key.ts";
import { sequence } from "../../src/audit/log/sequence.ts";
import { signGrown } from "../../src/audit/log/sign.ts";
import { callId } from "../../src/call/id.ts";
import { openLog } from "../../src/store/log.ts";
import { openStore } from "../../src/store/open.ts";
import { closed, opened } from "./journal-events.ts";

const [address = "", pem = ""] = process.argv.slice(2);
const at = JSON.parse(address);
const key = readKey(pem, "the key");
const store = await openStore(at);
const log = await openLog(at);
const { journal } = store.forTenant("t");

async function calling(): Promise<never> {
  for (;;) {
    const call = callId(Date.now());
    await journal.append([opened(call), closed(call)]);
    process.stdout.write(`call ${call}\n`);
  }
}

async function keeping(): Promise<never> {
  for (;;) {
    await sequence(log, "the one", turn);
    await signGrown(log, key, Date.now());
    const signed = await log.checkpoint("t");
    if (signed !== undefined) process.stdout.write(`size ${signed.size}\n`);
    await turn();
  }
}

await Promise.all([calling(), calling(), keeping()]);
