import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { project } from "./portcullis.ts";

const FILES = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js", import.meta.url),
);
const WRAPPED = { command: "npx", args: ["-y", "portcullis@1", "wrap", "--name", "github", "--", "npx", "github-server"] };

test("`doctor` finds what is wrong, and names a fix for each", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const here = project({
    "portcullis.yaml": `listen: 127.0.0.1:${port}
mcpServers:
  files: { timeout: 5, command: node, args: [${JSON.stringify(FILES)}, .] }
  same: { command: node, args: [${JSON.stringify(FILES)}, .] }
  again: { command: node, args: [${JSON.stringify(FILES)}, .], prefix: a_rather_long_prefix_for_tools_ }
  broken: { command: node, args: [-e, 'console.error("npm ERR! 401 Unauthorized"); process.exit(1)'], env: { API_TOKEN: hush-hush-token } }
`,
    "policy/main.yaml": `rules:
  - { name: read, match: { tool: "read_*" }, allow: true }
tests:
  - { name: writing is allowed, call: { server: files, tool: write_file }, expect: { verdict: allow } }
`,
    ".claude.json": JSON.stringify({ mcpServers: { github: WRAPPED } }),
    ".mcp.json": JSON.stringify({
      mcpServers: { github: { command: "npx", args: ["github-server"], env: { GITHUB_TOKEN: "ghp_hushhushhushhush" } } },
    }),
    ".codex/config.toml": "[mcp_servers\n",
  });
  try {
    const { code, out, err } = await here.run(["doctor"]);
    const told = `$ portcullis doctor\n${out}${err}exit ${code}\n`
      .replaceAll(String(port), "8090")
      .replaceAll(String(port + 1), "8091")
      .replaceAll(here.folder, "/home/ana/gate")
      .replaceAll(/Node.js [\d.]+/g, "Node.js 24.21.0")
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "2026-11-20T10:00:00.000Z")
      .replaceAll(/after \d+ ms/g, "after 900 ms")
      .replaceAll(/[\d.]+ GB/g, "75.7 GB");
    expect(told).not.toMatch(/hush/);
    await expect(told).toMatchFileSnapshot("transcripts/doctor.txt");
  } finally {
    other.close();
    here.remove();
  }
});

test("`doctor` where nothing is configured says what to begin with, and is content", async () => {
  const here = project();
  try {
    const { code, out } = await here.run(["doctor", "--json"]);
    const lines = out.trim().split("\n").map((line) => JSON.parse(line) as { level: string; check: string; fix?: string });
    expect(code).toBe(0);
    expect(lines.filter(({ level }) => level !== "ok")).toMatchObject([{ check: "configuration", fix: "portcullis init" }]);
    expect(lines.map(({ check }) => check)).toEqual(["node", "configuration", "store", "store", "clock", "client"]);
  } finally {
    here.remove();
  }
});

test("`doctor` before a wrong configuration gives every problem with its place", async () => {
  const here = project({ "portcullis.yaml": "lisen: 127.0.0.1:8090\nmode: enforc\n" });
  try {
    const { code, out } = await here.run(["doctor", "--json"]);
    const found = out.trim().split("\n").map((line) => JSON.parse(line) as { level: string; message: string });
    expect(code).toBe(1);
    expect(found.filter(({ level }) => level === "fail").map(({ message }) => message.split("  ")[0])).toEqual([
      "portcullis.yaml:1:1",
      "portcullis.yaml:2:7",
    ]);
  } finally {
    here.remove();
  }
});

test("`doctor` says which rules nobody could ever approve", async () => {
  const here = project({
    "portcullis.yaml": `mcpServers:
  files: { command: node, args: [${JSON.stringify(FILES)}, .] }
`,
    "policy/main.yaml": `rules:
  - { name: asked, match: { tool: write_file }, ask: { approvers: ["role:lead"] }, why: Leads decide. }
  - { name: named, match: { tool: move_file }, ask: { approvers: ["role:lead", ana] }, why: Leads or Ana decide. }
`,
  });
  const { out } = await here.run(["doctor"]);
  expect(out).toContain("nobody can approve what `asked` asks: without authentication nobody holds a role");
  expect(out).not.toContain("`named`");
  here.remove();
});
