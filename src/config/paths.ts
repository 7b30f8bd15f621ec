import { homedir } from "node:os";
import { join, relative, sep } from "node:path";
import type { StoreAddress } from "./config.ts";
import type { Environment } from "./references.ts";

/** What the gate keeps for a user beside any project: XDG state, or what the platform has for it. */
export function stateFolder(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): string {
  const xdg = env["XDG_STATE_HOME"];
  // The XDG specification: a relative path is invalid and is ignored.
  if (xdg?.startsWith("/")) return join(xdg, "portcullis");
  const home = env["HOME"] ?? homedir();
  if (platform === "darwin") return join(home, "Library", "Application Support", "portcullis");
  if (platform === "win32")
    return join(env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local"), "portcullis");
  return join(home, ".local", "state", "portcullis");
}

/** The records of `wrap` without a configuration, and what `logs` and `why` read where there is none. */
export function stateStore(
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): StoreAddress {
  return { kind: "sqlite", path: join(stateFolder(env, platform), "portcullis.db") };
}

/** A path as messages show it: relative to the current folder where it lies below. */
export function shown(path: string, cwd: string = process.cwd()): string {
  const short = relative(cwd, path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) ? path : short;
}
