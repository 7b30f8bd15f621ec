import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { opening } from "../src/audit/opening.ts";
import type { Call } from "../src/call/call.ts";
import { callId } from "../src/call/id.ts";
import { policyOf } from "../src/policy/compile.ts";
import { parsePolicy } from "../src/policy/parse.ts";
import { openStore } from "../src/store/open.ts";
import type { JournalEvent } from "../src/store/store.ts";

/** One replay, in a process of its own whose heap is bounded: what grew with the calls would not fit. */
export interface Replayed {
  readonly calls: number;
  readonly ms: number;
  readonly peak_mb: number;
  readonly judged: number;
  readonly undecided: number;
  /** Under the policy that judged them there must be none. */
  readonly changed: number;
}

/** Old objects of V8's heap. */
export const HEAP_MB = 64;
const START = Date.UTC(2026, 10, 1);
const EVERY_MS = 6_000;
const BATCH = 1_000;
const SERVERS = ["files", "db", "cloud", "mail", "bank"];
const TOOLS = ["read_file", "write_file", "query", "deploy", "send"];

/** Rules of every kind; limits wide enough that none is reached, so that what was judged needs no counters to be true. */
const POLICY = JSON.stringify({
  defaults: { verdict: "deny" },
  rules: [
    ...SERVERS.flatMap((server) =>
      TOOLS.map((tool) => ({ name: `${server}-${tool}`, match: { server, tool }, allow: true })),
    ),
    {
      name: "outside",
      match: { tool: "write_file" },
      when: '!path.within(args.path, "/srv/data")',
      deny: true,
      why: "no",
    },
    {
      name: "dear",
      match: { server: "bank", tool: "send" },
      when: "args.amount > 900",
      deny: true,
      why: "no",
    },
    {
      name: "known",
      match: { server: "mail" },
      when: 'has(args.token) && args.token == "x"',
      deny: true,
      why: "no",
    },
    { name: "nights", match: { server: "cloud", tool: "deploy" }, hours: { allow: "06:00-21:59" } },
    { name: "rate", match: { server: "db" }, limit: { rate: "100000/hour", per: ["user", "tool"] } },
    {
      name: "sum",
      match: { server: "bank" },
      limit: { quota: "100000000/day", meter: "args.amount", per: ["user"] },
    },
  ],
});

function call(at: number): Call {
  const instant = START + at * EVERY_MS;
  const server = SERVERS[at % SERVERS.length] ?? "";
  const name = TOOLS[Math.floor(at / SERVERS.length) % TOOLS.length] ?? "";
  return {
    id: callId(instant),
    at: instant,
    principal: {
      id: `user-${at % 40}`,
      tenant: "default",
      roles: at % 3 === 0 ? ["developer", "staff"] : ["staff"],
      scopes: [],
      source: "local-account",
    },
    client: { name: "claude-code", version: "2.1.261" },
    era: "modern",
    server,
    method: "tools/call",
    target: { kind: "tool", name },
    args: {
      path: at % 7 === 0 ? "/etc/passwd" : `/srv/data/reports/${at % 100}.md`,
      text: "a sentence of the size that people put into the arguments of a tool call",
      amount: at % 1_000,
      ...(at % 10 === 3 && { token: "secret" }),
    },
    meta: {},
    inexact: [],
  };
}

function events(at: number, judging: ReturnType<typeof policyOf>): readonly JournalEvent[] {
  const made = call(at);
  const verdict = judging.judge(made, []);
  const trail = ["visibility", "arguments", "policy"].map(
    (stage) => ({ stage, said: "pass", us: 5 }) as const,
  );
  const facts = { size_bytes: 400, policy_version: judging.version, resource_args: ["path"] };
  const decision = { call: made, edits: [], verdict, findings: [], trail };
  const closed = {
    kind: "closed",
    call: made.id,
    at: made.at + 20,
    status: verdict.kind === "allow" ? "ok" : "denied",
    duration_us: 20_000,
    answer_digest: "",
    size_bytes: 900,
    detail: {},
  } as const;
  return [opening(decision, facts, { detail: "full", mode: "enforce" }), closed];
}

/** Records so many calls, then replays them under the policy that judged them. */
export async function replayed(folder: string, calls: number): Promise<Replayed> {
  const path = join(folder, `replay-${calls}.db`);
  const policy = join(folder, "replay.yaml");
  await writeFile(policy, POLICY);
  const judging = policyOf(parsePolicy([{ file: policy, text: POLICY }], { root: "/srv" }), () => ["path"]);
  const store = await openStore({ kind: "sqlite", path });
  const { journal } = store.forTenant("default");
  for (let from = 0; from < calls; from += BATCH) {
    const size = Math.min(BATCH, calls - from);
    await journal.append(Array.from({ length: size }, (_, at) => events(from + at, judging)).flat());
  }
  await store.close();
  const script = fileURLToPath(new URL("replayed.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [
    `--max-old-space-size=${HEAP_MB}`,
    "--disable-warning=ExperimentalWarning",
    script,
    path,
    policy,
    String(START),
  ]);
  return JSON.parse(stdout) as Replayed;
}
