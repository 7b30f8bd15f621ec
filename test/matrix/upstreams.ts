import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Asks } from "./asks.ts";

type Transport = "stdio" | "streamable-http" | "sse" | "websocket";

/** A row of the matrix: one server on one transport. */
export interface Upstream {
  /** Its name in the gate's configuration. */
  readonly name: string;
  /** What it is called in the table, with its version. */
  readonly title: string;
  readonly transport: Transport;
  /** Arguments to Node.js. A server that is not on a pipe prints `ready http://…`, and `path` leads to its door. */
  readonly args: readonly string[];
  readonly path?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly asks: Asks;
  /** Every client tries it through every door, those too that go through one only elsewhere. */
  readonly thorough?: boolean;
  /** Clients that are dear to start leave it out: one of ours, or another row's server on another transport. */
  readonly spared?: boolean;
  /** Another row has its transport and its era, so that only the whole matrix starts a `proxy` for it. */
  readonly alike?: boolean;
}

const LOOPBACK = resolve("test/matrix/loopback.cjs");

/** A server that nobody here wrote, as npm has it. */
function published(name: string, file: string, words: readonly string[] = []) {
  const { version } = JSON.parse(readFileSync(resolve("node_modules", name, "package.json"), "utf8")) as {
    version: string;
  };
  return { title: `\`${name}\` ${version}`, args: [resolve("node_modules", name, file), ...words] };
}
/** The same at an address: `port` is where it would listen if it were let. */
const remote = (
  { title, args }: ReturnType<typeof published>,
  port: number,
  env: Readonly<Record<string, string>> = {},
) => ({
  title,
  args: ["-r", LOOPBACK, ...args],
  env: { ...env, MATRIX_PORT: String(port) },
});

const LONG = "trigger-long-running-operation";
const ECHO = { name: "echo", arguments: { message: "hello" } };
const EVERYTHING: Asks = {
  call: { name: "get-sum", arguments: { a: 2, b: 3 } },
  resource: "demo://resource/static/document/features.md",
  prompt: { name: "args-prompt", arguments: { city: "Delft" } },
  progress: { name: LONG, arguments: { duration: 1.2, steps: 3 } },
  cancel: { call: { name: LONG, arguments: { duration: 10, steps: 100 } }, after: ECHO },
  elicit: { name: "trigger-elicitation-request", arguments: {} },
};
const everything = (mode: string) =>
  published("@modelcontextprotocol/server-everything", "dist/index.js", [mode]);

const CONTEXT7: Asks = {
  call: { name: "resolve-library-id", arguments: { query: "how to route", libraryName: "express" } },
};
/** Nothing listens on the discard port: the server answers that it could not look. */
const NOWHERE = { CONTEXT7_API_URL: "http://127.0.0.1:9", NO_COLOR: "1" };
const context7 = (...words: string[]) => published("@upstash/context7-mcp", "dist/index.js", words);

/** Servers by others. `folder` has what they work on. */
export function others(folder: string): readonly Upstream[] {
  const repository = `${folder}/repository`;
  return [
    { name: "everything", transport: "stdio", ...everything("stdio"), asks: EVERYTHING, thorough: true },
    {
      name: "everything-http",
      transport: "streamable-http",
      path: "/mcp",
      ...remote(everything("streamableHttp"), 3001),
      asks: EVERYTHING,
      spared: true,
    },
    {
      name: "everything-sse",
      transport: "sse",
      path: "/sse",
      ...remote(everything("sse"), 3001),
      asks: EVERYTHING,
      spared: true,
    },
    {
      name: "filesystem",
      transport: "stdio",
      ...published("@modelcontextprotocol/server-filesystem", "dist/index.js", [`${folder}/files`]),
      asks: { call: { name: "read_text_file", arguments: { path: `${folder}/files/hello.txt` } } },
    },
    {
      name: "memory",
      transport: "stdio",
      ...published("@modelcontextprotocol/server-memory", "dist/index.js"),
      env: { MEMORY_FILE_PATH: `${folder}/memory.jsonl` },
      asks: {
        call: { name: "search_nodes", arguments: { query: "gate" } },
        resource: "memory://knowledge-graph",
      },
    },
    {
      name: "thinking",
      transport: "stdio",
      ...published("@modelcontextprotocol/server-sequential-thinking", "dist/index.js"),
      asks: {
        call: {
          name: "sequentialthinking",
          arguments: { thought: "first", nextThoughtNeeded: true, thoughtNumber: 1, totalThoughts: 2 },
        },
      },
    },
    {
      name: "git",
      transport: "stdio",
      ...published("@cyanheads/git-mcp-server", "dist/index.js"),
      env: { GIT_BASE_DIR: folder, MCP_LOG_LEVEL: "error", LOGS_DIR: `${folder}/git-logs` },
      asks: {
        call: { name: "git_log", arguments: { path: repository, maxCount: 1 } },
        resource: "git://working-directory",
        prompt: { name: "git_wrapup", arguments: {} },
      },
    },
    { name: "context7", transport: "stdio", ...context7(), env: NOWHERE, asks: CONTEXT7 },
    {
      name: "context7-http",
      transport: "streamable-http",
      path: "/mcp",
      ...remote(context7("--transport", "http"), 3000, NOWHERE),
      asks: CONTEXT7,
      spared: true,
      alike: true,
    },
    {
      name: "chrome",
      transport: "stdio",
      // Without a browser, wherever it runs, and without a word to its makers.
      ...published("chrome-devtools-mcp", "build/src/bin/chrome-devtools-mcp.js", [
        "--executablePath",
        `${folder}/no-browser`,
        "--no-usage-statistics",
        "--no-performance-crux",
      ]),
      env: { CHROME_DEVTOOLS_MCP_NO_UPDATE_CHECKS: "1" },
      asks: { call: { name: "list_pages", arguments: {} } },
    },
    {
      name: "commands",
      transport: "stdio",
      ...published("mcp-server-commands", "build/index.js"),
      asks: {
        call: { name: "run_command", arguments: { command: "echo hello" } },
        prompt: { name: "run_command", arguments: { command: "echo hello" } },
      },
    },
    {
      name: "hello",
      transport: "stdio",
      ...published("mcp-hello-world", "build/stdio.js"),
      asks: {
        call: { name: "add", arguments: { a: 2, b: 3 } },
        resource: "hello://world",
        prompt: { name: "helpful-assistant", arguments: {} },
      },
    },
  ];
}

const FIXTURE: Asks = {
  call: { name: "test_multiple_content_types", arguments: {} },
  resource: "test://static-text",
  prompt: { name: "test_prompt_with_arguments", arguments: { arg1: "one", arg2: "two" } },
  progress: { name: "test_tool_with_progress", arguments: {} },
  cancel: {
    call: { name: "test_wait", arguments: {} },
    after: { name: "test_was_cancelled", arguments: {} },
  },
  elicit: { name: "test_elicitation", arguments: { message: "Who are you?" } },
};

/** The conformance fixture, for the eras and transports that no server by others has. */
export const OWN: readonly Upstream[] = [
  ["fixture-legacy", "legacy only", "streamable-http", "conformance/fixture.ts", "--era", "legacy"],
  ["fixture-modern", "2026-07-28 only", "streamable-http", "conformance/fixture.ts", "--era", "modern"],
  ["fixture-both", "both eras", "streamable-http", "conformance/fixture.ts"],
  ["fixture-stdio", "both eras", "stdio", "matrix/fixture.ts", "stdio"],
  ["fixture-sse", "legacy only", "sse", "matrix/fixture.ts", "sse"],
  ["fixture-websocket", "legacy only", "websocket", "matrix/fixture.ts", "websocket"],
].map(([name = "", eras, transport, file, ...words]) => ({
  name,
  title: `conformance fixture, ${eras ?? ""}`,
  transport: transport as Transport,
  args: [resolve(`test/${file ?? ""}`), ...words],
  ...(transport === "sse" && { path: "/sse" }),
  asks: FIXTURE,
  spared: true,
  alike: name === "fixture-legacy" || name === "fixture-sse",
}));
