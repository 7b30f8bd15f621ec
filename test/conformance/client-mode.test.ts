import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const RUN = fileURLToPath(new URL("client-mode.ts", import.meta.url));
const WITHIN_MS = 500_000;

it("the suite's client mode sees through the gate the client that it sees without one", {
  timeout: WITHIN_MS,
}, async () => {
  const ran = promisify(execFile)(process.execPath, [RUN, "--gate-only"], { timeout: WITHIN_MS - 5000 });
  const { exit, said } = await ran.then(
    ({ stdout }) => ({ exit: 0, said: stdout }),
    (error: { code?: number | string; stdout?: string; stderr?: string }) => ({
      exit: error.code,
      said: `${error.stdout ?? ""}${error.stderr ?? ""}`,
    }),
  );
  expect({ exit, said }).toEqual({ exit: 0, said });
});
