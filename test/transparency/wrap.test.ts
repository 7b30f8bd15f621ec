import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder } from "../gate/running.ts";
import { INITIALIZE, type StdioClient, stdioClient } from "./clients.ts";

const ODD = `${import.meta.dirname}/odd-server.ts`;
const CALL = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"t","arguments":{"a":1}}}';

let folder: string;
beforeAll(() => {
  folder = folderWith({});
});
afterAll(() => removeFolder(folder));

const env = (): Record<string, string> => ({ XDG_STATE_HOME: folder });
const odd = (...how: string[]): readonly string[] => [
  "wrap",
  "--name",
  "odd",
  "--",
  process.execPath,
  ODD,
  ...how,
];

/** A client in the middle of nothing: it has not said a word. */
function silent(words: readonly string[]): Promise<StdioClient> {
  return stdioClient(words, env(), "modern");
}

async function ended({ child }: StdioClient): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return child.exitCode;
}

const said = async ({ lines }: StdioClient): Promise<Record<string, unknown>> =>
  JSON.parse((await lines.take()).toString()) as Record<string, unknown>;

describe("how the server ends is how wrap ends", () => {
  test.each([
    ["exit", "42", 42],
    ["exit", "0", 0],
    ["throw", "", 1],
    ["kill", "SIGKILL", 137],
    ["kill", "SIGTERM", 143],
  ])("%s %s in the middle of a call: one clear answer, then %d", async (what, how, code) => {
    const client = await stdioClient(odd(what, how), env(), "legacy");
    client.ask(CALL, "");
    expect(await said(client)).toMatchObject({
      id: 2,
      result: {
        isError: true,
        content: [{ text: expect.stringMatching(/^UNAVAILABLE [\s\S]*not confirmed/) }],
      },
    });
    expect(await ended(client)).toBe(code);
    expect(client.lines.size).toBe(0);
  });

  test("a server that ends before anybody spoke", async () => {
    const client = await silent(odd("quits", "9"));
    expect(await ended(client)).toBe(9);
  });

  test("a server that closes its output and works on for a moment", async () => {
    const client = await silent(odd("closes"));
    expect([6, 143]).toContain(await ended(client));
  });

  test("what it said last is heard, however much it is and however fast it left", async () => {
    const client = await stdioClient(odd("flood"), env(), "legacy");
    client.ask(CALL, "");
    for (let number = 0; number < 500; number += 1)
      expect(await said(client)).toMatchObject({ params: { data: { number } } });
    expect(await said(client)).toEqual({ jsonrpc: "2.0", id: 2, result: {} });
    expect(await ended(client)).toBe(3);
  });

  test("what it said last waits for a client that is slow to read", async () => {
    const client = await stdioClient(odd("flood"), env(), "legacy");
    client.child.stdout?.pause();
    client.ask(CALL, "");
    await delay(600);
    client.child.stdout?.resume();
    for (let number = 0; number < 500; number += 1) await said(client);
    expect(await said(client)).toMatchObject({ id: 2 });
    expect(await ended(client)).toBe(3);
  });

  test("a command that does not exist: 3, and words that say so", async () => {
    const { code, out, err } = await portcullis(["wrap", "--", "no-such-server", "--flag"], folder, env());
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toContain("cannot start `no-such-server`");
    expect(err).toContain("fix: ");
  });
});

describe("what wrap is told, the server is told", () => {
  test.each(["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR2"] as const)("%s", async (signal) => {
    const client = await silent(odd("signals"));
    expect(await said(client)).toMatchObject({ method: "notifications/ready" });
    client.child.kill(signal);
    expect(await ended(client)).toBe(7);
    expect(client.errors()).toContain(`got ${signal}`);
  });

  test("end of input; what was asked before is still answered", async () => {
    const client = await stdioClient(odd("late"), env(), "legacy");
    client.ask(CALL, "");
    client.child.stdin?.end();
    expect(await said(client)).toEqual({ jsonrpc: "2.0", id: 2, result: { late: true } });
    expect(await ended(client)).toBe(5);
  });

  test("end of input with nothing asked", async () => {
    const client = await silent(odd());
    await client.close();
    expect(await ended(client)).toBe(0);
  });

  test("a client that reads no more is a client that left", async () => {
    const client = await silent(odd("flood"));
    client.child.stdout?.destroy();
    client.ask(CALL, "");
    expect([0, 3]).toContain(await ended(client));
  });
});

describe("what the server sees and says is what it would without wrap", () => {
  /** Both its streams to the byte, and its code, when its input ends at once. */
  async function run(words: readonly string[]): Promise<{ out: string; err: string; code: unknown }> {
    const [program = "", ...args] = words;
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env(), PATH: "/usr/bin:/bin", ODD: "ä 'x' $y" },
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (piece: Buffer) => {
      out += piece.toString();
      child.stdin.end();
    });
    child.stderr.on("data", (piece: Buffer) => {
      err += piece.toString();
    });
    const [code] = (await once(child, "close")) as [unknown];
    return { out, err, code };
  }

  test("environment, folder, arguments, its first word and its standard error", async () => {
    const server = [process.execPath, ODD, "facts", "--an-option", "--", "", "a b"];
    const wrapped = [process.execPath, join(process.cwd(), "src/cli/cli.ts"), "wrap", "--", ...server];
    expect(await run(wrapped)).toEqual(await run(server));
  });

  test("what is no message is no message to the client either, and not lost", async () => {
    const client = await silent(odd("noise"));
    client.ask('{"jsonrpc":"2.0","id":0,"method":"ping"}', "");
    expect(await said(client)).toEqual({ jsonrpc: "2.0", id: 0, result: { method: "ping" } });
    await client.close();
    expect(client.errors()).toContain("Debugger attached.");
  });

  test("what it says in one breath comes in that order", async () => {
    const client = await stdioClient(odd("burst"), env(), "legacy");
    client.ask(CALL, "");
    const all = [await said(client), await said(client), await said(client), await said(client)];
    expect(all.map(({ id, method }) => id ?? method)).toEqual([
      "notifications/message",
      2,
      "notifications/tools/list_changed",
      "q",
    ]);
    await client.close();
  });

  test("a ping before initialize, and initialize after a question of the newer era, reach one process", async () => {
    const client = await silent(odd("facts"));
    expect(await said(client)).toMatchObject({ method: "notifications/facts" });
    client.ask('{"jsonrpc":"2.0","id":0,"method":"ping"}', "");
    expect(await said(client)).toMatchObject({ id: 0, result: { method: "ping" } });
    const meta =
      '{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';
    client.ask(`{"jsonrpc":"2.0","id":1,"method":"server/discover","params":{"_meta":${meta}}}`, "");
    expect(await said(client)).toMatchObject({ id: 1, result: { method: "server/discover" } });
    client.ask(INITIALIZE, "");
    expect(await said(client)).toMatchObject({ id: "begin", result: { method: "initialize" } });
    await client.close();
    // Each process says its facts once.
    expect(client.lines.size).toBe(0);
  });
});

test("logs shows the calls that wrap saw, and how they ended", async () => {
  const { code, out } = await portcullis(["logs", "--json", "--server", "odd"], folder, env());
  expect(code).toBe(0);
  const calls = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const own = calls.filter(({ tool }) => tool === "t");
  expect(own).toContainEqual(
    expect.objectContaining({
      server: "odd",
      method: "tools/call",
      verdict: "allow",
      status: "ok",
      client: "raw/1",
    }),
  );
  expect(own).toContainEqual(expect.objectContaining({ server: "odd", tool: "t", status: "error" }));
});

describe("a policy that speaks of several servers", () => {
  const POLICY = `rules:
  - { name: odd, match: { server: odd }, allow: true }
  - { name: bank, match: { server: bank, resource: "*-prod-*" }, deny: true, why: Production is off limits. }
tests:
  - { name: not production, call: { server: bank, tool: x, args: { name: a-prod-1 } }, expect: { verdict: deny, rule: bank } }
`;

  test.each([
    ["", 0, ""],
    ["mcpServers: { odd: { command: a }, bank: { command: b } }", 0, ""],
    ["mcpServers: { odd: { command: a } }", 2, 'no server is called "bank"'],
  ])(
    "stands before one of them where the configuration says `%s`: ends with %d",
    async (servers, code, said) => {
      const own = folderWith({ "portcullis.yaml": servers, "policy/main.yaml": POLICY });
      const words = [
        "wrap",
        "--name",
        "odd",
        "--config",
        "portcullis.yaml",
        "--",
        process.execPath,
        "-e",
        "",
      ];
      expect(await portcullis(words, own, env())).toMatchObject({ code, err: expect.stringContaining(said) });
      removeFolder(own);
    },
  );
});
