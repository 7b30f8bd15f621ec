import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { OPERATIONS, type MatrixClient, type Seen } from "./asks.ts";

const SCRIPT = resolve("test/matrix/client.py");
/** The release of `mcp` from PyPI that the table was made with; another may see other things. */
const RELEASE = "2.3.0";
/** A Python that has it: `python3 -m venv V && V/bin/pip install mcp==2.3.0`, then MATRIX_PYTHON=V/bin/python. */
const PYTHON = process.env["MATRIX_PYTHON"] ?? "python3";

/** Why there is no Python client here; undefined where there is one. */
export function missing(): string | undefined {
  const ask = "import importlib.metadata as m; print(m.version('mcp'))";
  const { status, stdout } = spawnSync(PYTHON, ["-c", ask], { encoding: "utf8", timeout: 30_000 });
  if (status !== 0) return `${PYTHON} has no mcp ${RELEASE}`;
  return stdout.trim() === RELEASE ? undefined : `${PYTHON} has mcp ${stdout.trim()}, not ${RELEASE}`;
}

/** The Python SDK's client in its default mode, which finds out the era. */
export const PYTHON_SDK: MatrixClient = {
  name: `Python SDK ${RELEASE}`,
  speaks: ["stdio", "http", "sse"],
  dear: true,
  can: OPERATIONS,
  async run(reach, asks) {
    const child = spawn(PYTHON, [SCRIPT, JSON.stringify({ reach, asks })], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    if (code !== 0) throw new Error(`${SCRIPT} ended with ${String(code)}: ${err.slice(-600)}`);
    return JSON.parse(out) as Seen;
  },
};
