import type { Pages } from "../approval/pages.ts";
import type { Config, Listener } from "../config/config.ts";
import { readingOf } from "../config/policy-reading.ts";
import type { Beside } from "../ingress/beside.ts";
import { DEFAULT_TENANT } from "../tenancy/directory.ts";
import type { GovernanceParts } from "./parts.ts";

const PATH = /^\/(?:governance|api)(?:\/|$)/;
const PAGES = /^\/a\//;

/** What answers a path that is no MCP. The API is loaded when somebody first asks it, on the listeners of all servers only. */
export function openBeside(
  { gate, store, pages, tenancy }: Pick<GovernanceParts, "gate" | "store" | "tenancy"> & { readonly pages: Pages },
  config: Config,
): (path: string, at: Listener) => Beside | undefined {
  let loaded: Promise<Beside> | undefined;
  const load = async (): Promise<Beside> => {
    const { governanceDoor } = await import("./door.ts");
    const isTenant = (tenant: string): boolean => tenancy?.has(tenant) ?? tenant === DEFAULT_TENANT;
    return governanceDoor({ gate, store, tenancy, door: config, isTenant, reading: readingOf(config) });
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
