import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { GUARD_NAMES } from "../../call/guard.ts";
import { DETECTORS } from "../../detect/detectors.ts";
import type { Outsider } from "../../detect/outsider.ts";
import { builtIn, type Loaded, loaded, loadSandboxed, loadTrusted } from "../../plugin/load.ts";
import { outsider } from "../../plugin/outsider.ts";
import { Failure } from "../failure.ts";

/** For one text. */
const TIMEOUT_MS = 1000;

async function load(file: string, sandbox: boolean): Promise<Loaded> {
  const own = GUARD_NAMES.some((name) => name === file) && DETECTORS.find(({ name }) => name === file);
  if (own) return loaded(builtIn(own), own.name);
  const path = resolve(file);
  if (!existsSync(path))
    throw new Failure(2, `${file} does not exist`, "a file of JavaScript, or the name of a built-in guard");
  return sandbox ? loadSandboxed(path, TIMEOUT_MS) : loadTrusted(path);
}

/** Opens the plugin of a file, or a built-in guard by its name, and closes it after `use`. Failure 2 where it is none. */
export async function withPlugin<T>(
  file: string,
  sandbox: boolean,
  use: (plugin: Outsider) => Promise<T>,
): Promise<T> {
  const { card, ask, close } = await load(file, sandbox).catch((error: unknown) => {
    if (error instanceof Failure) throw error;
    throw new Failure(
      2,
      `${file}: ${error instanceof Error ? error.message : "it threw"}`,
      "see docs/PLUGINS.md",
    );
  });
  const ticks = (): number => performance.now();
  try {
    return await use(outsider({ ...card, timeout_ms: TIMEOUT_MS * 2 }, ask, ticks));
  } finally {
    await close();
  }
}
