// What the Merkle log costs: a call in the gate's process, an auditor who verifies it, the disk. `node bench/log.ts` alone has
// as many records as the goal is about; `npm run bench` has fewer.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { sequence } from "../src/audit/log/sequence.ts";
import { signGrown } from "../src/audit/log/sign.ts";
import { callBundle } from "../src/audit/proof/bundle.ts";
import { verifyLog } from "../src/audit/proof/verify.ts";
import type { CallId } from "../src/call/id.ts";
import { openLog } from "../src/store/log.ts";
import { openStore } from "../src/store/open.ts";
import { median } from "./numbers.ts";

export interface Logged {
  readonly records: number;
  /** CPU of the process that keeps the log, all threads: hashing, sequencing, reading and writing, µs a call. */
  readonly cpu_us: number;
  /** Of all records, with rows, tree and checkpoint, s. */
  readonly verify_s: number;
  /** The bundle of a call, ms. */
  readonly prove_ms: number;
  /** Of the log itself, bytes a record. */
  readonly bytes: number;
}

const PROOFS = 50;
const TENANT = "bench";

/** Calls with an argument or two, as they stand in the store: two rows each. */
function fill(path: string, calls: number): void {
  const db = new DatabaseSync(path);
  const detail = JSON.stringify({
    arguments: { path: "/srv/data/report.txt", lines: 120 },
    trail: [["judge", 12]],
  });
  const id = "'call_01m7zy' || substr('00000000000000000000' || value, -20)";
  const digest = "'sha256:' || lower(hex(randomblob(32)))";
  db.exec("pragma synchronous = off; begin");
  db.prepare(
    `insert into opened select value * 2 - 1, '${TENANT}', ${id}, 'gate_x', 1700000000000 + value, 'sub_0123456789abcdef', 'client/1.0',
     'modern', 'files', 'tools/call', 'read_file', 'tool', ${digest}, 'allow', 'reads', 'sha256:0', 'sha256:0', 412, ?, '', ''
     from (with recursive n(value) as (select 1 union all select value + 1 from n where value < ?) select value from n)`,
  ).run(detail, calls);
  db.prepare(
    `insert into closed select value * 2, '${TENANT}', ${id}, 1700000000001 + value, 'ok', 1832, ${digest}, 911, '{}'
     from (with recursive n(value) as (select 1 union all select value + 1 from n where value < ?) select value from n)`,
  ).run(calls);
  db.exec("commit");
  db.close();
}

function cpuUs(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function sizeOf(path: string): Promise<number> {
  const db = new DatabaseSync(path);
  db.exec("pragma wal_checkpoint(truncate)");
  db.close();
  return (await stat(path)).size;
}

/** Keeps, proves and verifies a log of that many records in SQLite. */
export async function logged(folder: string, records: number): Promise<Logged> {
  const path = join(folder, `log-${records}.db`);
  await (await openStore({ kind: "sqlite", path })).close();
  fill(path, records / 2);
  const before = await sizeOf(path);
  const log = await openLog({ kind: "sqlite", path });
  const { privateKey: key } = generateKeyPairSync("ed25519");
  try {
    const from = cpuUs();
    await sequence(log, "bench", turn);
    await signGrown(log, key, Date.now());
    const cpu_us = (cpuUs() - from) / (records / 2);
    const bytes = ((await sizeOf(path)) - before) / records;
    const proofs: number[] = [];
    for (let nth = 1; nth <= PROOFS; nth++) {
      const { id } = (await log.leaves(TENANT, Math.floor((records / PROOFS) * nth) - 1, 1))[0] ?? { id: "" };
      const since = performance.now();
      await callBundle(log, { get: async () => undefined }, TENANT, id as CallId);
      proofs.push((performance.now() - since) / 2); // of both records of the call
    }
    const since = performance.now();
    const { found } = await verifyLog(log, TENANT, { key, witnesses: [], known: [], since: undefined });
    if (found > 0) throw new Error("a log that nobody touched is said to be bad");
    const verify_s = (performance.now() - since) / 1000;
    return { records, cpu_us, verify_s, prove_ms: median(proofs), bytes };
  } finally {
    await log.close();
    await rm(path);
  }
}

if (import.meta.filename === process.argv[1]) {
  const folder = await mkdtemp(join(tmpdir(), "bench-log-"));
  try {
    console.log(await logged(folder, Number(process.argv[2] ?? 1_000_000)));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
