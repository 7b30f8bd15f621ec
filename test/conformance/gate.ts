import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Child } from "./child.ts";

/** From its source: what was built may be older. */
const PROGRAM = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));

/** A folder with a gate's configuration: it allows everything, has a store of its own, and `fixture` is what is at `url`. */
async function allowAll(url: string, folder: string): Promise<string> {
  const config = join(folder, "portcullis.yaml");
  await mkdir(join(folder, "policy"), { recursive: true });
  await writeFile(join(folder, "policy", "main.yaml"), "defaults: { verdict: allow }\nrules: []\n");
  await writeFile(
    config,
    [
      "version: 1",
      "listen: 127.0.0.1:0",
      `store: ${JSON.stringify(`sqlite:${join(folder, "portcullis.db")}`)}`,
      "policy: [policy/]",
      "mcpServers:",
      `  fixture: { url: ${JSON.stringify(url)}, transport: streamable-http }`,
      "",
    ].join("\n"),
  );
  return config;
}

/** A running gate in front of `url` that allows everything. */
export async function gate(url: string, folder: string): Promise<Child> {
  return start([PROGRAM, "start", "--config", await allowAll(url, folder)]);
}
