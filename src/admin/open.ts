import { dirname } from "node:path";
import type { Pages } from "../approval/pages.ts";
import { type Config, DEFAULT_RESOURCE_ARGS, type Listener } from "../config/config.ts";
import type { Beside } from "../ingress/beside.ts";
import type { CompileOptions } from "../policy/compile.ts";
import type { GovernanceParts } from "./parts.ts";

/** Tenants are not set up yet: there is one. */
const TENANT = "default";
const PATH = /^\/(?:governance|api)(?:\/|$)/;
const PAGES = /^\/a\//;

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
  { gate, store, pages }: Pick<GovernanceParts, "gate" | "store"> & { readonly pages: Pages },
  config: Config,
): (path: string, at: Listener) => Beside | undefined {
  let loaded: Promise<Beside> | undefined;
  const load = async (): Promise<Beside> => {
    const { governanceDoor } = await import("./door.ts");
    const isTenant = (tenant: string): boolean => tenant === TENANT;
    return governanceDoor({ gate, store, door: config, isTenant, reading: readingOf(config) });
  };
  let shown: Promise<Beside> | undefined;
  const show = async (): Promise<Beside> => {
    const { pageDoor } = await import("./page/door.ts");
    const { desk, now, log } = gate;
    return pageDoor({
      desk,
      links: pages.links,
      door: config,
      now,
      log,
      authenticated: config.auth.mode !== "none",
    });
  };
  const governance: Beside = async (...request) => (await (loaded ??= load()))(...request);
  const questions: Beside = async (...request) => (await (shown ??= show()))(...request);
  return (path, { server }) => {
    if (server !== undefined) return undefined;
    if (PAGES.test(path)) return questions;
    return PATH.test(path) ? governance : undefined;
  };
}
