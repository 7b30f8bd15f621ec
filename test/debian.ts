import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { arch } from "node:os";
import { join, resolve } from "node:path";

/** What was unpacked, or why nothing could be. */
export type Unpacked =
  | {
      /** Holds `usr/bin`, `usr/lib` and the like. */
      readonly folder: string;
      /** Where its shared libraries are, for `LD_LIBRARY_PATH`. */
      readonly libraries: string;
    }
  | { readonly folder: undefined; readonly why: string };

const CACHE = resolve("node_modules/.cache/portcullis-debian");
const CPUS: Readonly<Record<string, string>> = { x64: "x86_64", arm64: "aarch64" };
/** The longest that one step may take, ms. */
const STEP_MS = 120_000;

function lastLine(error: unknown): string {
  const said = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
  return said.trim().split("\n").at(-1)?.slice(0, 200) ?? "";
}

function run(command: string, args: readonly string[], cwd: string): void {
  execFileSync(command, args, { cwd, timeout: STEP_MS, stdio: ["ignore", "ignore", "pipe"] });
}

/** `apt-get download` with the machine's lists, or with lists of its own where those are missing or too old. */
function download(packages: readonly string[], folder: string): void {
  try {
    run("apt-get", ["-q", "download", ...packages], folder);
  } catch {
    const [state, cache] = [join(folder, "state"), join(folder, "cache")];
    mkdirSync(join(state, "lists", "partial"), { recursive: true });
    mkdirSync(join(cache, "archives", "partial"), { recursive: true });
    const own = [`Dir::State=${state}`, `Dir::Cache=${cache}`, "Dir::State::status=/var/lib/dpkg/status"];
    const options = ["-q", ...own.flatMap((option) => ["-o", option])];
    run("apt-get", [...options, "update"], folder);
    run("apt-get", [...options, "download", ...packages], folder);
  }
}

/**
 * Unpacks Debian packages for this checkout alone, once: nothing is installed, no script of a package runs, and no
 * privilege is needed. `packages` names everything that is wanted, dependencies too.
 */
export function unpacked(packages: readonly string[]): Unpacked {
  const key = createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 12);
  const folder = join(CACHE, key);
  const cpu = CPUS[arch()] ?? arch();
  const done: Unpacked = {
    folder,
    libraries: ["usr/lib", "lib"].map((lib) => join(folder, lib, `${cpu}-linux-gnu`)).join(":"),
  };
  if (existsSync(join(folder, ".complete"))) return done;
  if (!existsSync("/usr/bin/apt-get") || !existsSync("/usr/bin/dpkg"))
    return { folder: undefined, why: "not a Debian machine" };
  mkdirSync(CACHE, { recursive: true });
  const making = mkdtempSync(join(CACHE, "making-"));
  try {
    download(packages, making);
    const archives = readdirSync(making).filter((name) => name.endsWith(".deb"));
    const into = join(making, "into");
    for (const archive of archives) run("dpkg", ["-x", archive, into], making);
    writeFileSync(join(into, ".complete"), packages.join("\n"));
    renameSync(into, folder);
    return done;
  } catch (error) {
    // Another process may have been first.
    if (existsSync(join(folder, ".complete"))) return done;
    return { folder: undefined, why: `${packages[0]} cannot be had from Debian: ${lastLine(error)}` };
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
}
