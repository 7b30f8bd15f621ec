import { readFileSync, statSync } from "node:fs";
import { registerHooks } from "node:module";
import { pathToFileURL } from "node:url";
import type { Detector } from "../detect/detector.ts";
import { type Ask, askPlugin } from "./ask.ts";
import { type Card, definePlugin, type Plugin } from "./plugin.ts";
import { SOURCE } from "./sandbox/cell.ts";
import { sandboxed } from "./sandbox/sandbox.ts";

/** A plugin that can be asked. */
export interface Loaded {
  readonly card: Card;
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

/** What a plugin imports by this name is this program's, wherever its file lies. */
const OWN = new URL(import.meta.url.endsWith(".ts") ? "./plugin.ts" : "./plugin.js", import.meta.url).href;
let hooked = false;
function hook(): void {
  if (hooked) return;
  hooked = true;
  registerHooks({
    resolve: (name, context, next) =>
      name === "portcullis/plugin" ? { url: OWN, shortCircuit: true } : next(name, context),
  });
}

const stays = (): Promise<void> => Promise.resolve();

/** A built-in guard in the form of a plugin, and nothing more: they have one interface. */
export function builtIn(detector: Detector): Plugin {
  return definePlugin({ ...detector, tier: "rewrite", broken: "stop" });
}

/** Makes a plugin ready under a name. */
export function loaded(plugin: Plugin, name: string): Loaded {
  const own = { ...plugin, name };
  return { card: own, ask: askPlugin(own), close: stays };
}

/**
 * Loads the `plugin` that a module exports, trusted, in this process. Rejects with what is wrong with it: what its code throws while it
 * is loaded, or TypeError.
 */
export async function loadTrusted(file: string, name?: string): Promise<Loaded> {
  hook();
  const module = (await import(pathToFileURL(file).href)) as { readonly plugin?: Plugin };
  if (typeof module.plugin !== "object") throw new TypeError("it exports no `plugin`");
  return loaded(definePlugin(module.plugin), name ?? module.plugin.name);
}

/** Loads a plugin of one file of JavaScript into a sandbox; `timeout_ms` is for one message. Rejects with what is wrong with it. */
export async function loadSandboxed(file: string, timeout_ms: number, name?: string): Promise<Loaded> {
  if (statSync(file).size > SOURCE) throw new TypeError("it has more than 1 MiB");
  return await sandboxed({ source: readFileSync(file, "utf8"), timeout_ms }, name);
}
