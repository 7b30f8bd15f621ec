import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { text } from "node:stream/consumers";
import type { Asks, MatrixClient, Operation, Reach, Seen } from "./asks.ts";

const PROGRAM = resolve("node_modules/.bin/mcp-inspector");

/** What stands before the method, and what comes last: a server's own options are not for the Inspector. */
function target(reach: Reach): { readonly first: readonly string[]; readonly last: readonly string[] } {
  if (reach.kind !== "stdio") return { first: [reach.url, "--transport", reach.kind], last: [] };
  const env = Object.entries(reach.env).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
  return {
    first: ["--transport", "stdio", "--cwd", reach.cwd, ...env],
    last: ["--", reach.command, ...reach.args],
  };
}

/** One run of the Inspector's command line, with nothing of this user's own. Rejects where it ends with another code than 0. */
async function ask(reach: Reach, words: readonly string[]): Promise<unknown> {
  const home = mkdtempSync(join(tmpdir(), "portcullis-inspector-"));
  try {
    const { first, last } = target(reach);
    const child = spawn(
      process.execPath,
      [PROGRAM, "--cli", ...first, "--format", "json", ...words, ...last],
      {
        env: { ...process.env, ...(reach.kind === "stdio" && reach.env), HOME: home, NO_COLOR: "1" },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    const [out, err, [code]] = await Promise.all([
      text(child.stdout),
      text(child.stderr),
      once(child, "close"),
    ]);
    // 5 is a tool's own error result, which is an answer.
    if (code !== 0 && code !== 5)
      throw new Error(`the Inspector ended with ${String(code)}: ${(err || out).slice(-600)}`);
    return JSON.parse(out.slice(out.indexOf("{"))) as unknown;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

const CAN = ["list", "call", "resource", "prompt"] as const satisfies readonly Operation[];

function words(operation: (typeof CAN)[number], asks: Asks): readonly string[] | undefined {
  const { call, resource, prompt } = asks;
  switch (operation) {
    case "list":
      return ["--method", "tools/list"];
    case "call":
      return [
        "--method",
        "tools/call",
        "--tool-name",
        call.name,
        "--tool-args-json",
        JSON.stringify(call.arguments),
      ];
    case "resource":
      return resource === undefined ? undefined : ["--method", "resources/read", "--uri", resource];
    case "prompt": {
      if (prompt === undefined) return undefined;
      const pairs = Object.entries(prompt.arguments).map(([name, value]) => `${name}=${value}`);
      return [
        "--method",
        "prompts/get",
        "--prompt-name",
        prompt.name,
        ...(pairs.length > 0 ? ["--prompt-args", ...pairs] : []),
      ];
    }
  }
}

/** The Inspector's command line: one process and one connection for each operation. */
export const INSPECTOR: MatrixClient = {
  name: "Inspector",
  speaks: ["stdio", "http", "sse"],
  dear: true,
  can: CAN,
  async run(reach, asks) {
    const seen: Seen = {};
    for (const operation of CAN) {
      const line = words(operation, asks);
      if (line !== undefined) seen[operation] = await ask(reach, line);
    }
    return seen;
  },
};
