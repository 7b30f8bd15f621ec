import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { stripTypeScriptTypes } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { INITIALIZE, line } from "./call.ts";
import { BIN } from "./gate.ts";
import { median, spread, type Spread } from "./numbers.ts";
import { cpu } from "./process.ts";

export interface Wrapped {
  readonly bare_us: Spread;
  readonly wrapped_us: Spread;
  readonly added_p50_us: number;
  /** Of the wrapping process alone. */
  readonly cpu_us: number;
  readonly bare_start_ms: number;
  readonly wrapped_start_ms: number;
}

interface Session {
  readonly pid: number;
  readonly started_ms: number;
  ask(message: string): Promise<string>;
  stop(): Promise<void>;
}

/** Starts a server on standard input and output and shakes hands; `started_ms` is from the spawn to the answer. */
async function open(args: readonly string[], state: string): Promise<Session> {
  const from = performance.now();
  // The records go to the user's state folder, which is here one of the bench's own.
  const env = { ...process.env, XDG_STATE_HOME: state };
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "ignore"], env });
  let waiting: ((said: string) => void) | undefined;
  let fail: ((error: Error) => void) | undefined;
  createInterface({ input: child.stdout }).on("line", (said) => waiting?.(said));
  child.once("exit", (code) => fail?.(new Error(`node ${args.join(" ")} ended with ${code}`)));
  const ask = (message: string) =>
    new Promise<string>((resolve, reject) => {
      waiting = resolve;
      fail = reject;
      child.stdin.write(`${message}\n`);
    });
  await ask(JSON.stringify(INITIALIZE));
  const started_ms = performance.now() - from;
  child.stdin.write('{"jsonrpc":"2.0","method":"notifications/initialized"}\n');
  const stop = async () => {
    fail = undefined;
    const gone = once(child, "exit");
    child.stdin.end();
    await gone;
  };
  return { pid: child.pid ?? 0, started_ms, ask, stop };
}

const { before, after } = line("echo", "legacy");
let next = 1;

async function calls(session: Session, count: number): Promise<readonly number[]> {
  const latencies_us: number[] = [];
  for (let at = 0; at < count; at++) {
    const from = performance.now();
    const said = await session.ask(before + String(next++) + after);
    latencies_us.push((performance.now() - from) * 1000);
    if (!said.includes('"result"') || said.includes('"isError":true')) throw new Error(said.slice(0, 500));
  }
  return latencies_us;
}

/** Sequential calls to a stdio server, bare and through `wrap`, in turn; then starts of both, in turn. */
export async function wrapped(
  folder: string,
  turns: { readonly rounds: number; readonly calls: number; readonly starts: number },
): Promise<Wrapped> {
  const server = join(folder, "server.mjs");
  await writeFile(server, stripTypeScriptTypes(await readFile(new URL("stdio.ts", import.meta.url), "utf8")));
  const wrap = [BIN, "wrap", "--", process.execPath, server];
  const bare = await open([server], folder);
  const gated = await open(wrap, folder);
  const all = { bare: [] as number[], gated: [] as number[] };
  await calls(bare, 500);
  await calls(gated, 500);
  let cpu_us = 0;
  for (let turn = 0; turn < turns.rounds; turn++) {
    all.bare.push(...(await calls(bare, turns.calls)));
    const from = cpu(gated.pid);
    all.gated.push(...(await calls(gated, turns.calls)));
    cpu_us += cpu(gated.pid) - from;
  }
  await bare.stop();
  await gated.stop();
  const starts = { bare: [] as number[], gated: [] as number[] };
  for (let turn = 0; turn < turns.starts; turn++) {
    for (const [args, into] of [
      [[server], starts.bare],
      [wrap, starts.gated],
    ] as const) {
      const one = await open(args, folder);
      into.push(one.started_ms);
      await one.stop();
    }
  }
  return {
    bare_us: spread(all.bare),
    wrapped_us: spread(all.gated),
    added_p50_us: median(all.gated) - median(all.bare),
    cpu_us: cpu_us / (turns.rounds * turns.calls),
    bare_start_ms: median(starts.bare),
    wrapped_start_ms: median(starts.gated),
  };
}
