// Who journals, gives records their leaves and signs is killed at random moments. FAULT_ROUNDS sets how often.
import { spawn } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { join } from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { sequence } from "../../src/audit/log/sequence.ts";
import { signGrown } from "../../src/audit/log/sign.ts";
import type { Known } from "../../src/audit/proof/signed.ts";
import { verifyLog } from "../../src/audit/proof/verify.ts";
import type { StoreAddress } from "../../src/config/config.ts";
import { type LogTables, MAX_LEAVES, openLog } from "../../src/store/log.ts";
import { openStore } from "../../src/store/open.ts";
import { engines } from "../engines.ts";

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? 3);
const { privateKey: key } = generateKeyPairSync("ed25519");
const PEM = key.export({ type: "pkcs8", format: "pem" }).toString();

/** Lets one run until it has signed something, and a random moment longer; gives what it said. */
async function killed(address: StoreAddress): Promise<readonly string[]> {
  const words = ["--disable-warning=ExperimentalWarning", join(import.meta.dirname, "sequencing.ts")];
  const child = spawn(process.execPath, [...words, JSON.stringify(address), PEM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  while (!said.includes("size ") && child.exitCode === null) await sleep(5);
  await sleep(Math.random() * 150);
  child.kill("SIGKILL");
  await once(child, "close");
  return said.split("\n").slice(0, -1); // what is not a whole line was promised to nobody
}

/** How many leaves each call has, from that record on. */
async function leavesOf(log: LogTables, begin: number, end: number): Promise<ReadonlyMap<string, number>> {
  const found = new Map<string, number>();
  for (let from = begin; from < end; from += MAX_LEAVES)
    for (const { id } of await log.leaves("t", from, MAX_LEAVES)) found.set(id, (found.get(id) ?? 0) + 1);
  return found;
}

test.each(engines())(
  "nothing is lost, nothing doubled, and what was signed stays so: $name",
  async ({ nowhere: place }) => {
    const address = await place();
    const against = { key, witnesses: [], known: [], since: undefined };
    let promises = 0;
    let signed = 0;
    let before: { readonly records: number; readonly since: Known } | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      const promised = new Set<string>();
      for (const line of await killed(address)) {
        const [word, what = ""] = line.split(" ");
        if (word === "call") promised.add(what);
        else signed = Math.max(signed, Number(what));
      }
      const store = await openStore(address);
      const log = await openLog(address);
      expect((await log.checkpoint("t"))?.size ?? 0).toBeGreaterThanOrEqual(signed);
      while ((await log.waiting()).rows.length > 0) await sequence(log, "the one", turn);
      expect(await signGrown(log, key, Date.now())).toMatchObject({ trouble: undefined });
      // Each round what is new since the one before, which must still be as it was signed; in the end everything once more.
      const last = round === ROUNDS - 1;
      const report = await verifyLog(log, "t", { ...against, since: last ? undefined : before?.since });
      expect(report.findings).toEqual([]);
      promises += promised.size;
      expect(report.records).toBeGreaterThanOrEqual(promises * 2);
      const leaves = await leavesOf(log, before?.records ?? 0, report.records);
      expect([...promised].filter((call) => leaves.get(call) !== 2)).toEqual([]);
      const note = (await log.checkpoint("t"))?.note ?? "";
      before = { records: report.records, since: { source: "the round before", note } };
      await log.close();
      await store.close();
    }
    expect(promises).toBeGreaterThan(0);
  },
  ROUNDS * 20_000,
);
