import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { Voter } from "../src/config/voters.ts";
import { openVoters } from "../src/voters/open.ts";
import { callOf } from "../test/voters/asked.ts";
import { spread, type Spread } from "./numbers.ts";

/** What it costs a call that a voter is asked about it. */
export interface Asked {
  readonly voter: string;
  /** CPU of the process with all its threads, a call. */
  readonly cpu_us: number;
  readonly latency_us: Spread;
}

const WARM = 300;
const ROUNDS = 5;

/** Policies for as many tools, a role each; three more speak of every call. */
function each(count: number): string {
  const own = Array.from(
    { length: count - 3 },
    (_, at) =>
      `permit(principal in Role::"developer", action == Action::"tools/call", resource == Tool::"files/tool_${at}") when { context.args.path like "/srv/*" };`,
  );
  return [
    'permit(principal in Role::"admin", action, resource);',
    'forbid(principal, action, resource) when { context.args has path && context.args.path like "*/.ssh/*" };',
    'forbid(principal in Tenant::"closed", action, resource);',
    ...own,
  ].join("\n");
}

/** As many policies of which every one may speak of every call, so that nothing can be left out. */
function all(count: number): string {
  const one = (at: number): string =>
    `permit(principal, action, resource) when { context.args.path == "/srv/${at}" };`;
  return [
    "permit(principal, action, resource);",
    ...Array.from({ length: count - 1 }, (_, at) => one(at)),
  ].join("\n");
}

async function cedar(folder: string, name: string, policies: string): Promise<Voter> {
  const home = join(folder, name.replaceAll(/\W/g, "-"));
  await mkdir(home, { recursive: true });
  await writeFile(join(home, "main.cedar"), policies);
  return { kind: "cedar", name, match: {}, policies: home, schema: undefined, entities: undefined };
}

async function asked(voter: Voter, calls: number): Promise<Asked> {
  const voters = await openVoters([voter], []);
  const call = callOf({ target: { kind: "tool", name: "tool_5" } });
  const times_us: number[] = [];
  const cpus_us: number[] = [];
  for (let at = 0; at < WARM; at += 1) await voters.tighten(call);
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = process.cpuUsage();
    for (let at = 0; at < calls; at += 1) {
      const from = performance.now();
      const { refusal } = await voters.tighten(call);
      times_us.push((performance.now() - from) * 1000);
      if (refusal !== undefined) throw new Error(`${voter.name} refuses: ${refusal.why}`);
    }
    const { user, system } = process.cpuUsage(before);
    cpus_us.push((user + system) / calls);
  }
  await voters.close();
  return { voter: voter.name, cpu_us: Math.min(...cpus_us), latency_us: spread(times_us) };
}

/** Each voter in process, asked one call after another. */
export async function voterCosts(folder: string): Promise<readonly Asked[]> {
  const results: Asked[] = [];
  for (const count of [10, 100, 1000])
    results.push(await asked(await cedar(folder, `Cedar, ${count} policies`, each(count)), 500));
  results.push(await asked(await cedar(folder, "Cedar, 1000 that all speak of it", all(1000)), 50));
  const bundle = resolve("test/voters/bundle.tar.gz");
  const rego = {
    kind: "opa-wasm",
    name: "Rego as Wasm, in its thread",
    match: {},
    bundle,
    entrypoint: "mcp/decision",
  } as const;
  results.push(await asked({ ...rego, timeout_ms: 10_000 }, 500));
  return results;
}
