import { dirname } from "node:path";
import type { CompileOptions } from "../policy/compile.ts";
import { type Config, DEFAULT_RESOURCE_ARGS } from "./config.ts";

/** What policies of a configuration are read with. */
export function readingOf({
  file,
  servers,
  voters,
}: Pick<Config, "file" | "servers" | "voters">): CompileOptions {
  return {
    resourceArgs: (server) =>
      servers.find(({ name }) => name === server)?.resource_args ?? DEFAULT_RESOURCE_ARGS,
    servers: servers.map(({ name }) => name),
    root: file === undefined ? process.cwd() : dirname(file),
    voters: voters.map(({ name }) => name),
  };
}
