import { posix, win32 } from "node:path";

/** Where this program runs from. */
export interface Installation {
  readonly platform: NodeJS.Platform;
  /** The Node.js that runs it. */
  readonly node: string;
  /** Absolute path of bin/portcullis.js. */
  readonly script: string;
  readonly version: string;
  /** The text of the lockfile that npm hides in the `node_modules` it lies in; undefined where there is none. */
  readonly hidden_lock: string | undefined;
}

/** npm's launchers are scripts on Windows, which only its command interpreter starts. */
const SCRIPTS = new Set(["npx", "npm", "pnpm", "pnpx", "yarn"]);

/** Whether npm took exactly this version from a registry: then npx finds it again, wherever it lies then. */
function fromRegistry({ hidden_lock, version }: Installation): boolean {
  if (hidden_lock === undefined) return false;
  try {
    const lock = JSON.parse(hidden_lock) as { packages?: Record<string, { resolved?: unknown } | undefined> };
    const resolved = lock.packages?.["node_modules/portcullis"]?.resolved;
    return typeof resolved === "string" && /^https?:/.test(resolved)
      ? resolved.endsWith(`/portcullis/-/portcullis-${version}.tgz`)
      : false;
  } catch {
    return false;
  }
}

/**
 * The words that start this program again from anywhere: npx where it came from a registry, else this Node.js and this
 * script by their absolute paths.
 */
export function launcher(installation: Installation): readonly string[] {
  const { platform, node, script, version } = installation;
  if (!fromRegistry(installation)) return [node, script];
  return [...(platform === "win32" ? ["cmd", "/c"] : []), "npx", "-y", `portcullis@${version}`];
}

/** What must stand before a server's own program so that it can be started without a shell. */
export function interpreterFor(program: string, platform: NodeJS.Platform): readonly string[] {
  const name = (platform === "win32" ? win32 : posix).basename(program).toLowerCase();
  return platform === "win32" && SCRIPTS.has(name.replace(/\.cmd$/, "")) ? ["cmd", "/c"] : [];
}
