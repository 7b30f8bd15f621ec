import { basename } from "node:path";
import type { Config, StdioServer } from "../config/config.ts";
import { DEFAULT_RESOURCE_ARGS } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { localAccount } from "../identity/local.ts";
import { stdioDoor } from "../ingress/stdio.ts";
import { construct } from "../main.ts";
import type { Policy } from "../policy/policy.ts";
import { openLog } from "../telemetry/log.ts";
import { type ExitCode, Failure } from "./failure.ts";
import { sayNotes } from "./say.ts";
import { version } from "./version.ts";

export interface WrapOptions {
  readonly command: readonly string[];
  readonly name?: string;
  readonly config?: string;
}

/** Launchers that say nothing about the server behind them. */
const LAUNCHERS = new Set([
  "npx",
  "npm",
  "node",
  "bunx",
  "uvx",
  "uv",
  "python",
  "python3",
  "docker",
  "deno",
  "cmd",
]);

/** A name for records and policy where none was given: the program, or the first thing its launcher is told to run. */
export function nameOf(command: readonly string[]): string {
  const [program = "", ...rest] = command;
  const told = LAUNCHERS.has(basename(program))
    ? rest.find((word) => !word.startsWith("-") && word !== "run" && word !== "exec")
    : undefined;
  const name = basename((told ?? program).replace(/@[^/@]+$/, "")).replace(/\.[cm]?[jt]s$|\.py$/, "");
  return name.replace(/[^A-Za-z0-9._-]/g, "-").slice(0, 64) || "server";
}

function serverOf({ command, name }: WrapOptions, config: Config): StdioServer {
  const [program, ...args] = command;
  if (program === undefined)
    throw new Failure(2, "wrap needs the server's command", "portcullis wrap -- npx -y some-mcp-server");
  const called = name ?? nameOf(command);
  const known = config.servers.find((server) => server.name === called);
  return {
    transport: "stdio",
    name: called,
    prefix: undefined,
    timeout_ms: known?.timeout_ms ?? 24 * 3_600_000,
    sessions: 4,
    resource_args: known?.resource_args ?? DEFAULT_RESOURCE_ARGS,
    command: program,
    args,
    // The client gave this process what the server needs: a wrapped server sees what it saw before.
    env: Object.fromEntries(
      Object.entries(process.env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
    ),
    cwd: process.cwd(),
  };
}

/** What stands for policy where there is none: `observe` refuses nothing, and the record says that no rule spoke. */
const NO_POLICY: Policy = {
  version: "none",
  judge: () => ({ kind: "allow", rule: { source: "mode", rule: "observe" } }),
  hides: () => false,
  explain: () => ({ verdict: { kind: "allow", rule: { source: "mode", rule: "observe" } }, rules: [] }),
};

async function policyOf(config: Config): Promise<Policy> {
  if (config.policy.length === 0) return NO_POLICY;
  const { policyInForce } = await import("./policy-of.ts");
  return policyInForce(config).policy;
}

/**
 * Stands between a client and one stdio server. Standard output carries the protocol and nothing else; the server's
 * exit code and signals pass through; without a configuration it observes.
 */
export async function wrap(options: WrapOptions): Promise<ExitCode> {
  const loaded = loadConfig({ file: options.config });
  sayNotes(loaded.notes);
  const server = serverOf(options, loaded.config);
  const config: Config = { ...loaded.config, servers: [server] };
  const running = await construct({
    config,
    policy: await policyOf(config),
    log: openLog("warn"),
    version: version(),
  });
  const address = running.addressOf(server.name);
  if (address === undefined) throw new Error("a server without an address");
  try {
    await stdioDoor({
      gate: running.gate,
      address,
      principal: localAccount(),
      input: process.stdin,
      output: process.stdout,
    });
    return 0;
  } finally {
    await running.close();
  }
}
