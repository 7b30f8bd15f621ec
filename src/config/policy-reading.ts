import { dirname } from "node:path";
import type { CompileOptions } from "../policy/compile.ts";
import { channelFault } from "./channels.ts";
import { type Config, DEFAULT_RESOURCE_ARGS } from "./config.ts";
import { reachable } from "./notifications.ts";
import { denying } from "./preset.ts";

/** What policies of a configuration are read with. */
export function readingOf({
  file,
  servers,
  voters,
  notifications,
  preset,
}: Pick<Config, "file" | "servers" | "voters" | "notifications" | "preset">): CompileOptions {
  const to = reachable(notifications);
  return {
    ...denying(preset),
    resourceArgs: (server) =>
      servers.find(({ name }) => name === server)?.resource_args ?? DEFAULT_RESOURCE_ARGS,
    servers: servers.map(({ name }) => name),
    root: file === undefined ? process.cwd() : dirname(file),
    voters: voters.map(({ name }) => name),
    unreachable: (channel) => channelFault(channel, to),
  };
}
