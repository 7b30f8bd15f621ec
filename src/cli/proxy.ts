import { version } from "../config/version.ts";
import { localAccount } from "../identity/local.ts";
import { stdioDoor } from "../ingress/stdio.ts";
import { construct } from "../main.ts";
import { openLog } from "../telemetry/log.ts";
import { configured } from "./configured.ts";
import { Failure } from "./failure.ts";
import { policyInForce } from "./policy/of.ts";
import { unknownServer } from "./servers/unknown-server.ts";

export interface ProxyOptions {
  readonly server?: string;
  readonly config?: string;
  /** A command line to judge, and to run where policy allows, instead of opening the door. */
  readonly command?: readonly string[];
}

/**
 * A stdio door onto one configured server, or onto all as one: what `wrap` is for a command, this is for a name. With a
 * command: that runs under policy, as a call of the server, and its exit code is given.
 */
export async function proxy(options: ProxyOptions): Promise<number> {
  const config = configured(options.config);
  const { server: name } = options;
  const server = config.servers.find((each) => each.name === name);
  if (name !== undefined && server === undefined)
    throw unknownServer(
      name,
      config.servers.map((each) => each.name),
    );
  if (options.command !== undefined && options.command.length > 0) {
    if (server === undefined)
      throw new Failure(
        2,
        "a command is judged as a call of one server, and none is named",
        "portcullis proxy --server NAME -- CMD",
      );
    return await (await import("./run-command.ts")).runCommand(config, server, options.command);
  }
  const servers = config.servers.filter(
    ({ name }) => options.server === undefined || name === options.server,
  );
  const { policy, follows } = policyInForce(config);
  const running = await construct({
    config: { ...config, servers },
    policy,
    follows,
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
