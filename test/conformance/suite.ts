import { execFile } from "node:child_process";
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
}

const CHECKS = z.array(
  z.object({ id: z.string(), name: z.string(), status: z.string(), errorMessage: z.string().optional() }),
);
const WITHIN_MS = 120_000;

/** Runs one suite against `url` and reads what it wrote below `out`, which must be a folder of its own. */
export async function run(suite: Suite, url: string, out: string): Promise<Outcome> {
  const cli = fileURLToPath(new URL(`../../node_modules/${suite.release}/dist/index.js`, import.meta.url));
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  execFile(
    process.execPath,
    [cli, "server", "--url", url, ...suite.args, "-o", out],
    { timeout: WITHIN_MS, killSignal: "SIGKILL", maxBuffer: 64 * 1024 * 1024 },
    (error, stdout, stderr) => {
      if (error === null) resolve(0);
      else if (typeof error.code === "number") resolve(error.code);
      else
        reject(
          new Error(
            `${suite.name} against ${url}: ${error.message}\n${stdout.slice(-2000)}${stderr.slice(-2000)}`,
          ),
        );
    },
  );
  const exit = await promise;
  const scenarios = new Map<string, readonly Check[]>();
  for (const folder of await readdir(out)) {
    const scenario = folder.replace(/^server-/, "").replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "");
    scenarios.set(
      scenario,
      CHECKS.parse(JSON.parse(await readFile(join(out, folder, "checks.json"), "utf8"))),
    );
  }
  const count = (status: string) =>
    [...scenarios.values()].flat().filter((check) => check.status === status).length;
  return { exit, passed: count("SUCCESS"), failed: count("FAILURE"), scenarios };
}
