// The command of the suite's client mode. `node through.ts direct|gate URL`: runs client.ts against the scenario's server,
// or against a gate that is configured with its address. Ends with the client's exit code.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Child } from "./child.ts";
import { introduced } from "./introduced.ts";
import { gate } from "./gate.ts";

const CLIENT = fileURLToPath(new URL("client.ts", import.meta.url));

async function client(url: string): Promise<number> {
  const child = spawn(process.execPath, [CLIENT, url], { stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  return code ?? 1;
}

const [how, url = ""] = process.argv.slice(2);
const scenario = await introduced(url, process.env["MCP_CONFORMANCE_SCENARIO"] ?? "");
const folder = await mkdtemp(join(tmpdir(), "portcullis-client-mode-"));
let front: Child | undefined;
try {
  if (how === "gate") front = await gate(scenario.url, folder);
  process.exitCode = await client(front === undefined ? scenario.url : new URL("/mcp", front.url).href);
  if (process.exitCode !== 0) console.error(front?.errors());
} finally {
  await front?.stop();
  scenario.stop();
  await rm(folder, { recursive: true, force: true });
}
