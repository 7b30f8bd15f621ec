import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { command, type Ran } from "../commands.ts";

const CLI = resolve("src/cli/cli.ts");
/** What a gate under test inherits: nothing that would configure it. */
export const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("PORTCULLIS_")),
);

export interface RunningGate {
  /** `http://127.0.0.1:PORT/mcp` */
  readonly url: string;
  readonly folder: string;
  readonly child: ChildProcess;
  /** What it wrote to standard output so far. */
  readonly output: () => string;
  /** What it wrote to standard error so far. */
  readonly errors: () => string;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

/** A folder with a configuration and a policy, as a user would have it. `{folder}` in a text is its path. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(folder, name, ".."), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll("{folder}", folder));
  }
  return folder;
}

/** Starts the real command on a free port (or on that one) and waits until it says that it is ready; `under` is what to run it under. */
export async function startGate(
  folder: string,
  env: Readonly<Record<string, string>> = {},
  under: readonly string[] = [],
  port = 0,
): Promise<RunningGate> {
  const start = [CLI, "start", "--config", join(folder, "portcullis.yaml"), "--port", String(port)];
  const [program = "", ...args] = [...under, process.execPath, ...start];
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let errors = "";
  let output = "";
  child.stderr.on("data", (piece: Buffer) => {
    errors += piece.toString();
  });
  const url = await new Promise<string>((found, failed) => {
    child.stdout.on("data", (piece: Buffer) => {
      output += piece.toString();
      const ready = /^ready (http:\S+)/m.exec(output);
      if (ready?.[1] !== undefined) found(ready[1]);
    });
    child.once("exit", (code) => failed(new Error(`the gate ended with ${code}: ${errors}`)));
  });
  return {
    url,
    folder,
    child,
    output: () => output,
    errors: () => errors,
    async stop(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
        await once(child, "exit");
      }
      return child.exitCode;
    },
  };
}

export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/** Runs a command of the program to its end, in that folder. */
export const portcullis = (
  words: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> => command(words, { cwd: folder, env: { ...ENVIRONMENT, NO_COLOR: "1", ...env } });
