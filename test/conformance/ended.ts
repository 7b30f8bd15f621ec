import { execFile } from "node:child_process";
import { promisify } from "node:util";

/** Runs one of these programs to its end, within that time, ms; gives its exit code and everything that it said. */
export async function ended(
  program: string,
  words: readonly string[],
  within_ms: number,
): Promise<{ readonly exit: number | string | undefined; readonly said: string }> {
  const ran = promisify(execFile)(process.execPath, [program, ...words], { timeout: within_ms });
  return ran.then(
    ({ stdout }) => ({ exit: 0, said: stdout }),
    (error: { code?: number | string; stdout?: string; stderr?: string }) => ({
      exit: error.code,
      said: `${error.stdout ?? ""}${error.stderr ?? ""}`,
    }),
  );
}
