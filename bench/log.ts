// What the Merkle log costs: a call in the gate's process, an auditor who verifies it, the disk. `node bench/log.ts` alone has
// as many records as the goal is about; `npm run bench` has fewer.
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { Client } from "pg";
import { sequence } from "../src/audit/log/sequence.ts";
import { signGrown } from "../src/audit/log/sign.ts";
import { callBundle } from "../src/audit/proof/bundle.ts";
import { verifyLog } from "../src/audit/proof/verify.ts";
import type { CallId } from "../src/call/id.ts";
import { openLog } from "../src/store/log.ts";
import { openStore } from "../src/store/open.ts";
import { startPostgres } from "../test/postgres.ts";
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

/** The same in PostgreSQL. */
async function fillPostgres(url: string, calls: number): Promise<void> {
  const detail = JSON.stringify({
    arguments: { path: "/srv/data/report.txt", lines: 120 },
    trail: [["judge", 12]],
  });
  const id = "'call_01m7zy' || lpad(n::text, 20, '0')";
  const digest = "'sha256:' || encode(sha256(n::text::bytea), 'hex')";
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(
      `insert into portcullis.opened (tenant, call, gate, at, principal, client, era, server, method, target, target_kind, args_digest,
         verdict, rule, rule_source, policy_version, size_bytes, detail, session, request)
       select $1, ${id}, 'gate_x', 1700000000000 + n, 'sub_0123456789abcdef', 'client/1.0', 'modern', 'files', 'tools/call', 'read_file',
         'tool', ${digest}, 'allow', 'reads', 'sha256:0', 'sha256:0', 412, $2, '', '' from generate_series(1, $3::integer) n`,
      [TENANT, detail, calls],
    );
    await client.query(
      `insert into portcullis.closed (tenant, call, at, status, duration_us, answer_digest, size_bytes, detail)
       select $1, ${id}, 1700000000001 + n, 'ok', 1832, ${digest}, 911, '{}' from generate_series(1, $2::integer) n`,
      [TENANT, calls],
    );
  } finally {
    await client.end();
  }
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

/** CPU of the gate's process for a call in the log in PostgreSQL, µs: what the database does is not counted. */
export async function loggedPostgres(records: number): Promise<number> {
  const postgres = await startPostgres();
  try {
    const address = { kind: "postgres", url: await postgres.database() } as const;
    await (await openStore(address)).close();
    await fillPostgres(address.url, records / 2);
    const log = await openLog(address);
    try {
      const from = cpuUs();
      const made = await sequence(log, "bench", turn);
      if (made !== records) throw new Error(`${made} leaves of ${records} records`);
      return (cpuUs() - from) / (records / 2);
    } finally {
      await log.close();
    }
  } finally {
    await postgres.stop();
  }
}

if (import.meta.filename === process.argv[1]) {
  const folder = await mkdtemp(join(tmpdir(), "bench-log-"));
  try {
    const records = Number(process.argv[2] ?? 1_000_000);
    console.log(await logged(folder, records));
    console.log({ postgres_cpu_us: await loggedPostgres(Math.min(records, 100_000)) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
