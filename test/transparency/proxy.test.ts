import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder } from "../gate/running.ts";

const POLICY = `
defaults: { verdict: allow }
rules:
  - name: no-errors
    match: { server: web, tool: test_error_handling }
    deny: true
    why: Errors are for later.
  - name: small-sums
    match: { server: pipe, tool: get-sum }
    when: args.a > 100
    deny: true
    why: That is too much.
`;

let web: ChildProcessByStdio<null, Readable, null>;
let folder: string;
beforeAll(async () => {
  web = spawn(process.execPath, [resolve("test/conformance/fixture.ts")], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(createInterface({ input: web.stdout }), "line")) as [string];
  const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: {
        web: { url: line.replace("ready ", "") },
        pipe: { command: process.execPath, args: [everything, "stdio"] },
      },
    }),
    "policy.yaml": POLICY,
  });
});
afterAll(() => {
  web.kill();
  removeFolder(folder);
});

/** An unmodified client that starts the proxy as it would start a server. */
async function connect(server: string): Promise<Client> {
  const client = new Client({ name: "old", version: "1" }, { capabilities: { elicitation: {} } });
  client.setRequestHandler(ElicitRequestSchema, () => ({
    action: "accept",
    content: { username: "ana", email: "ana@example.com" },
  }));
  const config = join(folder, "portcullis.yaml");
  await client.connect(
    new StdioClientTransport({
      command: process.execPath,
      args: [resolve("src/cli/cli.ts"), "proxy", "--server", server, "--config", config],
      cwd: folder,
    }),
  );
  return client;
}

test("a server on HTTP, behind a pipe: lists, calls, progress, questions, refusals", async () => {
  const client = await connect("web");
  const names = (await client.listTools()).tools.map(({ name }) => name);
  expect(names).toContain("test_simple_text");
  expect(names).not.toContain("test_error_handling");
  expect(await client.callTool({ name: "test_simple_text", arguments: {} })).toMatchObject({
    content: [{ type: "text" }],
  });
  const steps: number[] = [];
  await client.callTool({ name: "test_tool_with_progress", arguments: {} }, undefined, {
    onprogress: ({ progress }) => void steps.push(progress),
  });
  expect(steps.length).toBeGreaterThan(1);
  const asked = await client.callTool({ name: "test_elicitation", arguments: { message: "who?" } });
  expect(JSON.stringify(asked)).toContain("ana");
  await client.close();
});

test("a server on a pipe, behind a pipe", async () => {
  const client = await connect("pipe");
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("echo");
  expect(await client.callTool({ name: "echo", arguments: { message: "hi" } })).toMatchObject({
    content: [{ text: "Echo: hi" }],
  });
  const refused = await client.callTool({ name: "get-sum", arguments: { a: 101, b: 1 } });
  expect(refused).toMatchObject({
    isError: true,
    content: [{ text: expect.stringMatching(/^BLOCKED [\s\S]*That is too much\. \(rule small-sums\)/) }],
  });
  await client.close();
});

test("the records of both are where the configuration says", async () => {
  const { out } = await portcullis(["logs", "--json"], folder);
  const calls = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(calls).toContainEqual(expect.objectContaining({ server: "pipe", tool: "echo", status: "ok" }));
  expect(calls).toContainEqual(
    expect.objectContaining({ server: "pipe", tool: "get-sum", rule: "small-sums", status: "denied" }),
  );
  expect(calls).toContainEqual(
    expect.objectContaining({ server: "web", tool: "test_elicitation", status: "ok", client: "old/1" }),
  );
});

test("a server that nobody configured is named as such, with those there are", async () => {
  const { code, out, err } = await portcullis(["proxy", "--server", "wab"], folder);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/no server is called "wab"; .*web.*pipe/);
});
