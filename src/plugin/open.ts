import type { AskedPlugin, OnnxPlugin, Plugin } from "../config/plugins.ts";
import type { Outsider } from "../detect/outsider.ts";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import { openOutbound } from "../outbound/outbound.ts";
import { askOf } from "./asked/asked.ts";
import { interceptors } from "./interceptors/interceptors.ts";
import { loadSandboxed, loadTrusted } from "./load.ts";
import { localModel } from "./onnx/onnx.ts";
import { isWithin, outsider, type Terms } from "./outsider.ts";
import type { Card } from "./plugin.ts";

/** The guards of a configuration that are not built in, ready to be asked. */
export interface Plugins {
  readonly outsiders: readonly Outsider[];
  readonly close: () => Promise<void>;
}

/** Messages wait for a sandbox that has one thread. */
const QUEUE_MS = 1000;

/** Bytes of one answer. */
const BODY = 4 * 1024 * 1024;

/** Those whose findings that are no data block where nothing else is written. */
const BLOCKING: ReadonlySet<Plugin["kind"]> = new Set(["llm_guard", "lakera", "interceptors"]);

/** A plugin that is ready, and what of it is to be closed. */
interface Ready {
  readonly outsider: Outsider;
  readonly close: () => Promise<void>;
}

function termsOf(plugin: Plugin, { tier, version, roles, ...card }: Omit<Card, "name" | "classes">): Terms {
  const { name, kind, action, threshold } = plugin;
  if (action !== undefined && !isWithin(tier, action))
    throw new TypeError(`its tier is ${tier}, which can lead to no \`${action}\``);
  if (tier === "observe" && plugin.broken === "stop")
    throw new TypeError("its tier is observe, and who only observes stops nothing");
  const timeout_ms = plugin.timeout_ms + (kind === "sandbox" ? QUEUE_MS : 0);
  const broken = plugin.broken ?? card.broken;
  // What was judged as a whole and is no data can only be stopped.
  const otherwise = BLOCKING.has(kind) ? "block" : undefined;
  return { name, version, tier, roles, action, threshold, otherwise, broken, timeout_ms };
}

function askedOf(plugin: AskedPlugin, allow: readonly string[], ticks: () => number): Ready {
  const { kind, tier, broken, timeout_ms } = plugin;
  const terms = termsOf(plugin, { version: kind, tier, broken });
  const outbound = openOutbound(allow, { total_ms: timeout_ms, body_bytes: BODY });
  const made =
    plugin.kind === "interceptors"
      ? interceptors(plugin, terms, outbound, ticks)
      : outsider(terms, askOf(plugin, outbound), ticks);
  return { outsider: made, close: outbound.close };
}

async function modelOf(plugin: OnnxPlugin, ticks: () => number): Promise<Ready> {
  const { kind, tier, broken } = plugin;
  const terms = termsOf(plugin, { version: kind, tier, broken });
  const { ask, close } = await localModel(plugin);
  return { outsider: outsider(terms, ask, ticks), close };
}

async function readyOf(plugin: Plugin, allow: readonly string[], ticks: () => number): Promise<Ready> {
  if (plugin.kind === "onnx") return modelOf(plugin, ticks);
  if (!("file" in plugin)) return askedOf(plugin, allow, ticks);
  const { card, ask, close } =
    plugin.kind === "module"
      ? await loadTrusted(plugin.file, plugin.name)
      : await loadSandboxed(plugin.file, plugin.timeout_ms, plugin.name);
  try {
    return { outsider: outsider(termsOf(plugin, card), ask, ticks), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Loads the plugins of a configuration; `allow` is what inside may be asked. `ticks`: monotonic, ms. Rejects with Problems: a gate does not start without one that is configured. */
export async function openPlugins(
  plugins: readonly Plugin[],
  allow: readonly string[],
  ticks: () => number,
): Promise<Plugins> {
  const ready: Ready[] = [];
  const problems: Problem[] = [];
  for (const plugin of plugins) {
    try {
      ready.push(await readyOf(plugin, allow, ticks));
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
  const close = async (): Promise<void> => void (await Promise.all(ready.map((each) => each.close())));
  if (problems.length > 0) {
    await close();
    throw new Problems(problems);
  }
  return { outsiders: ready.map((each) => each.outsider), close };
}
