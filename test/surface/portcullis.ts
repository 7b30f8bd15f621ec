import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { command, type Ran } from "../commands.ts";

const CLI = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

/** A folder of its own, with files in it, and the command run there. */
export interface Project {
  readonly folder: string;
  run(words: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** The lines of standard output of a command that goes on until it is stopped. */
  follow(words: readonly string[]): { readonly lines: AsyncIterator<string>; readonly stop: () => void };
  remove(): void;
}

export function project(files: Readonly<Record<string, string>> = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-surface-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const base = { PATH: process.env["PATH"], HOME: folder, TZ: "UTC" };
  return {
    folder,
    follow(words) {
      const child = spawn(process.execPath, [CLI, ...words], { cwd: folder, env: base, stdio: ["ignore", "pipe", "inherit"] });
      return { lines: createInterface({ input: child.stdout })[Symbol.asyncIterator](), stop: () => void child.kill() };
    },
    run: (words, env = {}) => command(words, { cwd: folder, env: { ...base, ...env } }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
