import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { project } from "./portcullis.ts";

const MODERN = fileURLToPath(new URL("../servers/modern-stdio.ts", import.meta.url));
const FILES = fileURLToPath(
  new URL("../../node_modules/@modelcontextprotocol/server-filesystem/dist/index.js", import.meta.url),
);

/** An address where nobody is. */
async function nowhere(): Promise<string> {
  const held = createServer().listen(0, "127.0.0.1");
  await once(held, "listening");
  const { port } = held.address() as AddressInfo;
  held.close();
  await once(held, "close");
  return `http://127.0.0.1:${port}/mcp`;
}

const POLICY = `rules:
  - { name: read, match: { tool: "read_*|list_*" }, allow: true }
  - { name: write, match: { tool: write_file }, allow: true }
  - name: outside
    match: { tool: write_file }
    when: '!path.within(args.path, "./workspace")'
    deny: true
    why: Outside.
`;

async function here(url: string) {
  return project({
    "portcullis.yaml": `listen: 127.0.0.1:0
mcpServers:
  files: { command: node, args: [${JSON.stringify(FILES)}, .] }
  stateless: { command: node, args: [${JSON.stringify(MODERN)}] }
  broken: { command: node, args: [-e, 'console.error("npm ERR! 401 Unauthorized: hush-hush-token"); process.exit(1)'], env: { TOKEN: hush-hush-token } }
  missing: { command: no-such-program }
  refused: { url: ${JSON.stringify(`${url}?token=hush-hush-query`)} }
`,
    "policy/main.yaml": POLICY,
  });
}

test("`servers` asks all at once, and says what is wrong with each that does not answer", async () => {
  const url = await nowhere();
  const ours = await here(url);
  const told = async (words: readonly string[]): Promise<string> => {
    const { code, out, err } = await ours.run(words);
    return `$ portcullis ${words.join(" ")}\n${out}${err}exit ${code}\n`
      .replaceAll(/\d\d:\d\d:\d\d/g, "14:02:11")
      .replaceAll(new URL(url).host, "127.0.0.1:9")
      .replaceAll(/"era_since":"[^"]*"/g, '"era_since":"…"')
      .replaceAll(/"took_ms":\d+/g, '"took_ms":0')
      .replaceAll(ours.folder, "/home/ana/gate");
  };
  try {
    const all = [
      await told(["servers"]),
      await told(["servers", "--json"]),
      await told(["servers", "inspect", "broken"]),
      await told(["servers", "inspect", "file"]),
    ].join("\n");
    expect(all).not.toContain("hush-hush");
    await expect(all).toMatchFileSnapshot("transcripts/servers.txt");
    await expect(await told(["servers", "inspect", "files"])).toMatchFileSnapshot("transcripts/servers-inspect.txt");
  } finally {
    ours.remove();
  }
});

test("`servers inspect --json` gives each definition, and what policy says to it", async () => {
  const ours = await here(await nowhere());
  try {
    const { code, out } = await ours.run(["servers", "inspect", "files", "--json"]);
    const lines = out.trim().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(code).toBe(0);
    expect(lines[0]).toMatchObject({ kind: "server", era: "legacy", state: "up", tools: 14 });
    const says = Object.fromEntries(lines.slice(1).map(({ name, policy, rules }) => [name, [policy, rules]]));
    expect(says).toMatchObject({
      read_file: ["listed", ["allow: read"]],
      write_file: ["listed", ["allow: write", "deny, depending on the call: outside"]],
      move_file: ["hidden", []],
    });
    expect(lines[1]).toHaveProperty("definition.inputSchema");
  } finally {
    ours.remove();
  }
});
