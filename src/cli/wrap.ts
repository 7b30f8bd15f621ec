import { constants } from "node:os";
import { basename } from "node:path";
import { UNCLASSIFIED } from "../call/classification.ts";
import { Fault } from "../call/fault.ts";
import { bareConfig } from "../config/bare.ts";
import type { Config, StdioServer } from "../config/config.ts";
import { DEFAULT_RESOURCE_ARGS } from "../config/config.ts";
import { namesNoPolicy } from "../config/policy-place.ts";
import { version } from "../config/version.ts";
import { localAccount } from "../identity/local.ts";
import type { Parts } from "../main.ts";
import type { Policy } from "../policy/policy.ts";
import { type Log, openLog } from "../telemetry/log.ts";
import type { ChildEnd, Witness } from "../upstream/child.ts";
import { startWrapped, type Wrapped } from "../upstream/wrapped.ts";
import { Failure } from "./failure.ts";
import { withKeychain } from "./references.ts";

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
function nameOf(command: readonly string[]): string {
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
    secrets: [],
  };
}

async function configured(file: string | undefined): Promise<Config> {
  const { loadConfig } = await import("../config/load.ts");
  const { sayNotes } = await import("./say.ts");
  const { config, notes } = loadConfig({ file });
  sayNotes(notes);
  return config;
}

/** What stands for policy where there is none: `observe` refuses nothing, and the record says that no rule spoke. */
const NO_POLICY: Policy = {
  version: "none",
  judge: () => ({ kind: "allow", rule: { source: "mode", rule: "observe" } }),
  hides: () => false,
  withholds: () => false,
  range: () => ({ verdicts: ["allow"], rule: "observe", on: [], limits: [] }),
  roles: [],
  steady: () => false,
  duties: () => undefined,
  classOf: ({ classification }) => classification ?? UNCLASSIFIED,
  guards: new Set(),
  asks: false,
  offers: () => [],
  explain: () => ({ verdict: { kind: "allow", rule: { source: "mode", rule: "observe" } }, rules: [] }),
};

/** `known`: the servers of the configuration. Its policy may speak of those too, and of any where it names none. */
async function policyOf(
  config: Config,
  known: Config["servers"],
): Promise<Pick<Parts, "policy" | "follows">> {
  if (namesNoPolicy(config)) return { policy: NO_POLICY };
  const { policyInForce } = await import("./policy/of.ts");
  const names = new Set(config.servers.map(({ name }) => name));
  const others = known.filter(({ name }) => !names.has(name));
  const { policy, follows } = policyInForce(config, known.length === 0 ? [] : [...config.servers, ...others]);
  return { policy, follows };
}

/** A terminal sends the first three to all that run in it; the others are for one process. */
const TO_ALL = new Set<NodeJS.Signals>(["SIGINT", "SIGQUIT", "SIGHUP"]);
const PASSED: readonly NodeJS.Signals[] = [...TO_ALL, "SIGTERM", "SIGUSR2"];

/** Passes on every signal that asks for something, those that came before the process was there too. */
function signalsTo(process_id: Promise<number>, onTerm: () => void): void {
  for (const signal of PASSED) {
    process.on(signal, () => {
      void pass(signal, process_id);
      if (signal === "SIGTERM") onTerm();
    });
  }
}

async function pass(signal: NodeJS.Signals, process_id: Promise<number>): Promise<void> {
  const pid = await process_id;
  try {
    process.kill(TO_ALL.has(signal) ? -pid : pid, signal);
  } catch {
    // It has ended by itself.
  }
}

async function startServer(server: StdioServer, log: Log, witness: Witness): Promise<Wrapped> {
  try {
    return await startWrapped(server, log, witness);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    throw new Failure(
      3,
      error.detail ?? error.message,
      "check the command after `--`: it must be installed, and in PATH or a path",
    );
  }
}

/** What a shell makes of an end: the code, or 128 and the number of the signal. */
function exitCodeOf(end: ChildEnd): number {
  return end.signal === null ? end.code : 128 + constants.signals[end.signal];
}

/**
 * Stands between a client and one stdio server. Standard output carries the protocol and nothing else; the server's
 * standard error, signals and exit code pass through; without a configuration it observes. Gives the server's exit
 * code. Failure 3 where it cannot be started.
 */
export async function wrap(options: WrapOptions): Promise<number> {
  const other = ["dryRun", "yes", "moveSecrets", "json"].find((name) => name in options);
  if (other !== undefined) {
    const flag = other.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new Failure(2, `--${flag} is for wrap --all, which edits clients' files`, "leave it away");
  }
  const read =
    (options.config === undefined ? bareConfig() : undefined) ?? (await configured(options.config));
  const server = await withKeychain(serverOf(options, read), async () => {
    const { openKeychain } = await import("../clients/keychain.ts");
    return await openKeychain();
  });
  const config: Config = { ...read, servers: [server] };
  const governed = await policyOf(config, read.servers);
  const log = openLog("warn");
  const pid = Promise.withResolvers<number>();
  const end = Promise.withResolvers<ChildEnd>();
  const ended = new AbortController();
  // Who reads this may leave before the server has said all it has to say.
  process.stderr.on("error", () => undefined);
  signalsTo(pid.promise, () => setTimeout(() => void wrapped.close(), config.limits.drain_ms).unref());
  const starting = startServer(server, log, {
    started: pid.resolve,
    stderr: (piece) => void process.stderr.write(piece),
    ended(how) {
      end.resolve(how);
      ended.abort();
    },
  });
  // The server starts up while the rest of the gate is loaded: most of what a client waits for.
  const loading = Promise.all([import("../main.ts"), import("../ingress/stdio.ts")]);
  const wrapped = await starting;
  try {
    const [{ construct }, { stdioDoor }] = await loading;
    const running = await construct({ config, ...governed, log, version: version(), reach: () => wrapped });
    const address = running.addressOf(server.name);
    if (address === undefined) throw new Error("a server without an address");
    const behind = { ended: ended.signal, hangUp: wrapped.hangUp };
    const principal = localAccount();
    try {
      await stdioDoor({
        gate: running.gate,
        address,
        principal,
        input: process.stdin,
        output: process.stdout,
        behind,
      });
    } finally {
      await running.close();
    }
  } finally {
    await wrapped.close();
  }
  return exitCodeOf(await end.promise);
}
