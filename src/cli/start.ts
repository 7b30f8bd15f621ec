import { constants } from "node:os";
import type { AddressInfo } from "node:net";
import { findConfig, loadConfig } from "../config/load.ts";
import { shown } from "../config/paths.ts";
import { construct, openHttp } from "../main.ts";
import type { HttpDoor } from "../ingress/http.ts";
import { openLog } from "../telemetry/log.ts";
import { type ExitCode, Failure } from "./failure.ts";
import { policyInForce } from "./policy-of.ts";
import { invoked } from "./invoked.ts";
import { sayNotes, tell } from "./say.ts";
import { version } from "./version.ts";
import type { Config } from "../config/config.ts";

export interface StartOptions {
  readonly config?: string;
  readonly port?: number;
  readonly workers?: number;
}

/** Runs the gate until SIGINT or SIGTERM, then lets what is under way end. */
export async function start({ config: named, port, workers = 1 }: StartOptions): Promise<ExitCode> {
  if (workers > 1) {
    throw new Failure(
      2,
      "this version serves with one process: sessions are not yet shared between workers",
      "leave --workers away",
    );
  }
  const file = findConfig(named);
  if (file === undefined)
    throw new Failure(2, "there is no portcullis.yaml in this folder", "portcullis init");
  const { config, notes } = loadConfig({ file, ...(port !== undefined && { overrides: { port } }) });
  sayNotes(notes);
  if (config.servers.length === 0) {
    throw new Failure(
      2,
      `${shown(config.file ?? "portcullis.yaml")} names no server, so there is nothing to guard`,
      "add one under `mcpServers:`, or run `portcullis init --import`",
    );
  }
  const { policy, summary } = policyInForce(config);
  const running = await construct({ config, policy, log: openLog(), version: version() });
  const door = await openHttp(running, config);
  try {
    const bound = await listen(door, config);
    const ending = asked(); // before anybody is told that it is ready
    announce(config, bound, summary);
    const signal = await ending;
    tell(`${signal}: ending what is under way`);
    await door.drain();
    return signal === "SIGINT" ? 130 : 0;
  } finally {
    await running.close();
  }
}

async function listen(door: HttpDoor, config: Config): Promise<readonly AddressInfo[]> {
  const bound: AddressInfo[] = [];
  for (const at of config.listen) {
    try {
      bound.push(await door.listen(at));
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "EADDRINUSE") {
        throw new Failure(
          3,
          `port ${at.port} of ${at.host} is already used by another process`,
          `portcullis start --port ${at.port + 1}, or end the process that has it`,
        );
      }
      throw new Failure(
        3,
        `cannot listen on ${at.host}:${at.port}: ${error instanceof Error ? error.message : String(error)}`,
        "change `listen:`",
      );
    }
  }
  return bound;
}

/** Where to connect and where the records are, on standard output because scripts wait for the first line of it. */
function announce(config: Config, bound: readonly AddressInfo[], policy: string): void {
  const [first] = bound;
  const base =
    first === undefined
      ? ""
      : `http://${first.family === "IPv6" ? `[${first.address}]` : first.address}:${first.port}`;
  const store = config.store.kind === "sqlite" ? shown(config.store.path) : "PostgreSQL";
  const lines = [
    `ready ${base}/mcp`,
    `  servers  ${config.servers.map(({ name }) => name).join(", ")}   one of them alone: ${base}/mcp/${config.servers[0]?.name ?? "NAME"}`,
    `  policy   ${policy}${config.mode === "observe" ? "   observe: nothing is refused, everything is recorded" : ""}`,
    `  records  ${store}   read them: ${invoked()} logs${config.file === undefined ? "" : ` --config ${shown(config.file)}`}`,
    `  connect  claude mcp add --transport http portcullis ${base}/mcp`,
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
}

/** Resolves with the signal that asks the process to end; a second one ends it at once. */
function asked(): Promise<"SIGINT" | "SIGTERM" | "SIGHUP"> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.once(signal, () => {
        resolve(signal);
        process.once(signal, () => process.exit(128 + constants.signals[signal]));
      });
    }
  });
}
