// Records that cannot be opened: who only watches stands in nobody's way, who enforces lets nothing pass unrecorded.
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pipeClient } from "../../gate/pipe-client.ts";
import { folderWith, portcullis, removeFolder } from "../../gate/running.ts";

const SERVER = [
  process.execPath,
  resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
];
const CONFIG = (mode: string): string =>
  JSON.stringify({
    version: 1,
    mode,
    store: "sqlite:a-file/records.db",
    policy: ["policy.yaml"],
    mcpServers: { every: { command: SERVER[0], args: SERVER.slice(1) } },
  });

let folder: string;
beforeAll(() => {
  folder = folderWith({
    "a-file": "no folder",
    "watching.yaml": CONFIG("observe"),
    "enforcing.yaml": CONFIG("enforce"),
    "policy.yaml": "rules: []\n",
  });
});
afterAll(() => removeFolder(folder));

test.each([
  ["wrap without a configuration", ["wrap", "--", ...SERVER]],
  ["wrap that observes", ["wrap", "--config", "watching.yaml", "--name", "every", "--", ...SERVER]],
  ["proxy that observes", ["proxy", "--config", "watching.yaml", "--server", "every"]],
])("%s: calls pass, and standard error says that nothing is recorded", async (_, words) => {
  const client = pipeClient(words, folder, { XDG_STATE_HOME: `${folder}/a-file` });
  await client.begin();
  const said = await client.ask("tools/call", { name: "echo", arguments: { message: "hi" } });
  expect(JSON.stringify(said)).toContain("Echo: hi");
  expect(await client.close()).not.toBe(3);
  expect(client.errors()).toContain("nothing is recorded; calls pass, because the gate only observes");
  expect(client.errors()).toContain("a-file");
});

test("in enforce nothing starts: 3, and words that say what to mend", async () => {
  const { code, out, err } = await portcullis(
    ["proxy", "--config", "enforcing.yaml", "--server", "every"],
    folder,
  );
  expect({ code, out }).toEqual({ code: 3, out: "" });
  expect(err).toContain("a-file/records.db");
});
