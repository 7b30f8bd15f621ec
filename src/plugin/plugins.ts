import type { Config } from "../config/config.ts";
import type { Plugins } from "./open.ts";

const NONE: Plugins = Object.freeze({ outsiders: Object.freeze([]), close: () => Promise.resolve() });

/** The plugins of a configuration; what they need is loaded where there is one. Rejects with Problems, as `openPlugins` does. */
export async function pluginsOf(
  { plugins, outbound }: Pick<Config, "plugins" | "outbound">,
  ticks: () => number,
): Promise<Plugins> {
  return plugins.length === 0
    ? NONE
    : (await import("./open.ts")).openPlugins(plugins, outbound.allow, ticks);
}
