// How long a filtered page of records takes on PostgreSQL. RECORDS sets how many there are; 10,000,000 need some 12 GB and minutes.
import { Client } from "pg";
import type { CallId } from "../src/call/id.ts";
import type { CallQuery } from "../src/store/journal/found.ts";
import { reading } from "../src/store/migrations/0020-reading.ts";
import { openStore } from "../src/store/open.ts";
import { startPostgres } from "../test/postgres.ts";
import { median } from "./numbers.ts";

const RECORDS = Number(process.env["RECORDS"] ?? 10_000_000);
const ROUNDS = 15;
const GOAL_MS = 100;

const idOf = (number: string): string => `'call_01m7' || lpad((${number})::text, 22, '0')`;
const DIGEST = `sha256:${"0".repeat(64)}`;
/** Of 10,000 principals each calls alike; 1 of 50 calls is denied, 1 of 100 fails. */
const OPENED = `insert into portcullis.opened (tenant, call, gate, at, principal, client, era, server, method, target,
    target_kind, args_digest, verdict, rule, rule_source, policy_version, size_bytes, detail)
  select 'default', ${idOf("i")}, 'gate_1', 1790000000000 + i, 'user' || (i * 7919 % 10000), 'cli/1', 'modern',
    'server' || (i % 5), case when i = 17 then 'prompts/get' else 'tools/call' end, 'tool' || (i % 40), 'tool',
    '${DIGEST}', case when i % 50 = 0 then 'deny' else 'allow' end, 'rule' || (i % 20), '${DIGEST}', '${DIGEST}', 300,
    '{"mode":"enforce","intent":"read","source":"token","trail":[{"stage":"pii","said":"pass","us":12}]}'
  from generate_series($1::bigint, $2::bigint) as i`;
const CLOSED = `insert into portcullis.closed (tenant, call, at, status, duration_us, answer_digest, size_bytes, detail)
  select 'default', ${idOf("i")}, 1790000000000 + i,
    case when i % 50 = 0 then 'denied' when i % 100 = 1 then 'error' else 'ok' end, 1200, '${DIGEST}', 500, '{}'
  from generate_series($1::bigint, $2::bigint) as i`;

async function fill(url: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query("set portcullis.tenant = '*'");
  const indexes = reading.postgres.filter((statement) => statement.startsWith("create index"));
  for (const statement of indexes)
    await client.query(`drop index portcullis.${statement.split(" ")[2] ?? ""}`);
  const portion = 500_000;
  for (let from = 1; from <= RECORDS; from += portion) {
    const until = Math.min(RECORDS, from + portion - 1);
    await client.query(OPENED, [from, until]);
    await client.query(CLOSED, [from, until]);
    process.stderr.write(`${until} records\n`);
  }
  for (const statement of indexes) await client.query(statement);
  await client.query("analyze portcullis.opened");
  await client.query("analyze portcullis.closed");
  await client.end();
}

const middle = `call_01m7${String(Math.floor(RECORDS / 2)).padStart(22, "0")}` as CallId;
const QUERIES: readonly (readonly [name: string, query: Partial<CallQuery>])[] = [
  ["newest", {}],
  ["from the middle", { beyond: middle }],
  ["principal", { principal: "user4242" }],
  ["principal, oldest first", { principal: "user4242", order: "oldest" }],
  ["nobody", { principal: "nobody" }],
  ["server", { server: "server3" }],
  ["tool", { target: "tool17", target_kind: "tool" }],
  ["rule", { rule: "rule7" }],
  ["denied", { verdict: "deny" }],
  ["failed", { status: "error" }],
  ["principal and denied", { principal: "user4242", verdict: "deny" }],
  ["server and denied", { server: "server3", verdict: "deny" }],
  ["server and failed", { server: "server3", status: "error" }],
  ["tool, rule and server that never meet", { target: "tool17", rule: "rule2", server: "server1" }],
  ["a method that one call had", { method: "prompts/get" }],
];

const postgres = await startPostgres();
let missed = 0;
try {
  const url = await postgres.database();
  const store = await openStore({ kind: "postgres", url });
  await fill(url);
  const { journal } = store.forTenant("default");
  await journal.find({ order: "newest", limit: 1 });
  process.stdout.write(`${RECORDS} records, pages of 100, ms: the median and the worst of ${ROUNDS}\n`);
  for (const [name, query] of QUERIES) {
    const took: number[] = [];
    let found = 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      const page = await journal.find({ order: "newest", limit: 100, ...query });
      took.push(performance.now() - began);
      found = page.records.length;
    }
    const middling = median(took);
    if (middling > GOAL_MS) missed += 1;
    const worst = Math.max(...took);
    process.stdout.write(
      `${middling <= GOAL_MS ? "ok  " : "slow"} ${name.padEnd(40)} ${middling.toFixed(1).padStart(8)} ${worst.toFixed(1).padStart(8)}   ${found} found\n`,
    );
  }
  await store.close();
} finally {
  await postgres.stop();
}
process.exitCode = missed > 0 ? 1 : 0;
