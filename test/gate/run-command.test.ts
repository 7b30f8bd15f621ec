import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, copyFileSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ENVIRONMENT, folderWith, portcullis, removeFolder } from "./running.ts";

const CLI = resolve("src/cli/cli.ts");
const SERVER = resolve("test/servers/modern-stdio.ts");
/** A program that says what it was given, and ends as it was told. */
const TOOL = `
const at = process.argv.indexOf("--code");
if (process.argv.includes("--wait")) {
  process.on("SIGTERM", () => process.exit(42));
  console.log("waiting");
  setInterval(() => {}, 1000);
} else {
  let input = "";
  process.stdin.on("data", (piece) => (input += piece)).on("end", () => {
    console.log(JSON.stringify({ argv: process.argv.slice(2), input, mcp: process.env.PORTCULLIS_MCP_COMMAND }));
    process.exitCode = at < 0 ? 0 : Number(process.argv[at + 1]);
  });
}
`;
const POLICY = `defaults: { verdict: deny }
rules:
  - { name: operate, match: { server: cloud, tool: "workers*|list" }, allow: true }
  - name: not-production
    match: { server: cloud, tool: workers.deploy }
    when: '!has(args.env) || args.env == "production"'
    deny: true
    why: Production deploys go through the pipeline.
    instead: Deploy to staging.
  - name: never-delete
    match: { server: cloud, tool: workers.delete }
    deny: true
    why: Workers are not deleted here.
  - name: stop-kindly
    match: { server: cloud, tool: workers.stop }
    when: args.how == "now"
    deny: true
    why: Workers are stopped kindly.
  - name: drains-are-looked-at
    match: { server: cloud, tool: "workers.drain*" }
    ask: { approvers: [ops] }
    why: Somebody looks before workers are drained.
  - name: never-drain-all
    match: { server: cloud, tool: workers.drain.all }
    deny: true
    why: Not all at once.
  - { name: one-scale, match: { server: cloud, tool: workers.scale }, limit: { quota: 1/year } }
tests:
  - name: production is not deployed to
    call: { server: cloud, tool: workers.deploy, args: { env: production } }
    expect: { verdict: deny, rule: not-production }
`;

let folder = "";
beforeAll(() => {
  folder = folderWith({
    "portcullis.yaml": `listen: 127.0.0.1:0\nmcpServers: { cloud: { command: node, args: [${JSON.stringify(SERVER)}] } }\n`,
    "policy/main.yaml": POLICY,
    "mcp-tool": `#!/usr/bin/env node\n${TOOL}`,
  });
  chmodSync(join(folder, "mcp-tool"), 0o755);
});
afterAll(() => removeFolder(folder));

const PROXY = ["proxy", "--server", "cloud", "--"];
const command = (...words: readonly string[]) => [...PROXY, "./mcp-tool", ...words];

async function calls(): Promise<readonly Record<string, unknown>[]> {
  const { out } = await portcullis(["logs", "--json"], folder);
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Runs it as a shell would, with something on its standard input. */
function piped(words: readonly string[]) {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd: folder,
    env: { ...ENVIRONMENT, NO_COLOR: "1" },
    stdio: ["pipe", "pipe", "pipe"],
  });
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

describe("a command under policy", () => {
  test("runs with its streams and its exit code, and is on record with both", async () => {
    const { child, lines } = piped(command("workers", "publish", "--code", "7", "--api-token", "hush-hush"));
    child.stdin.end("from a pipe");
    const said = JSON.parse((await lines.next()).value ?? "") as { argv: string[]; input: string };
    const [code] = (await once(child, "exit")) as [number];
    expect({ code, said }).toMatchObject({
      code: 7,
      said: { argv: ["workers", "publish", "--code", "7", "--api-token", "hush-hush"], input: "from a pipe" },
    });
    const last = (await calls()).at(-1);
    expect(last).toMatchObject({
      server: "cloud",
      tool: "workers.publish",
      verdict: "allow",
      rule: "operate",
      status: "error",
    });
    const { out } = await portcullis(["why", String(last?.["id"]), "--json"], folder);
    expect(JSON.parse(out)).toMatchObject({
      opened: { args: { program: "./mcp-tool", code: "7", "api-token": "[secret]" } },
      closed: { exit_code: 7 },
    });
    expect(out).not.toContain("hush-hush");
  });

  test("takes of a limit whatever words stand behind the operation", async () => {
    expect(await portcullis(command("workers", "scale", "my-app"), folder)).toMatchObject({ code: 0 });
    expect(await portcullis(command("workers", "scale", "other-app"), folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining("LIMIT reached"),
    });
  });

  test("is approved where it was to run, and not for the program of that name in another folder", async () => {
    const there = join(folder, "there");
    mkdirSync(there, { recursive: true });
    copyFileSync(join(folder, "mcp-tool"), join(there, "mcp-tool"));
    const config = ["--config", join(folder, "portcullis.yaml")];
    const drain = ["proxy", "--server", "cloud", ...config, "--", "./mcp-tool", "workers", "drain", "one"];
    const asked = await portcullis(drain, folder);
    const id = /apr_[0-9a-z]{26}/.exec(asked.err)?.[0] ?? "";
    expect(await portcullis(["approve", id, "--approver", "ops"], folder)).toMatchObject({ code: 0 });
    expect(await portcullis(drain, there)).toMatchObject({
      code: 1,
      err: expect.stringContaining("WAITING FOR APPROVAL"),
    });
    const again = await portcullis(drain, folder);
    const anew = /apr_[0-9a-z]{26}/.exec(again.err)?.[0] ?? "";
    expect(await portcullis(["approve", anew, "--approver", "ops"], folder)).toMatchObject({ code: 0 });
    expect(await portcullis(drain, folder)).toMatchObject({ code: 0 });
  });

  test("waits for people where any reading of it asks, and is refused where any is denied", async () => {
    const quiet = await portcullis(command("workers", "--quiet", "drain"), folder);
    expect([quiet.code, quiet.out]).toEqual([1, ""]);
    expect(quiet.err).toMatch(/WAITING FOR APPROVAL.*Somebody looks before.*rule drains-are-looked-at/);
    const all = await portcullis(command("workers", "drain", "--quiet", "all"), folder);
    expect([all.code, all.out]).toEqual([1, ""]);
    expect(all.err).toMatch(/BLOCKED by policy: Not all at once/);
  });

  test.each([
    [
      "an operand behind the operation",
      ["workers", "deploy", "my-app", "--env", "production"],
      "not-production",
    ],
    ["options between the words", ["workers", "--now", "delete"], "never-delete"],
    ["an option given twice", ["workers", "deploy", "--env", "dev", "--env", "production"], "not-production"],
    ["the end of options before the words", ["workers", "--", "delete"], "never-delete"],
    ["a condition that fails on another reading", ["workers", "--now", "stop"], "condition-failed"],
    ["a limit that another command used up", ["workers", "--now", "scale"], "one-scale"],
    [
      "too many ways to read it",
      ["list", ...Array.from({ length: 40 }, (_, at) => [`--o${at}`, String(at)]).flat()],
      "unclear-command",
    ],
    ["what no rule allows", ["secrets", "put", "x"], "default"],
  ])("%s refuses it: nothing runs, one line says why, exit code 1", async (_, words, rule) => {
    const { code, out, err } = await portcullis(command(...words), folder);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      new RegExp(`^fail (?:BLOCKED by policy|LIMIT reached): .*\\(rule ${rule}\\).* Ref: dec_\\w+\n$`),
    );
  });

  test("a refusal is on record, and `logs` knows which server was meant", async () => {
    const told = await portcullis(command("workers", "deploy", "--env", "production"), folder);
    expect(told.code).toBe(1);
    expect((await calls()).at(-1)).toMatchObject({
      tool: "workers.deploy",
      verdict: "deny",
      rule: "not-production",
      status: "denied",
    });
    const { err } = await portcullis(["logs", "--server", "clod"], folder);
    expect(err).toContain("did you mean cloud?");
  });

  test("is told to end when the gate is, and its exit code passes through", async () => {
    const { child, lines } = piped(command("workers", "tail", "--wait"));
    expect((await lines.next()).value).toBe("waiting");
    // Only its opening is on record so far.
    expect((await calls()).at(-1)).toMatchObject({ tool: "workers.tail", status: "open" });
    child.kill("SIGTERM");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).toBe(42);
    expect((await calls()).at(-1)).toMatchObject({ tool: "workers.tail", status: "error" });
  });

  test("finds the server through the gate by what its environment says", async () => {
    const { out } = await portcullis(command("list"), folder);
    const { mcp } = JSON.parse(out) as { mcp: string };
    const [program = "", ...args] = JSON.parse(mcp) as string[];
    const door = spawn(program, args, {
      env: { ...ENVIRONMENT, PORTCULLIS_MCP_COMMAND: mcp },
      stdio: ["pipe", "pipe", "inherit"],
    });
    const lines = createInterface({ input: door.stdout })[Symbol.asyncIterator]();
    const meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    door.stdin.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "list", _meta: meta } })}\n`,
    );
    expect(JSON.parse((await lines.next()).value ?? "")).toMatchObject({
      id: 1,
      result: { resultType: "complete" },
    });
    door.stdin.end();
    expect(await once(door, "exit")).toEqual([0, null]);
  });

  test("that is not there, or for a server that is not, is wrong use and says so", async () => {
    expect(await portcullis([...PROXY, "no-such-program", "list"], folder)).toMatchObject({
      code: 3,
      err: expect.stringContaining("cannot start `no-such-program`"),
    });
    expect(await portcullis(["proxy", "--server", "clod", "--", "ls"], folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean cloud?"),
    });
    expect(await portcullis(["proxy", "--", "ls"], folder)).toMatchObject({
      code: 2,
      err: expect.stringContaining("none is named"),
    });
  });
});
