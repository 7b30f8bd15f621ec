import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ENVIRONMENT, folderWith, portcullis, removeFolder } from "../gate/running.ts";

let home = "";
beforeAll(() => (home = folderWith({})));
afterAll(() => removeFolder(home));

test.each(["2025-11-25", "2026-07-28"])(
  "the example in examples/embed is governed for a client of %s",
  async (revision) => {
    const env = { ...ENVIRONMENT, HOME: home, XDG_STATE_HOME: home } as Record<string, string>;
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ["--import", resolve("test/embed/from-source.ts"), resolve("examples/embed/server.ts")],
      env,
    });
    const client = new Client(
      { name: "test", version: "1" },
      revision === "2026-07-28"
        ? { versionNegotiation: { mode: { pin: revision } } }
        : { versionNegotiation: { mode: "legacy" } },
    );
    await client.connect(transport);
    const call = (name: string, args: Record<string, string>) => client.callTool({ name, arguments: args });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["write_note", "read_note"]);
    await call("write_note", { title: "shopping", text: "milk" });
    expect((await call("read_note", { title: "shopping" })).content).toEqual([
      { type: "text", text: "milk" },
    ]);
    expect(await call("write_note", { title: "my password", text: "x" })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^BLOCKED by policy.*\(rule no-passwords\)/s) }],
    });
    await expect(call("delete_notes", {})).rejects.toThrow("Unknown tool: delete_notes");
    await client.close();

    // The records are where every command looks for them that has no configuration.
    const told = await portcullis(["logs", "--json"], home, env);
    const lines = told.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { tool: string; verdict: string; status: string });
    expect(lines.slice(-4).map(({ tool, verdict, status }) => [tool, verdict, status])).toEqual([
      ["write_note", "allow", "ok"],
      ["read_note", "allow", "ok"],
      ["write_note", "deny", "denied"],
      ["delete_notes", "deny", "denied"],
    ]);
  },
);
