import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { parse } from "jsonc-parser";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Project, project } from "../surface/portcullis.ts";

const SERVER = fileURLToPath(import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"));
const LAUNCHED = fileURLToPath(new URL("../../bin/portcullis.js", import.meta.url));
const SOURCE = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));
const TOKEN = "ghp_abcdefghijklmnop1234";
/** Whoever runs these tests may have a keychain, which is not for them. */
const NO_BUS = { DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
const DESKTOP = ".config/Claude/claude_desktop_config.json";
const CURSOR = ".cursor/mcp.json";
const CODEX = ".codex/config.toml";

const FILES: Readonly<Record<string, string>> = {
  [CURSOR]: `{
  // with comments
  "mcpServers": {
    "everything": { "command": ${JSON.stringify(process.execPath)}, "args": [${JSON.stringify(SERVER)}], "env": { "GITHUB_TOKEN": "${TOKEN}" } },
    "web": { "url": "https://x.example/mcp" },
  },
}
`,
  [CODEX]: '[mcp_servers.a]\r\ncommand = "a-mcp"\r\n',
  ".claude.json": '{"mcpServers":{},"projects":{"/somewhere":{"mcpServers":{"b":{"command":"b-mcp"}}}}}',
  ".mcp.json": '{"mcpServers":{"shared":{"command":"shared-mcp","args":["--key","abcdefgh"]}}}',
};

let here: Project;
beforeEach(() => {
  here = project(FILES);
});
afterEach(() => here.remove());

const text = (file: string): string => readFileSync(join(here.folder, file), "utf8");
const all = (): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.keys(FILES).map((file) => [file, text(file)]));
const run = async (line: string, env?: Readonly<Record<string, string>>): ReturnType<Project["run"]> =>
  await here.run(line.split(" "), env);

interface Entry {
  readonly command: string;
  readonly args: readonly string[];
}

interface Configuration {
  readonly mcpServers: Readonly<Record<string, Entry>>;
}

/** The names of the tools that a client finds behind an entry of its configuration. */
async function toolsBehind(entry: Entry | undefined): Promise<readonly string[]> {
  const { command = "", args = [] } = entry ?? {};
  expect(args[0]).toBe(LAUNCHED);
  // What is built may be older than the source; the launcher takes either.
  const words = [SOURCE, ...args.slice(1)];
  const client = new Client({ name: "test", version: "1" });
  await client.connect(
    new StdioClientTransport({
      command,
      args: words,
      env: { HOME: here.folder, PATH: process.env["PATH"] ?? "" },
      stderr: "ignore",
    }),
  );
  try {
    return (await client.listTools()).tools.map(({ name }) => name);
  } finally {
    await client.close();
  }
}

describe("wrap --all", () => {
  test("wraps nothing that would tell the gate in front of it what to do", async () => {
    const entry = { command: "shared-mcp", env: { PORTCULLIS_MODE: "observe" } };
    writeFileSync(join(here.folder, ".mcp.json"), JSON.stringify({ mcpServers: { shared: entry } }));
    const { code, err } = await run("wrap --all --yes", NO_BUS);
    expect(code).toBe(1);
    expect(err).toMatch(/\.mcp\.json {2}shared sets PORTCULLIS_MODE for the gate in front of it/);
    expect(text(".mcp.json")).not.toContain('"wrap"');
    expect(text(CURSOR)).toContain('"wrap"');
  });

  test("shows what it would do, and changes nothing before somebody says yes", async () => {
    const asked = await run("wrap --all", NO_BUS);
    expect(asked).toMatchObject({ code: 1, err: expect.stringContaining("portcullis wrap --all --yes") });
    const dry = await run("wrap --all --dry-run", NO_BUS);
    expect(dry.code).toBe(0);
    expect(dry.out).toBe(asked.out);
    expect(dry.out).toMatch(
      /~\/\.cursor\/mcp\.json {2}Cursor {2}everything\n {4}- .*\n {4}\+ .*portcullis\.js wrap --name everything -- /,
    );
    expect(dry.out).toMatch(/web\n {4}stays: is reached by its address/);
    expect(all()).toEqual(FILES);
    expect(readdirSync(join(here.folder, ".cursor"))).toEqual(["mcp.json"]);
    const told =
      `$ portcullis wrap --all\n${asked.out}${asked.err.replace(/no keychain answers \(.*\)/, "no keychain answers (…)")}exit ${asked.code}\n`
        .replaceAll(process.execPath, "/usr/bin/node")
        .replaceAll(LAUNCHED, "/opt/portcullis/bin/portcullis.js")
        .replaceAll(SERVER, "server-everything/dist/index.js")
        .replaceAll(here.folder, "/home/ana");
    await expect(told).toMatchFileSnapshot("transcripts/wrap-all.txt");
  });

  test("shows no secret", async () => {
    const { out, err } = await run("wrap --all --yes");
    const json = await run("unwrap --all --json --yes");
    for (const secret of [TOKEN, "abcdefgh"])
      expect(`${out}${err}${json.out}${json.err}`).not.toContain(secret);
    expect(err).toContain("env.GITHUB_TOKEN of everything");
    expect(err).toContain("args[1] of shared");
    expect(
      json.out
        .split("\n")
        .filter(Boolean)
        .map((line) => (JSON.parse(line) as { action: string }).action),
    ).toEqual(["unwrap", "unwrap", "unwrap", "unwrap"]);
  });

  test("has the client start the server behind the gate, is done once, and is taken back to the byte", async () => {
    expect(await run("wrap --all --yes")).toMatchObject({ code: 0 });
    const wrapped = all();
    const { mcpServers } = parse(wrapped[CURSOR] ?? "", [], { allowTrailingComma: true }) as Configuration;
    expect(await toolsBehind(mcpServers["everything"])).toContain("echo");
    expect(await run("wrap --all --yes")).toMatchObject({
      code: 0,
      err: expect.stringContaining("Nothing to do."),
    });
    expect(all()).toEqual(wrapped);
    expect(await run("unwrap --all --yes")).toMatchObject({ code: 0 });
    expect(all()).toEqual(FILES);
    expect(readdirSync(join(here.folder, ".local/state/portcullis/clients"))).toEqual([]);
  });

  test("names what it cannot read with line, column and mend, does the rest, and ends with 1", async () => {
    writeFileSync(join(here.folder, CURSOR), '{\n  "mcpServers": {\n    "a": { command: "x" }\n  }\n}\n');
    const { code, err } = await run("wrap --all --yes");
    expect(code).toBe(1);
    expect(err).toMatch(/~\/\.cursor\/mcp\.json:3:12 {2}cannot be read: .*\n {5}fix: mend line 3, column 12/);
    expect(text(CODEX)).toContain("portcullis.js");
  });

  test("changes a file once to which two clients are led", async () => {
    const shared = join(here.folder, "dotfiles.json");
    writeFileSync(shared, '{"mcpServers":{"a":{"command":"a-mcp"}}}');
    for (const file of [DESKTOP, ".gemini/settings.json"]) {
      mkdirSync(dirname(join(here.folder, file)), { recursive: true });
      symlinkSync(shared, join(here.folder, file));
    }
    expect(await run("wrap --all --yes")).toMatchObject({ code: 0 });
    expect(text("dotfiles.json").match(/"wrap"/g)).toHaveLength(1);
    expect(await run("unwrap --all --yes")).toMatchObject({ code: 0 });
    expect(text("dotfiles.json")).toBe('{"mcpServers":{"a":{"command":"a-mcp"}}}');
  });

  test("of two at once one waits for nobody, and no file is harmed", async () => {
    const codes = await Promise.all([1, 2].map(async () => (await run("wrap --all --yes")).code));
    expect(codes).toContain(0);
    expect(text(CODEX).match(/"wrap"/g)).toHaveLength(1);
    await run("unwrap --all --yes");
    expect(all()).toEqual(FILES);
  });

  test("without a keychain moves no secret, and says so", async () => {
    expect(await run("wrap --all --yes --move-secrets", NO_BUS)).toMatchObject({
      code: 3,
      err: expect.stringContaining("no keychain answers"),
    });
    expect(all()).toEqual(FILES);
  });

  test.each([
    ["unwrap", 2, "portcullis unwrap --all"],
    ["wrap --all --name x", 2, "leave --name away"],
    ["wrap --all -- castle", 2, "leave --all away"],
    ["wrap --dry-run -- castle", 2, "--dry-run is for wrap --all"],
    ["wrap --all --config none.yaml", 2, "portcullis init"],
    ["wrap --all --yes --config broken.yaml", 2, "enforcee"],
    ["wrap", 2, "wrap needs the server's command"],
    ["connect emacs", 2, "claude-desktop, claude-code, cursor"],
    ["connect cursor --url gopher://x", 2, "is not an address"],
    ["connect claude-desktop --config gate.yaml --url http://127.0.0.1:1/mcp", 2, "only starts programs"],
    ["connect claude-desktop", 2, "portcullis init"],
  ])("%s ends with %i and the way out", async (line, code, said) => {
    writeFileSync(join(here.folder, "broken.yaml"), "mode: enforcee\n");
    expect(await run(line)).toMatchObject({ code, err: expect.stringContaining(said) });
    expect(all()).toEqual(FILES);
  });
});

describe("connect", () => {
  test("adds the address of the configuration, once, and disconnect takes it out to the byte", async () => {
    writeFileSync(join(here.folder, "portcullis.yaml"), "listen: 127.0.0.1:9123\n");
    mkdirSync(join(here.folder, "policy"));
    for (const client of ["cursor", "codex"]) {
      expect(await run(`connect ${client} --yes`)).toMatchObject({
        code: 0,
        err: expect.stringContaining("nothing answers at http://127.0.0.1:9123/mcp yet"),
      });
    }
    const again = await run("connect cursor --yes");
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("is connected already") });
    expect(text(CURSOR)).toContain('"url": "http://127.0.0.1:9123/mcp"');
    expect(text(CODEX)).toContain('[mcp_servers.portcullis]\r\nurl = "http://127.0.0.1:9123/mcp"\r\n');
    for (const client of ["cursor", "codex"])
      expect(await run(`disconnect ${client} --yes`)).toMatchObject({ code: 0 });
    expect(all()).toEqual(FILES);
    expect(await run("disconnect cursor --yes")).toMatchObject({
      code: 0,
      out: expect.stringContaining("is not connected"),
    });
  });

  test.each([
    ["", "https://127.0.0.1:9123/mcp"],
    ["public_url: https://gate.example/\n", "https://gate.example/mcp"],
  ])("a gate that speaks TLS is reached so; %j", async (more, url) => {
    const [cert, key] = ["pem", "key"].map((kind) => resolve(`test/identity/certificates/gate.${kind}`));
    const tls = `listen: 127.0.0.1:9123\nmode: observe\ntls: { cert: ${cert}, key: ${key} }\n`;
    writeFileSync(join(here.folder, "portcullis.yaml"), `${tls}${more}`);
    expect(await run("connect cursor --yes")).toMatchObject({ code: 0 });
    expect(text(CURSOR)).toContain(`"url": "${url}"`);
  });

  test("gives a client that only starts programs one that leads to every server", async () => {
    writeFileSync(
      join(here.folder, "portcullis.yaml"),
      JSON.stringify({
        mcpServers: {
          one: { command: process.execPath, args: [SERVER] },
          two: { command: process.execPath, args: [SERVER] },
        },
      }),
    );
    mkdirSync(join(here.folder, "policy"));
    writeFileSync(join(here.folder, "policy/main.yaml"), "rules:\n  - { name: all, allow: true }\n");
    expect(await run("connect claude-desktop --yes")).toMatchObject({ code: 0 });
    const { mcpServers } = JSON.parse(text(DESKTOP)) as Configuration;
    expect(Object.keys(mcpServers)).toEqual(["portcullis"]);
    expect(
      (await toolsBehind(mcpServers["portcullis"])).filter((name) => name.endsWith("echo")),
    ).toHaveLength(2);
    expect(await run("disconnect claude-desktop --yes")).toMatchObject({ code: 0 });
    expect(existsSync(join(here.folder, DESKTOP))).toBe(false);
  });

  test("writes no address that leads nowhere: where each server has its own, it names them", async () => {
    writeFileSync(
      join(here.folder, "portcullis.yaml"),
      "mode: observe\nlisten: 127.0.0.1:9123\nexposure: multi_port\nmcpServers: { a: { command: a }, b: { command: b } }\n",
    );
    const { code, err } = await run("connect cursor --yes");
    expect({ code, err }).toEqual({
      code: 2,
      err: `fail each server has an address of its own, and none leads to all of them: a at http://127.0.0.1:9124/mcp, b at http://127.0.0.1:9125/mcp
     fix: name one: --url http://127.0.0.1:9124/mcp
`,
    });
    expect(await run("connect claude-desktop --yes")).toMatchObject({ code: 0 });
  });

  test("leaves an entry of that name that somebody else wrote", async () => {
    const own = '{"mcpServers":{"portcullis":{"command":"castle"}}}';
    writeFileSync(join(here.folder, CURSOR), own);
    for (const command of ["connect", "disconnect"])
      expect(await run(`${command} cursor --yes`)).toMatchObject({
        code: 1,
        out: expect.stringContaining("did not write"),
      });
    expect(text(CURSOR)).toBe(own);
  });
});
