import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const NAME = "zaphod.beeblebrox@example.com";
const SAID = "my sister lives in Damogran";
const POLICY = `
defaults: { verdict: allow }
rules:
  - { name: counted, match: { tool: echo }, limit: { rate: 100/hour, per: [user] } }
  - { name: people, match: { tool: get-sum }, classify: personal }
  - { name: nobody, match: { classification: "personal|sensitive_personal" }, deny: true, why: It is of people. }
`;

/** Everything that lies in a folder, as somebody with the disk would read it. */
function bytesIn(folder: string): string {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");
}

test("what is personal is sealed, classified, put under new keys and destroyed while the gate runs; the log still verifies", async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      auth: { mode: "required", api_keys: true },
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  const run = async (...words: string[]) => await portcullis(words, folder);
  const made = await run("keys", "create", "--principal", NAME, "--json");
  const { key } = JSON.parse(made.out) as { key: string };
  const gate = await startGate(folder);
  const headers = { authorization: `Bearer ${key}` };
  const client = new Client({ name: "t", version: "1" });
  try {
    await client.connect(new StreamableHTTPClientTransport(new URL(gate.url), { requestInit: { headers } }));
    const echoed = await client.callTool({ name: "echo", arguments: { message: SAID } });
    expect(JSON.stringify(echoed)).toContain(SAID);
    const summed = await client.callTool({ name: "get-sum", arguments: { a: 1, b: 2 } });
    expect(JSON.stringify(summed)).toContain("It is of people.");

    const records = join(folder, ".portcullis");
    expect(bytesIn(records)).not.toContain(SAID);
    const logged = await run("logs", "--json");
    expect(logged.out).toContain(`"principal":"${NAME}"`);
    const [call = ""] = /call_\w+/.exec(logged.out) ?? [];
    const whole = (await run("why", call, "--json")).out;
    expect(whole).toContain(SAID);
    expect(whole).toContain('"classification":"internal"');

    expect(await run("keys", "rotate")).toMatchObject({ code: 0 });
    await client.callTool({ name: "echo", arguments: { message: SAID } });
    const refused = await run("privacy", "erase", NAME);
    expect(refused).toMatchObject({ code: 2 });
    expect(refused.err).toContain("say it again with --confirm erase");
    const erased = await run("privacy", "erase", NAME, "--all-tenants", "--confirm", "erase", "--json");
    expect(erased).toMatchObject({ code: 0 });

    // The gate knows neither the key that sealed nor the key that let them in.
    await vi.waitFor(
      async () => {
        const { status } = await fetch(gate.url, { method: "POST", headers, body: "{}" });
        expect(status).toBe(401);
      },
      { timeout: 10_000 },
    );
    const { out } = await run("logs", "--json");
    expect(out).not.toContain(NAME);
    expect(out).toMatch(/"principal":"sub_/);
    expect((await run("why", call)).out).not.toContain(SAID);
    expect((await run("export", "--format", "ndjson")).out).not.toContain(NAME);
    const acts = (await run("audit", "--json")).out;
    expect(acts).toContain("data.erased");
    await client.close();
    await gate.stop();
    for (const each of [NAME, SAID, "Damogran"]) expect(bytesIn(records)).not.toContain(each);
    expect(await run("audit", "verify")).toMatchObject({ code: 0 });
  } finally {
    await client.close().catch(() => {});
    await gate.stop();
    removeFolder(folder);
  }
});
