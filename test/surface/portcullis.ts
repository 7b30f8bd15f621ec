import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

/** What a command said and how it ended. */
interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A folder of its own, with files in it, and the real command run there as a program. */
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
    run: (words, env = {}) =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [CLI, ...words], {
          cwd: folder,
          env: { ...base, ...env },
          stdio: ["ignore", "pipe", "pipe"],
        });
        let out = "";
        let err = "";
        child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, out, err }));
      }),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
