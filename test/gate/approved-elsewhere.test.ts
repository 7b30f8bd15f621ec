import { resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Postgres, startPostgres } from "../postgres.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
rules:
  - name: echo-asks
    match: { tool: echo }
    ask: { approvers: [ana@example.com], within: 1h }
    why: Echoes are asked for.
`;

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

async function said(client: Client, message: string): Promise<string> {
  const result = await client.callTool({ name: "echo", arguments: { message } });
  return (result.content as readonly { text?: string }[])[0]?.text ?? "";
}

describe.each(["SQLite", "PostgreSQL"])("two gates on one %s", (kind) => {
  let folder: string;
  const gates: RunningGate[] = [];
  const clients: Client[] = [];
  beforeAll(async () => {
    const store = kind === "SQLite" ? {} : { store: await postgres.database(), secret: "s".repeat(32) };
    folder = folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
        ...store,
      }),
      "policy.yaml": POLICY,
    });
    gates.push(...(await Promise.all([startGate(folder), startGate(folder)])));
    for (const { url } of gates) {
      const client = new Client({ name: "either", version: "1" });
      await client.connect(new StreamableHTTPClientTransport(new URL(url)));
      clients.push(client);
    }
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(gates.map((gate) => gate.stop()));
    removeFolder(folder);
  });

  test("what is asked at one and approved from elsewhere runs once, at either", async () => {
    const [here, there] = clients as [Client, Client];
    const asked = await said(here, "one");
    const id = /apr_[0-9a-z]{26}/.exec(asked)?.[0] ?? "";
    expect(asked).toMatch(/^WAITING FOR APPROVAL/);
    expect(await said(there, "one")).toContain(id);
    // The link that the agent's user gets shows the question, at any gate of the store, and decides nothing.
    const link = /For the user: (\S+)/.exec(asked)?.[1] ?? "";
    const page = await fetch(link.replace(new URL(link).origin, new URL(gates[1]?.url ?? "").origin));
    expect([page.status, (await page.text()).includes("<form")]).toEqual([200, false]);

    const decided = await portcullis(["approve", id, "--approver", "ana@example.com"], folder);
    expect(decided.code).toBe(0);
    const ran = await Promise.all([
      said(here, "one"),
      said(there, "one"),
      said(here, "one"),
      said(there, "one"),
    ]);
    expect(ran.filter((text) => text === "Echo: one")).toHaveLength(1);
  });
});
