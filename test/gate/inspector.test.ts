import { spawn } from "node:child_process";
import { once } from "node:events";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

const server = (name: string): string =>
  resolve(`node_modules/@modelcontextprotocol/server-${name}/dist/index.js`);

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
    "policy.yaml": `
defaults: { verdict: allow }
rules:
  - name: outside-workspace
    match: { server: files, tool: write_file }
    when: '!path.within(args.path, "{folder}/work")'
    deny: true
    why: Files outside the workspace are off limits.
`,
    "work/hello.txt": "hello from the file",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

/** The Inspector's command line, with nothing of this user's own. */
async function inspector(
  ...words: readonly string[]
): Promise<{ code: number | null; said: string; err: string }> {
  const child = spawn(
    process.execPath,
    [
      resolve("node_modules/.bin/mcp-inspector"),
      "--cli",
      gate.url,
      "--transport",
      "http",
      "--format",
      "json",
      ...words,
    ],
    {
      cwd: gate.folder,
      env: { ...process.env, HOME: gate.folder, NO_COLOR: "1" },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let [said, err] = ["", ""];
  child.stdout.on("data", (piece: Buffer) => {
    said += piece.toString();
  });
  child.stderr.on("data", (piece: Buffer) => {
    err += piece.toString();
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, said, err };
}

describe.each(["legacy", "auto"])("the Inspector's command line, era %s", (era) => {
  test("lists the tools of both servers", async () => {
    const { code, said, err } = await inspector("--protocol-era", era, "--method", "tools/list");
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(said).toContain('"read_text_file"');
    expect(said).toContain('"echo"');
  });

  test("calls a tool of each", async () => {
    const path = join(gate.folder, "work/hello.txt");
    const call = ["--protocol-era", era, "--method", "tools/call", "--tool-name"];
    const read = await inspector(...call, "read_text_file", "--tool-arg", `path=${path}`);
    expect(read).toMatchObject({ code: 0, said: expect.stringContaining("hello from the file") });
    const echo = await inspector(...call, "echo", "--tool-arg", "message=hi");
    expect(echo).toMatchObject({ code: 0, said: expect.stringContaining("Echo: hi") });
  });

  test("is told why a call was refused", async () => {
    const args = JSON.stringify({ path: "/etc/portcullis-test", content: "x" });
    const call = ["--method", "tools/call", "--tool-name", "write_file", "--tool-args-json", args];
    const { said, err } = await inspector("--protocol-era", era, ...call);
    expect(said + err).toContain("Files outside the workspace are off limits.");
  });
});

test("the Inspector's command line reads a resource and gets a prompt", async () => {
  const read = await inspector(
    "--method",
    "resources/read",
    "--uri",
    "demo://resource/static/document/features.md",
  );
  expect(read).toMatchObject({ code: 0, said: expect.stringContaining("# Everything Server") });
  const words = ["--method", "prompts/get", "--prompt-name", "args-prompt", "--prompt-args", "city=Delft"];
  expect(await inspector(...words)).toMatchObject({ code: 0, said: expect.stringContaining("Delft") });
});
