import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Found, findClients, thisMachine } from "./find.ts";

let home = "";
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), "portcullis-find-"));
});
afterEach(() => rmSync(home, { recursive: true }));

function find(files: Readonly<Record<string, string | Buffer>>): Found {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(join(home, name)), { recursive: true });
    writeFileSync(join(home, name), bytes);
  }
  const machine = thisMachine({ HOME: home }, join(home, "shop"));
  return findClients({ ...machine, platform: "linux", home });
}

describe("the servers that clients know", () => {
  test("are found in each scope, with what is wrapped, what leads to the gate, and what is off", () => {
    const { lists, problems } = find({
      ".claude.json": JSON.stringify({
        mcpServers: {
          a: { command: "npx", args: ["portcullis", "wrap", "--", "x"] },
          gate: { command: "/usr/bin/node", args: ["/opt/bin/portcullis.js", "proxy"] },
        },
        projects: { "/shop": { mcpServers: { b: { command: "b" } } }, "/none": {} },
      }),
      "shop/.mcp.json": JSON.stringify({
        mcpServers: {
          c: { url: "https://x.example", disabled: true },
          portcullis: { url: "http://127.0.0.1:8090/mcp" },
        },
      }),
      ".codex/config.toml": '[mcp_servers.d]\ncommand = "d"\nenabled = false\n[[other]]\nx = 1\n',
      ".config/zed/settings.json":
        '{ "context_servers": { "e": { "command": { "path": "e", "args": ["f"] } }, "g": { "settings": {} }, "h": 1, "i": { "command": "i", "args": [1] } } }',
    });
    expect(problems).toEqual([]);
    const rows = lists.flatMap(({ client, scope, project, servers }) =>
      servers.map(({ name, kind, wrapped, gate, disabled }) =>
        [
          client.id,
          scope,
          project ?? "",
          name,
          kind,
          [wrapped && "wrapped", gate && "gate", disabled && "off"].filter(Boolean).join(),
        ].join(" "),
      ),
    );
    expect(rows).toEqual([
      "claude-code user  a program wrapped",
      "claude-code user  gate program gate",
      "claude-code local /shop b program ",
      "zed user  e program ",
      "zed user  g unknown ",
      "zed user  i unknown ",
      "codex user  d program off",
      "claude-code project  c remote off",
      "claude-code project  portcullis remote gate",
    ]);
  });

  test.each([
    ["node", ["evil.js", "portcullis", "wrap"]],
    ["node", ["-e", "evil()", "/opt/bin/portcullis.js", "wrap"]],
    ["node", ["--import=./evil.js", "/opt/bin/portcullis.js", "proxy"]],
    ["npx", ["-y", "evil", "portcullis", "wrap", "--", "x"]],
    ["npx", ["-y", "--package=evil", "portcullis", "proxy"]],
    ["npx", ["portcullis@npm:evil", "wrap", "--", "x"]],
    ["sh", ["-c", "evil", "portcullis", "wrap"]],
  ])("are not taken for wrapped because %s is given our words: %j", (command, args) => {
    const { lists } = find({ "shop/.mcp.json": JSON.stringify({ mcpServers: { a: { command, args } } }) });
    expect(lists[0]?.servers).toMatchObject([{ kind: "program", wrapped: false, gate: false }]);
  });

  test.each([
    ["/usr/local/bin/portcullis", []],
    ["C:\\node\\node.exe", ["C:\\p\\portcullis.js"]],
    ["node22", ["/opt/bin/portcullis.js"]],
    ["cmd", ["/c", "npx", "-y", "portcullis@1.2.3-beta.1"]],
    ["cmd.exe", ["/C", "npx.cmd", "portcullis"]],
    ["pnpm", ["dlx", "portcullis"]],
  ])("are wrapped where %s starts us: %j", (command, args) => {
    const mcpServers = { a: { command, args: [...args, "wrap", "--", "x"] } };
    const { lists } = find({ "shop/.mcp.json": JSON.stringify({ mcpServers }) });
    expect(lists[0]?.servers).toMatchObject([{ wrapped: true }]);
  });

  test.each([200, 3000, 5000, 20_000])("are found beside a file that nests %i deep", (depth) => {
    const { lists, problems } = find({
      ".cursor/mcp.json": '{"mcpServers":{"a":{"command":"a"}}}',
      "shop/.mcp.json": `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`,
      ".codex/config.toml": `x = ${"[".repeat(depth)}${"]".repeat(depth)}\n`,
    });
    expect(lists.flatMap(({ servers }) => servers.map(({ name }) => name))).toEqual(["a"]);
    expect(problems.map(({ message }) => message)).toEqual([
      "cannot be read: it is nested too deep",
      "cannot be read: it is nested too deep",
    ]);
  });

  test("are named with their plain-text secrets, never with the secrets' values", () => {
    const { lists } = find({
      ".cursor/mcp.json": JSON.stringify({
        mcpServers: {
          a: {
            command: "x",
            args: ["--token", "abcdefgh", "--api-key=ijklmnop", "--verbose"],
            env: { API_KEY: "sk-abc", LOG: "info", B_TOKEN: "${env:B}" },
          },
          b: { url: "https://x.example/?key=abcdef", headers: { Authorization: "Bearer abc.def.ghi" } },
        },
      }),
    });
    expect(lists.flatMap(({ servers }) => servers.map(({ secrets }) => secrets))).toEqual([
      ["env.API_KEY", "args[1]", "args[2]"],
      ["headers.Authorization", "url"],
    ]);
  });

  test("where a key stands twice, the last counts, as it does for the clients", () => {
    const { lists } = find({
      ".cursor/mcp.json":
        '{"mcpServers":{"a":{"command":"x","command":"y"},"b":{"command":"z"},"b":{"command":"w"}}}',
    });
    expect(lists.flatMap(({ servers }) => servers.map(({ name, entry }) => [name, entry.words]))).toEqual([
      ["a", ["y"]],
      ["b", ["w"]],
    ]);
  });
});

describe("a file that cannot be read", () => {
  test.each<readonly [string, string, string | Buffer, string]>([
    [
      "has a key without quotes",
      ".cursor/mcp.json",
      '{\n  "mcpServers": { a: 1 }\n}',
      ":2:19 cannot be read: invalid symbol",
    ],
    ["ends too early", ".cursor/mcp.json", '{ "mcpServers": {', ":1:18 cannot be read: close brace expected"],
    [
      "is no TOML",
      ".codex/config.toml",
      "[mcp_servers.a]\ncommand = npx\n",
      ":2:11 cannot be read: Unexpected character",
    ],
    [
      "has a table twice",
      ".codex/config.toml",
      "[a]\n[a]\n",
      ":2:2 cannot be read: Defining a key multiple times is invalid",
    ],
    ["is UTF-16", ".cursor/mcp.json", Buffer.from("\uFEFF{}", "utf16le"), " is not UTF-8"],
    [
      "is nested too deep",
      ".cursor/mcp.json",
      "[".repeat(200_000),
      ":1:1 cannot be read: it is nested too deep",
    ],
    ["is a folder", ".cursor/mcp.json/x", "", " is not a file"],
  ])("because it %s is named with its place and its mend", (_, name, bytes, said) => {
    const { lists, problems } = find({ [name]: bytes, ".gemini/settings.json": "{}" });
    expect(
      problems.map(
        ({ line, column, message }) => `${line === undefined ? "" : `:${line}:${column}`} ${message}`,
      ),
    ).toEqual([said]);
    expect(problems[0]?.fix).toContain(home);
    expect(lists.map(({ client }) => client.id)).toEqual(["gemini"]);
  });

  test.each(["", "  \n", "// later\n"])("is not one that is empty: %j", (text) => {
    expect(find({ ".cursor/mcp.json": text })).toMatchObject({ problems: [], lists: [{ servers: [] }] });
  });
});
