import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { findConfig, loadConfig, type LoadOptions } from "./load.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-config-"));
  mkdirSync(join(folder, "policy"));
});
afterEach(() => rmSync(folder, { recursive: true }));

function load(text: string, more: Partial<LoadOptions> = {}) {
  writeFileSync(join(folder, "portcullis.yaml"), text);
  return loadConfig({ file: "portcullis.yaml", cwd: folder, env: {}, ...more });
}

/** `file:line:column  message  (hint)`, one a line. */
function problemsOf(text: string, more: Partial<LoadOptions> = {}): string {
  try {
    load(text, more);
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems
      .map(
        (each) =>
          `${each.line === 0 ? each.file : `${each.line}:${each.column}`}  ${each.message}  (${each.hint ?? ""})`,
      )
      .join("\n");
  }
  return "";
}

describe("a configuration", () => {
  test("that says nothing has the defaults of CONTRACT, relative to its folder", () => {
    const { config, notes } = load("version: 1\n");
    expect(notes).toEqual([]);
    expect(config).toMatchObject({
      file: join(folder, "portcullis.yaml"),
      preset: "development",
      mode: "enforce",
      listen: [{ host: "127.0.0.1", port: 8090 }],
      store: { kind: "sqlite", path: join(folder, ".portcullis/portcullis.db") },
      policy: [join(folder, "policy")],
      servers: [],
      audit: { detail: "full" },
    });
    expect(Object.isFrozen(config.limits)).toBe(true);
  });

  test("of CONTRACT with everything written out is accepted", () => {
    const { config } = load(
      [
        "version: 1",
        "preset: development",
        "mode: enforce",
        "listen: 127.0.0.1:8090",
        "store: sqlite:.portcullis/portcullis.db",
        "cluster: memory",
        "exposure: unified",
        "policy: [policy/]",
        "mcpServers:",
        '  files:   { command: npx, args: ["-y", "@modelcontextprotocol/server-filesystem", "./data"] }',
        '  weather: { url: "https://weather.example/mcp", transport: streamable-http }',
        "auth: { mode: none }",
        "profile: standard",
      ].join("\n"),
    );
    expect(config.servers).toMatchObject([
      {
        name: "files",
        transport: "stdio",
        command: "npx",
        cwd: folder,
        timeout_ms: 60_000,
        prefix: undefined,
      },
      { name: "weather", transport: "streamable-http", url: "https://weather.example/mcp", headers: {} },
    ]);
  });

  test("what references bring into a server's arguments is known to be secret", () => {
    const { config } = load(
      JSON.stringify({
        mcpServers: {
          db: {
            command: "db",
            args: ["--dsn=${TOKEN}", "${HOME}/x", "${NONE:-fallback}"],
            env: { A: "plain" },
          },
        },
      }),
      { env: { TOKEN: "postgres://u:s3cr3t@h/db", HOME: "/home/ana" } },
    );
    expect(config.servers).toMatchObject([{ secrets: ["postgres://u:s3cr3t@h/db"] }]);
  });

  test("pasted from clients is accepted, with a note for what only clients know", () => {
    const { config, notes } = load(
      JSON.stringify({
        mcpServers: {
          cursor: { command: "node", args: ["s.js"], env: { A: "1" }, alwaysAllow: ["x"], type: "stdio" },
          windsurf: { serverUrl: "http://localhost:1/mcp", timeout: 60 },
          code: {
            type: "http",
            url: "http://localhost:2/mcp",
            headers: { Authorization: "Bearer ${TOKEN}" },
          },
          off: { command: "rm", disabled: true },
        },
      }),
      { env: { TOKEN: "t0p" } },
    );
    expect(config.servers.map(({ name, transport }) => [name, transport])).toEqual([
      ["cursor", "stdio"],
      ["windsurf", "streamable-http"],
      ["code", "streamable-http"],
    ]);
    expect(config.servers[2]).toMatchObject({ headers: { Authorization: "Bearer t0p" } });
    expect(notes.map((note) => note.message)).toEqual([
      "mcpServers.cursor.alwaysAllow: only clients use this, it has no effect here",
      "mcpServers.windsurf.timeout: only clients use this, it has no effect here",
      "mcpServers.off: is disabled, and left out",
    ]);
  });

  test("without a file watches, and keeps its records in the user's state folder", () => {
    const { config } = loadConfig({ file: undefined, cwd: folder, env: { XDG_STATE_HOME: "/state" } });
    expect(config).toMatchObject({
      file: undefined,
      mode: "observe",
      store: { kind: "sqlite", path: "/state/portcullis/portcullis.db" },
    });
  });

  test("is found by name, or in the current folder", () => {
    expect(findConfig(undefined, folder)).toBeUndefined();
    load("");
    expect(findConfig(undefined, folder)).toBe(join(folder, "portcullis.yaml"));
    expect(findConfig("x.yaml", folder)).toBe(join(folder, "x.yaml"));
  });
});

describe("precedence", () => {
  test("the command line comes before the environment, the environment before the file", () => {
    const text = "listen: [127.0.0.1:1, 127.0.0.1:9]\nmode: enforce\nlimits: { depth: 32, sessions: 10 }\n";
    const env = {
      PORTCULLIS_MODE: "observe",
      PORTCULLIS_LIMITS__DEPTH: "16",
      PORTCULLIS_LISTEN: "[localhost:2, 127.0.0.1:3]",
    };
    expect(load(text, { env }).config).toMatchObject({
      mode: "observe",
      limits: { depth: 16, sessions: 10 },
      listen: [{ host: "localhost", port: 2 }, { port: 3 }],
    });
    const overrides = { port: 0, mode: "enforce" } as const;
    expect(load(text, { env, overrides }).config).toMatchObject({
      mode: "enforce",
      listen: [{ port: 0 }, { port: 3 }],
    });
  });

  test("variables reach every level, and a server by its name in any case", () => {
    const { config } = load("mcpServers: { My-Files: { command: old } }\n", {
      env: {
        PORTCULLIS_MCPSERVERS__MY_FILES__COMMAND: "new",
        PORTCULLIS_MCPSERVERS__MY_FILES__TIMEOUT_MS: "500",
      },
    });
    expect(config.servers).toMatchObject([{ name: "My-Files", command: "new", timeout_ms: 500 }]);
  });

  test("a secret may come from a file", () => {
    const secret = join(folder, "secret");
    writeFileSync(secret, "postgres://u:p@localhost/x\n");
    expect(load("", { env: { PORTCULLIS_STORE_FILE: secret } }).config.store).toEqual({
      kind: "postgres",
      url: "postgres://u:p@localhost/x",
    });
    expect(load('store: "${DB}"', { env: { DB_FILE: secret } }).config.store).toMatchObject({
      kind: "postgres",
    });
  });

  test("what Kubernetes sets for a service of this name is not ours", () => {
    const env = {
      PORTCULLIS_PORT: "tcp://10.0.0.1:8090",
      PORTCULLIS_SERVICE_HOST: "10.0.0.1",
      PORTCULLIS_PORT_8090_TCP_ADDR: "x",
    };
    expect(problemsOf("", { env })).toBe("");
  });
});

describe("problems", () => {
  test("are all told at once, in the order of the lines", () => {
    const text = [
      "listen: 0.0.0.0:8090",
      "store: mysql://u:hunter2@db/x",
      "cluster: etcd://localhost",
      "exposure: hybrid",
      "policy: [nowhere/]",
      "mcpServers:",
      "  a: { command: npx -y server }",
      "  b: { command: x, url: http://localhost/mcp }",
      "  c: { url: http://localhost/sse, type: ws }",
      "  d: {}",
      "  e: { url: ftp://localhost/ }",
      "  f: { url: http://me:hunter2@localhost/ }",
      "  g: { url: http://localhost/, headers: { Mcp-Session-Id: x } }",
      '  h: { command: x, env: { TOKEN: "${NOT_SET}" } }',
      "  i: { command: x, transport: streamable-http }",
      "  j: { command: x, port: 8099 }",
      "auth: { mode: required }",
      "guards: { patterns: { blocked: ['('] } }",
      "preset: gdpr_focused",
      "allowed_origins: [app.example.com]",
    ].join("\n");
    expect(problemsOf(text).replaceAll(folder, "/here")).toMatchInlineSnapshot(`
      "1:9  listen: others could read what goes to this address  (write \`tls: { cert, key }\`, or name the proxy in front under \`auth.trusted_proxies\`)
      2:8  store: is neither sqlite:FILE nor postgres://…  (for example sqlite:.portcullis/portcullis.db)
      3:10  cluster: is neither memory nor redis://…  (for example redis://127.0.0.1:6379/0, or rediss:// for TLS)
      5:10  policy[0]: /here/nowhere does not exist  (\`portcullis init\` writes a policy to start from)
      7:17  mcpServers.a.command: holds arguments, and no shell reads it  (put each argument under args)
      8:8  mcpServers.b.command: a server has one command or one url, not two of them  ()
      9:13  mcpServers.c.url: is not an address that begins ws:// or wss://  ()
      10:3  mcpServers.d: has neither a command nor a url  ()
      11:13  mcpServers.e.url: is not an address that begins http:// or https://  ()
      12:13  mcpServers.f.url: holds a password  (put it under headers, as \${NAME})
      13:43  mcpServers.g.headers.Mcp-Session-Id: this header cannot be set  ()
      14:34  mcpServers.h.env.TOKEN: the environment has no NOT_SET  (set NOT_SET, or NOT_SET_FILE to a file that holds it)
      15:31  mcpServers.i.transport: needs a url, and there is a command  ()
      16:26  mcpServers.j.port: only a server with an address of its own has a port  (write \`expose: separate\` beside it)
      17:15  auth.mode: nobody could show who they are  (write \`api_keys: true\`, \`oauth:\` or \`mtls:\` beside it)
      18:33  guards.patterns.blocked[0]: error parsing regexp: missing closing ): \`(?i)(\`  (RE2 syntax)
      19:9  preset: this preset promises consent and retention, which this version cannot do  (this version has development, production, high_security)
      20:19  allowed_origins[0]: is not scheme://host[:port]  (for example https://app.example.com)"
    `);
    expect(problemsOf(text)).not.toContain("hunter2");
  });

  test("of the environment name the variable", () => {
    const env = {
      PORTCULLIS_LISTN: "127.0.0.1:1",
      PORTCULLIS_MODE: "enforc",
      PORTCULLIS_LIMITS__DEPTH: "many",
      PORTCULLIS_STORE_FILE: "/nowhere/x",
    };
    expect(problemsOf("", { env })).toMatchInlineSnapshot(`
      "PORTCULLIS_STORE_FILE  its file cannot be read: ENOENT: no such file or directory, stat '/nowhere/x'  ()
      PORTCULLIS_MODE  mode: "enforc" is not one of enforce, observe  (did you mean "enforce"?)
      PORTCULLIS_LIMITS__DEPTH  limits.depth: should be a number, is text  ()
      PORTCULLIS_LISTN  listn: unknown key  (did you mean "listen"?)"
    `);
    expect(problemsOf("mode: enforce", { env: { PORTCULLIS_LISTEN: "0.0.0.0:80" } })).toMatch(
      /^PORTCULLIS_LISTEN {2}listen: others could reach/,
    );
  });

  test.each([
    ["${X:-fallback}", {}, "fallback"],
    ["${X:-fallback}", { X: "" }, "fallback"],
    ["a${env:X}b", { X: "1" }, "a1b"],
    ["$${X}", {}, "${X}"],
    ["$X", { X: "1" }, "$X"],
    ["${X}", { X: "${Y}" }, "${Y}"],
  ])("no problem: %s", (text, env, value) => {
    const { config } = load(JSON.stringify({ mcpServers: { a: { command: "x", args: [text] } } }), { env });
    expect(config.servers).toMatchObject([{ args: [value] }]);
  });

  test("a reference that only a client could resolve is one", () => {
    expect(problemsOf('mcpServers: { a: { command: x, args: ["${input:key}"] } }')).toMatch(
      /\$\{input:key\} is not a variable/,
    );
  });

  test("a server's name is bounded, as it becomes a part of addresses", () => {
    expect(problemsOf("mcpServers: { ../x: { command: x } }")).toMatch(
      /^1:15 {2}mcpServers\.\.\.\/x: a server's name is/,
    );
  });

  test("a file that is not there says how to make one", () => {
    expect(() => loadConfig({ file: "none.yaml", cwd: folder, env: {} })).toThrow(
      /none\.yaml {2}there is no such file/,
    );
  });
});
