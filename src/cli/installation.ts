import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { launcher } from "../clients/launcher.ts";
import { version } from "../config/version.ts";

function hiddenLock(): string | undefined {
  try {
    return readFileSync(new URL("../../../.package-lock.json", import.meta.url), "utf8");
  } catch {
    return undefined;
  }
}

/** The words that start this very program again, from wherever a client runs them. */
export function ownLauncher(): readonly string[] {
  return launcher({
    platform: process.platform,
    node: process.execPath,
    script: fileURLToPath(new URL("../../bin/portcullis.js", import.meta.url)),
    version: version(),
    hidden_lock: hiddenLock(),
  });
}
