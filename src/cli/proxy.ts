import { findConfig, loadConfig } from "../config/load.ts";
import { localAccount } from "../identity/local.ts";
import { stdioDoor } from "../ingress/stdio.ts";
import { construct } from "../main.ts";
import { openLog } from "../telemetry/log.ts";
import { type ExitCode, Failure } from "./failure.ts";
import { policyInForce } from "./policy-of.ts";
import { sayNotes } from "./say.ts";
import { version } from "./version.ts";

export interface ProxyOptions {
  readonly server?: string;
  readonly config?: string;
}

/** A stdio door onto one configured server, or onto all as one: what `wrap` is for a command, this is for a name. */
export async function proxy(options: ProxyOptions): Promise<ExitCode> {
  const file = findConfig(options.config);
  if (file === undefined)
    throw new Failure(
      2,
      "there is no portcullis.yaml in this folder",
      "portcullis init, or name one with --config",
    );
  const { config, notes } = loadConfig({ file });
  sayNotes(notes);
  if (options.server !== undefined && !config.servers.some(({ name }) => name === options.server)) {
    const names = config.servers.map(({ name }) => name).join(", ");
    throw new Failure(
      2,
      `no server is called ${options.server}; there are: ${names}`,
      `portcullis proxy --server ${config.servers[0]?.name ?? "NAME"}`,
    );
  }
  const servers = config.servers.filter(
    ({ name }) => options.server === undefined || name === options.server,
  );
  const running = await construct({
    config: { ...config, servers },
    policy: policyInForce(config).policy,
    log: openLog("warn"),
    version: version(),
  });
  const address = running.addressOf(options.server ?? "");
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
