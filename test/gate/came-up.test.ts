import { resolve } from "node:path";
import { expect, test } from "vitest";
import { folderWith, removeFolder, startGate } from "./running.ts";

const SERVER = resolve("test/servers/modern-stdio.ts");

test("`start` says which servers did not come up, with their last words and a fix, and serves the others", async () => {
  const folder = folderWith({
    "portcullis.yaml": `listen: 127.0.0.1:0
mcpServers:
  well: { command: node, args: [${JSON.stringify(SERVER)}] }
  broken: { command: node, args: [-e, 'console.error("npm ERR! 401 hush-hush"); process.exit(1)'], env: { TOKEN: hush-hush } }
  missing: { command: no-such-program }
  nowhere: { url: "http://127.0.0.1:1/mcp" }
`,
    "policy/main.yaml": "defaults: { verdict: allow }\n",
  });
  const gate = await startGate(folder);
  try {
    await expect.poll(() => gate.errors().match(/^ +fix: /gm)?.length, { timeout: 30_000 }).toBe(3);
    const said = gate.errors();
    expect(said).toMatch(
      /fail server broken did not come up: exited with code 1; the others are served\n +npm ERR! 401 \[secret\]\n +fix: run/,
    );
    expect(said).toMatch(/fail server missing did not come up: .*ENOENT.*\n +fix: install no-such-program/);
    expect(said).toMatch(/fail server nowhere did not come up: .*ECONNREFUSED.*\n +fix: start it/);
    expect(said).not.toContain("hush-hush");
    expect(said).not.toContain("server well");
    expect(await gate.stop()).toBe(0);
  } finally {
    await gate.stop();
    removeFolder(folder);
  }
});

test("a server that never answers does not hold the gate up when it ends", async () => {
  const folder = folderWith({
    "portcullis.yaml": `listen: 127.0.0.1:0\nmcpServers: { mute: { command: node, args: [-e, "process.stdin.resume()"] } }\n`,
    "policy/main.yaml": "defaults: { verdict: allow }\n",
  });
  const gate = await startGate(folder);
  try {
    expect(await gate.stop()).toBe(0);
    expect(gate.errors()).not.toContain("did not come up");
  } finally {
    removeFolder(folder);
  }
});
