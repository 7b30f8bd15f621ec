import { once } from "node:events";
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { createInterface } from "node:readline";

/** A server in a process of its own. */
export interface Child {
  readonly pid: number;
  /** What stood behind `ready ` on its first such line. */
  readonly url: string;
  /** What it wrote to standard error so far, the newest 64 KiB. */
  errors(): string;
  /** Ends it with SIGTERM, after 10 s with SIGKILL; resolves with its exit code, or null after a signal. */
  stop(): Promise<number | null>;
}

const STARTED_WITHIN_MS = 20_000;
const STOPPED_WITHIN_MS = 10_000;

/** Resolves when the process prints a line that begins `ready http`; rejects with its errors where it ends before. */
export async function start(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Child> {
  const stdio: StdioOptions = ["ignore", "pipe", "pipe"];
  const child: ChildProcess = spawn(process.execPath, args, { stdio, env: { ...process.env, ...env } });
  const exited = once(child, "exit");
  let errors = "";
  child.stderr?.setEncoding("utf8").on("data", (said: string) => (errors = (errors + said).slice(-65_536)));
  const url = await ready(child, exited, () => errors, args);
  const stop = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    child.kill("SIGTERM");
    const late = setTimeout(() => child.kill("SIGKILL"), STOPPED_WITHIN_MS);
    await exited;
    clearTimeout(late);
    return child.exitCode;
  };
  return { pid: child.pid ?? 0, url, errors: () => errors, stop };
}

async function ready(
  child: ChildProcess,
  exited: Promise<unknown>,
  errors: () => string,
  args: readonly string[],
) {
  if (child.stdout === null) throw new Error("no standard output");
  const lines = createInterface({ input: child.stdout });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  lines.on("line", (line) => {
    const found = /^ready (http\S+)/.exec(line);
    if (found?.[1] !== undefined) resolve(found[1]);
  });
  const fail = (why: string) => reject(new Error(`node ${args.join(" ")}: ${why}\n${errors()}`));
  void exited.then(() => fail("ended before it was ready"));
  const late = setTimeout(() => fail(`not ready within ${STARTED_WITHIN_MS / 1000} s`), STARTED_WITHIN_MS);
  try {
    return await promise;
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  } finally {
    clearTimeout(late);
  }
}
