import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as HttpV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const server = (name: string): string =>
  resolve(`node_modules/@modelcontextprotocol/server-${name}/dist/index.js`);
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: outside-workspace
    match: { server: files, tool: write_file }
    when: '!path.within(args.path, "{folder}/work")'
    deny: true
    why: Files outside the workspace are off limits.
    instead: Write below the workspace.
  - name: no-moving
    match: { server: files, tool: move_file }
    deny: true
    why: Moving is for people.
`;

let gate: RunningGate;
beforeAll(async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: {
        files: { command: process.execPath, args: [server("filesystem"), "./work"] },
        everything: { command: process.execPath, args: [server("everything"), "stdio"] },
      },
    }),
    "policy.yaml": POLICY,
    "work/hello.txt": "hello",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

/** What the checks below need, whichever SDK is behind it. */
interface AnyClient {
  readonly listTools: () => Promise<{ tools: { name: string }[] }>;
  readonly callTool: (call: { name: string; arguments: Record<string, unknown> }) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

async function v1(): Promise<AnyClient> {
  const client = new ClientV1({ name: "old", version: "1" });
  await client.connect(new HttpV1(new URL(gate.url)));
  return client;
}
async function v2(): Promise<AnyClient> {
  const client = new ClientV2({ name: "new", version: "2" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new HttpV2(new URL(gate.url)));
  return client;
}

describe.each([
  ["SDK v1", v1],
  ["SDK v2", v2],
])("an unmodified client: %s", (_, connect) => {
  test("sees the tools of both servers and calls them", async () => {
    const client = await connect();
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toContain("read_text_file");
    expect(names).toContain("echo");
    expect(await client.callTool({ name: "echo", arguments: { message: "hi" } })).toMatchObject({
      content: [{ text: "Echo: hi" }],
    });
    expect(
      await client.callTool({
        name: "read_text_file",
        arguments: { path: join(gate.folder, "work/hello.txt") },
      }),
    ).toMatchObject({
      content: [{ text: "hello" }],
    });
    await client.close();
  });

  test("is refused with a reason and a way out", async () => {
    const client = await connect();
    const said = (await client.callTool({
      name: "write_file",
      arguments: { path: "/etc/portcullis-test", content: "x" },
    })) as {
      isError: boolean;
      content: { text: string }[];
      _meta: Record<string, unknown>;
    };
    expect(said.isError).toBe(true);
    expect(said.content[0]?.text).toMatch(/^BLOCKED /);
    expect(said.content[0]?.text).toContain(
      "Files outside the workspace are off limits. (rule outside-workspace)",
    );
    expect(said.content[0]?.text).toContain("Write below the workspace.");
    expect(said._meta["dev.portcullis/decision"]).toMatchObject({
      effect: "deny",
      rule: "outside-workspace",
      retryable: false,
    });
    await client.close();
  });

  test("does not see what it may never call, and cannot tell it from what does not exist", async () => {
    const client = await connect();
    expect((await client.listTools()).tools.map(({ name }) => name)).not.toContain("move_file");
    const hidden = await client
      .callTool({ name: "move_file", arguments: {} })
      .catch((error: Error & { code: number }) => [error.code, error.message]);
    const unknown = await client
      .callTool({ name: "move_fila", arguments: {} })
      .catch((error: Error & { code: number }) => [
        error.code,
        error.message.replace("move_fila", "move_file"),
      ]);
    expect(hidden).toEqual(unknown);
    expect(hidden).toEqual([-32602, expect.stringContaining("Unknown tool: move_file")]);
    await client.close();
  });

  test("is told which argument does not fit the tool's schema", async () => {
    const client = await connect();
    const said = await client.callTool({
      name: "write_file",
      arguments: { path: join(gate.folder, "work/a.txt") },
    });
    expect(said).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^BLOCKED [\s\S]*\/content/) }],
    });
    await client.close();
  });
});

test("every call is in the log, and can be explained", async () => {
  const { out, code } = await portcullis(
    ["logs", "--json", "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
  );
  expect(code).toBe(0);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const denied = lines.find(({ rule }) => rule === "outside-workspace");
  expect(denied).toMatchObject({
    tenant: "default",
    principal: "anonymous",
    server: "files",
    method: "tools/call",
    tool: "write_file",
    verdict: "deny",
    status: "denied",
  });
  expect(lines.filter(({ tool, status }) => tool === "echo" && status === "ok").length).toBe(2);
  const why = await portcullis(
    ["why", String(denied?.["id"]), "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
  );
  expect(why.code).toBe(0);
  expect(why.out).toContain("outside-workspace");
});

test("the workspace was written to by nobody but those allowed", () => {
  expect(readFileSync(join(gate.folder, "work/hello.txt"), "utf8")).toBe("hello");
});
