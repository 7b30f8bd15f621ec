import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { start, type Child } from "../conformance/child.ts";
import type { Reach } from "./asks.ts";
import type { Upstream } from "./upstreams.ts";

/** From its source: what was built may be older. */
const PROGRAM = resolve("src/cli/cli.ts");

/** What the servers work on: the same for every client, and never changed by one. */
export function furnish(folder: string): void {
  mkdirSync(join(folder, "files"));
  writeFileSync(join(folder, "files/hello.txt"), "hello from the file\n");
  const entity = { type: "entity", name: "gate", entityType: "thing", observations: ["stands between"] };
  writeFileSync(join(folder, "memory.jsonl"), JSON.stringify(entity));
  const repository = join(folder, "repository");
  mkdirSync(repository);
  const who = { name: "Ada", email: "ada@example.com", date: "2026-01-01T12:00:00Z" };
  const env = {
    ...process.env,
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_SYSTEM: "/dev/null",
    GIT_AUTHOR_NAME: who.name,
    GIT_AUTHOR_EMAIL: who.email,
    GIT_AUTHOR_DATE: who.date,
    GIT_COMMITTER_NAME: who.name,
    GIT_COMMITTER_EMAIL: who.email,
    GIT_COMMITTER_DATE: who.date,
  };
  for (const words of [
    ["init", "-q", "-b", "main"],
    ["commit", "-q", "--allow-empty", "-m", "begin"],
  ]) {
    const { status, stderr } = spawnSync("git", words, { cwd: repository, env, encoding: "utf8" });
    if (status !== 0) throw new Error(`git ${words.join(" ")}: ${stderr}`);
  }
}

/** Programs that start a hundred times are compiled once; the SDKs hand on only what they are told to. */
const quick = (folder: string) => ({
  NODE_COMPILE_CACHE: process.env["NODE_COMPILE_CACHE"] ?? join(folder, "compiled"),
});

/** A server that stands somewhere, or one that each client starts for itself. */
export interface Standing {
  readonly upstream: Upstream;
  readonly direct: Reach;
  readonly stop: () => Promise<unknown>;
}

export async function stand(upstream: Upstream, folder: string): Promise<Standing> {
  const { transport, args, path = "" } = upstream;
  const env = { ...upstream.env, ...quick(folder) };
  if (transport === "stdio") {
    const direct = { kind: "stdio", command: process.execPath, args, env, cwd: folder } as const;
    return { upstream, direct, stop: () => Promise.resolve() };
  }
  const child = await start(args, env);
  const url = path === "" || child.url.endsWith(path) ? child.url : child.url + path;
  const direct = {
    "streamable-http": { kind: "http", url } as const,
    sse: { kind: "sse", url } as const,
    websocket: { kind: "websocket", url: url.replace(/^http/, "ws") } as const,
  }[transport];
  return { upstream, direct, stop: () => child.stop() };
}

/** The one gate in front of all, which allows everything. */
export async function openGate(
  folder: string,
  servers: readonly Standing[],
): Promise<Child & { config: string }> {
  const config = join(folder, "portcullis.yaml");
  const mcpServers = Object.fromEntries(
    servers.map(({ upstream, direct }) => [
      upstream.name,
      direct.kind === "stdio"
        ? { command: direct.command, args: direct.args, env: direct.env, cwd: direct.cwd }
        : { url: direct.url, transport: upstream.transport },
    ]),
  );
  writeFileSync(join(folder, "policy.yaml"), "defaults: { verdict: allow }\nrules: []\n");
  writeFileSync(
    config,
    JSON.stringify({
      version: 1,
      listen: "127.0.0.1:0",
      policy: ["policy.yaml"],
      profile: "none",
      mcpServers,
    }),
  );
  const child = await start([PROGRAM, "start", "--config", config], quick(folder));
  return { ...child, config };
}

/** The ways a client comes to the gate. */
export const DOORS = ["http", "sse", "proxy", "wrap"] as const;
export type Door = (typeof DOORS)[number];

/** How a client reaches one server through a door; undefined where that door cannot lead there. */
export function through(
  door: Door,
  gate: { readonly url: string; readonly config: string },
  { upstream, direct }: Standing,
  folder: string,
): Reach | undefined {
  const pipe = (...args: readonly string[]): Reach => ({
    kind: "stdio",
    command: process.execPath,
    args: [PROGRAM, ...args],
    env: {
      ...(direct.kind === "stdio" && direct.env),
      ...quick(folder),
      XDG_STATE_HOME: join(folder, "state"),
    },
    cwd: folder,
  });
  switch (door) {
    case "http":
      return { kind: "http", url: new URL(`/mcp/${upstream.name}`, gate.url).href };
    case "sse":
      return { kind: "sse", url: new URL(`/sse/${upstream.name}`, gate.url).href };
    case "proxy":
      // The folder it runs in has the configuration.
      return pipe("proxy", "--server", upstream.name);
    case "wrap":
      return direct.kind === "stdio"
        ? pipe("wrap", "--name", upstream.name, "--", direct.command, ...direct.args)
        : undefined;
  }
}
