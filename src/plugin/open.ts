import type { AskedPlugin, Plugin } from "../config/plugins.ts";
import type { Outsider } from "../detect/outsider.ts";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import { openOutbound } from "../outbound/outbound.ts";
import { askHttp } from "./http.ts";
import { type Loaded, loadSandboxed, loadTrusted } from "./load.ts";
import { isWithin, outsider } from "./outsider.ts";
import { askPresidio } from "./presidio.ts";
import { CLASSES } from "./words.ts";

/** The guards of a configuration that are not built in, ready to be asked. */
export interface Plugins {
  readonly outsiders: readonly Outsider[];
  readonly close: () => Promise<void>;
}

/** Messages wait for a sandbox that has one thread. */
const QUEUE_MS = 1000;

/** Bytes of one answer. */
const BODY = 4 * 1024 * 1024;

function askedOf(plugin: AskedPlugin, allow: readonly string[]): Loaded {
  const { name, kind, tier, broken, timeout_ms } = plugin;
  const outbound = openOutbound(allow, { total_ms: timeout_ms, body_bytes: BODY });
  const ask = kind === "http" ? askHttp(plugin, outbound) : askPresidio(plugin, outbound);
  return { card: { name, version: kind, tier, broken, classes: CLASSES }, ask, close: outbound.close };
}

async function loadedOf(plugin: Plugin, allow: readonly string[]): Promise<Loaded> {
  switch (plugin.kind) {
    case "module":
      return await loadTrusted(plugin.file, plugin.name);
    case "sandbox":
      return await loadSandboxed(plugin.file, plugin.timeout_ms, plugin.name);
    case "http":
    case "presidio":
      return askedOf(plugin, allow);
  }
}

function outsiderOf(plugin: Plugin, { card, ask }: Loaded, ticks: () => number): Outsider {
  const { name, kind, action, threshold, broken, timeout_ms } = plugin;
  if (action !== undefined && !isWithin(card.tier, action))
    throw new TypeError(`its tier is ${card.tier}, which can lead to no \`${action}\``);
  if (card.tier === "observe" && broken === "stop")
    throw new TypeError("its tier is observe, and who only observes stops nothing");
  const { version, tier, roles } = card;
  const most = timeout_ms + (kind === "sandbox" ? QUEUE_MS : 0);
  return outsider(
    { name, version, tier, roles, action, threshold, broken: broken ?? card.broken, timeout_ms: most },
    ask,
    ticks,
  );
}

/** Loads the plugins of a configuration; `allow` is what inside may be asked. `ticks`: monotonic, ms. Rejects with Problems: a gate does not start without one that is configured. */
export async function openPlugins(
  plugins: readonly Plugin[],
  allow: readonly string[],
  ticks: () => number,
): Promise<Plugins> {
  const outsiders: Outsider[] = [];
  const open: Loaded[] = [];
  const problems: Problem[] = [];
  for (const plugin of plugins) {
    try {
      const loaded = await loadedOf(plugin, allow);
      open.push(loaded);
      outsiders.push(outsiderOf(plugin, loaded, ticks));
    } catch (error) {
      const why = error instanceof Error ? error.message : "it threw while it was loaded";
      problems.push(
        problemOf(
          "file" in plugin ? plugin.file : "plugins",
          `the plugin ${plugin.name} cannot be used: ${why}`,
        ),
      );
    }
  }
  const close = async (): Promise<void> => void (await Promise.all(open.map((each) => each.close())));
  if (problems.length > 0) {
    await close();
    throw new Problems(problems);
  }
  return { outsiders, close };
}
