import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/** One run of the official suite, and what it gives when it talks to the fixture itself (checks passed and failed). */
export interface Suite {
  readonly name: string;
  readonly release: "conformance-stable" | "conformance-next";
  readonly args: readonly string[];
  readonly baseline: { readonly passed: number; readonly failed: number };
}

export const SUITES: readonly Suite[] = [
  {
    name: "0.1.16 all",
    release: "conformance-stable",
    args: ["--suite", "all"],
    baseline: { passed: 44, failed: 0 },
  },
  {
    name: "0.2.0-alpha.12 2025-11-25",
    release: "conformance-next",
    args: ["--requirements", "2025-11-25"],
    baseline: { passed: 84, failed: 0 },
  },
  {
    // The 30 belong to the Tasks extension, which is not scored.
    name: "0.2.0-alpha.12 2026-07-28",
    release: "conformance-next",
    args: ["--requirements", "2026-07-28"],
    baseline: { passed: 164, failed: 30 },
  },
];

export interface Check {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly errorMessage?: string | undefined;
}

export interface Outcome {
  readonly exit: number;
  readonly passed: number;
  readonly failed: number;
  readonly scenarios: ReadonlyMap<string, readonly Check[]>;
  /** What the suite printed. */
  readonly said: string;
}

const CHECKS = z.array(
  z.object({ id: z.string(), name: z.string(), status: z.string(), errorMessage: z.string().optional() }),
);
const WITHIN_MS = 120_000;

export type Release = Suite["release"];

/**
 * Runs the suite's own command line; resolves with its exit code and what it said, rejects where it did not end by itself.
 * `preload` is a CommonJS file that the suite's process loads first.
 */
export async function command(
  release: Release,
  words: readonly string[],
  preload?: string,
): Promise<{ readonly exit: number; readonly said: string }> {
  const cli = fileURLToPath(new URL(`../../node_modules/${release}/dist/index.js`, import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<{ exit: number; said: string }>();
  execFile(
    process.execPath,
    [...(preload === undefined ? [] : ["-r", preload]), cli, ...words],
    { timeout: WITHIN_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 },
    (error, stdout, stderr) => {
      const said = stdout + stderr;
      if (error === null) resolve({ exit: 0, said });
      else if (typeof error.code === "number") resolve({ exit: error.code, said });
      else reject(new Error(`${release} ${words.join(" ")}: ${error.message}\n${said.slice(-4000)}`));
    },
  );
  return promise;
}

/**
 * Runs one suite against `url` and reads what it wrote below `out`, which must be a folder of its own. `more` is for its
 * command line.
 */
export async function run(
  suite: Suite,
  url: string,
  out: string,
  more: readonly string[] = [],
): Promise<Outcome> {
  const words = ["server", "--url", url, ...suite.args, ...more, "-o", out];
  const { exit, said } = await command(suite.release, words);
  const scenarios = await checksIn(out);
  const count = (status: string) =>
    [...scenarios.values()].flat().filter((check) => check.status === status).length;
  return { exit, passed: count("SUCCESS"), failed: count("FAILURE"), scenarios, said };
}

/** What a run wrote below `out`, by scenario. */
export async function checksIn(out: string): Promise<ReadonlyMap<string, readonly Check[]>> {
  const scenarios = new Map<string, readonly Check[]>();
  for (const folder of await readdir(out)) {
    const scenario = folder.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
    scenarios.set(scenario, await checksOf(join(out, folder, "checks.json"), scenario));
  }
  return scenarios;
}

async function checksOf(file: string, scenario: string): Promise<readonly Check[]> {
  if (existsSync(file)) return CHECKS.parse(JSON.parse(await readFile(file, "utf8")));
  // A scenario that broke off wrote none.
  return [{ id: scenario, name: "the scenario", status: "FAILURE", errorMessage: "it broke off" }];
}
