import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Pool } from "undici";
import { type Authority, authority } from "../src/admin/authority.ts";
import { loadConfig } from "../src/config/load.ts";
import { ANONYMOUS } from "../src/identity/local.ts";
import { construct } from "../src/main.ts";
import { compile } from "../src/policy/compile.ts";
import { openLog } from "../src/telemetry/log.ts";
import { start } from "../test/conformance/child.ts";
import { policyText } from "./decisions.ts";
import { BIN } from "./gate.ts";
import { median, spread, type Spread } from "./numbers.ts";
import { cpu } from "./process.ts";

/** What a question costs; `cached`: the verdict was remembered. */
export interface Authorized {
  readonly cached: boolean;
  /** In the process of the gate, without HTTP. */
  readonly inside_us: Spread;
  /** Over HTTP: questions answered a second, and CPU of the gate's process for each, median over rounds. */
  readonly per_second: number;
  readonly cpu_us: number;
}

const RULES = 1000;
const INSIDE = 20_000;
const CONNECTIONS = 16;
const HTTP = { rounds: 5, questions: 10_000 };

/** The same question again and again, or one that nobody has asked before. */
const questionOf = (cached: boolean, at: number) => ({
  tenant_id: "default",
  resource_id: "files/write_file",
  operation: "tools/call",
  args: { path: `/srv/data/${cached ? 0 : at}.txt`, content: "some words to write down" },
});

/** A policy of 1,000 rules of which nine can match, none of them a limit: what a limit says is never remembered. */
function policyOf(): string {
  const { rules } = JSON.parse(policyText(RULES + 1)) as { rules: readonly { readonly name: string }[] };
  return JSON.stringify({ rules: rules.filter(({ name }) => name !== "counted") });
}

async function configured(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "policy.yaml"), policyOf());
  const file = join(folder, "portcullis.yaml");
  const names = Array.from({ length: 50 }, (_, at) => `server-${at}`);
  await writeFile(
    file,
    JSON.stringify({
      listen: "127.0.0.1:0",
      policy: "policy.yaml",
      profile: "none",
      mcpServers: Object.fromEntries(["files", ...names].map((name) => [name, { command: "true" }])),
    }),
  );
  return file;
}

async function inside(engine: Authority, cached: boolean): Promise<Spread> {
  const times_us: number[] = [];
  const asking = { credential: ANONYMOUS, inexact: [] };
  for (let at = 0; at < INSIDE * 1.25; at++) {
    const from = performance.now();
    const answer = await engine.authorize(questionOf(cached, at), asking);
    const took_us = (performance.now() - from) * 1000;
    if (!answer.allowed || (at > 0 && answer.cached !== cached)) throw new Error(JSON.stringify(answer));
    if (at >= INSIDE / 4) times_us.push(took_us);
  }
  return spread(times_us);
}

let asked = 0;

async function round(pool: Pool, cached: boolean): Promise<number> {
  const began = performance.now();
  let left = HTTP.questions;
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const { statusCode, body } = await pool.request({
        method: "POST",
        path: "/governance/v1/authorize",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(questionOf(cached, ++asked)),
      });
      const answer = (await body.json()) as { allowed: boolean };
      if (statusCode !== 200 || !answer.allowed) throw new Error(JSON.stringify(answer));
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
  return HTTP.questions / ((performance.now() - began) / 1000);
}

/** `POST /governance/v1/authorize` under 1,000 rules: the engine alone, and over HTTP with 16 connections. */
export async function authorized(folder: string, command = BIN): Promise<readonly Authorized[]> {
  const file = await configured(folder);
  const { config } = loadConfig({ file, env: {} });
  const policy = compile([{ file: "policy", text: policyOf() }], { resourceArgs: () => ["path"] });
  const log = openLog("fatal");
  const running = await construct({ config, policy, log, version: "bench" });
  const gate = await start([command, "start", "--config", file]);
  const pool = new Pool(new URL(gate.url).origin, { connections: CONNECTIONS });
  try {
    const results: Authorized[] = [];
    for (const cached of [true, false]) {
      const inside_us = await inside(
        authority(running.gate, () => true),
        cached,
      );
      await round(pool, cached);
      const rates: number[] = [];
      const costs_us: number[] = [];
      for (let at = 0; at < HTTP.rounds; at++) {
        const before = cpu(gate.pid);
        rates.push(await round(pool, cached));
        costs_us.push((cpu(gate.pid) - before) / HTTP.questions);
      }
      results.push({ cached, inside_us, per_second: median(rates), cpu_us: median(costs_us) });
    }
    return results;
  } finally {
    await pool.close();
    await gate.stop();
    await running.close();
  }
}
