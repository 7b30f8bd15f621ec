import { dirname } from "node:path";
import { type Config, DEFAULT_RESOURCE_ARGS, type Listener } from "../config/config.ts";
import type { Beside } from "../ingress/beside.ts";
import type { CompileOptions } from "../policy/compile.ts";
import type { GovernanceParts } from "./parts.ts";

/** Tenants are not set up yet: there is one. */
const TENANT = "default";
const PATH = /^\/governance(?:\/|$)/;

function readingOf({ file, servers, voters }: Config): CompileOptions {
  return {
    resourceArgs: (server) =>
      servers.find(({ name }) => name === server)?.resource_args ?? DEFAULT_RESOURCE_ARGS,
    servers: servers.map(({ name }) => name),
    root: file === undefined ? process.cwd() : dirname(file),
    voters: voters.map(({ name }) => name),
  };
}

/** What answers a path that is no MCP. The API is loaded when somebody first asks it, on the listeners of all servers only. */
export function openBeside(
  { gate, store }: Pick<GovernanceParts, "gate" | "store">,
  config: Config,
): (path: string, at: Listener) => Beside | undefined {
  let loaded: Promise<Beside> | undefined;
  const load = async (): Promise<Beside> => {
    const { governanceDoor } = await import("./door.ts");
    const isTenant = (tenant: string): boolean => tenant === TENANT;
    return governanceDoor({ gate, store, door: config, isTenant, reading: readingOf(config) });
  };
  const governance: Beside = async (...request) => (await (loaded ??= load()))(...request);
  return (path, { server }) => (server === undefined && PATH.test(path) ? governance : undefined);
}
