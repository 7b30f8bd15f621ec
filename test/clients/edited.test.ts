import { describe, expect, test } from "vitest";
import { type ClientId, clientOf } from "../../src/clients/client.ts";
import type { FoundFile } from "../../src/clients/find.ts";
import { gateEntry, planConnect, planDisconnect } from "../../src/clients/gate.ts";
import { planUnwrap } from "../../src/clients/plan-unwrap.ts";
import { planWrap } from "../../src/clients/plan-wrap.ts";
import { blankRecord } from "../../src/clients/records.ts";
import { fileOf, wrapperOn } from "./fixtures.ts";

const BLANK = blankRecord("/home/ana/file");
const WRAPPER = wrapperOn("linux");
const SERVER = '["/opt/portcullis/bin/portcullis.js", "wrap", "--name", "files", "--", "npx", ';

const JSON_TEXT = `{
  "mcpServers": {
    // the first
    "files": {
      "command": "npx",
      "args": ["-y", "files-mcp"]
    },
    "other": { "command": "other-mcp" }
  }
}
`;
const TOML_TEXT = `[mcp_servers.files]
command = "npx"
args = ["-y", "files-mcp"]

[mcp_servers.other]
command = "other-mcp"
`;

type Edit = (text: string) => string;

/** Wraps a text, has a person edit it, and unwraps it. */
function edited(
  id: ClientId,
  text: string,
  edit: Edit,
): { readonly text: string; readonly notes: readonly string[] } {
  const client = clientOf(id);
  const plan = planWrap(fileOf(client, text), BLANK, WRAPPER, false);
  const between = edit(plan.text ?? "");
  expect(between).not.toBe(plan.text);
  const back = planUnwrap(fileOf(client, between), plan.record);
  return { text: back.text ?? "", notes: back.steps.flatMap(({ note }) => note ?? []) };
}

// The same edit on the text as it was is what unwrapping must come to.
describe("what a person writes while servers are wrapped stays, and the rest is taken back to the byte", () => {
  test.each<readonly [string, Edit]>([
    ["a comment", (text) => text.replace("// the first", "// the first, and the best")],
    ["an argument more", (text) => text.replace('"files-mcp"]', '"files-mcp", "--verbose"]')],
    ["an argument changed", (text) => text.replace('"files-mcp"', '"files-mcp@2"')],
    ["a variable", (text) => text.replace('"files": {', '"files": {\n      "env": { "A": "b" },')],
    [
      "another server",
      (text) => text.replace('"other": {', '"third": { "url": "https://x.example" },\n    "other": {'),
    ],
    ["a server fewer", (text) => text.replace(/,\n {4}"other": .*/, "")],
    ["other ends of lines", (text) => text.replaceAll("\n", "\r\n")],
    ["more at the top", (text) => text.replace("{\n", '{\n  "theme": "dark",\n')],
  ])("%s", (_, edit) => {
    expect(edited("cursor", JSON_TEXT, edit)).toEqual({ text: edit(JSON_TEXT), notes: [] });
  });

  test("a comment, in TOML", () => {
    const text = TOML_TEXT.replace('"npx"\n', '"npx" # old\n');
    const edit: Edit = (now) => now.replace("# old", "# new");
    expect(edited("codex", text, edit)).toEqual({ text: edit(text), notes: [] });
  });

  test.each<readonly [string, Edit]>([
    ["an argument more", (text) => text.replace('"files-mcp"]', '"files-mcp", "--verbose"]')],
    [
      "a setting",
      (text) => text.replace("[mcp_servers.other]", "startup_timeout_sec = 9\n\n[mcp_servers.other]"),
    ],
    ["another table", (text) => `${text}\n[tui]\nnotifications = true\n`],
  ])("%s, in TOML", (_, edit) => {
    expect(edited("codex", TOML_TEXT, edit)).toEqual({ text: edit(TOML_TEXT), notes: [] });
  });
});

describe("where our own words were touched, the command alone is put back, and that is said", () => {
  const SAID = ["its lines were edited since: only the command is put back"];

  test("a client that writes the whole file anew, in its own manner", () => {
    const { text, notes } = edited("claude-code", JSON_TEXT.replace(/ *\/\/.*\n/, ""), (now) =>
      JSON.stringify(JSON.parse(now), undefined, 2),
    );
    expect(JSON.parse(text)).toEqual({
      mcpServers: {
        files: { command: "npx", args: ["-y", "files-mcp"] },
        // The list of no arguments was ours.
        other: { command: "other-mcp", args: [] },
      },
    });
    expect(notes).toEqual([...SAID, ...SAID]);
  });

  test("another name", () => {
    const { text, notes } = edited("cursor", JSON_TEXT, (now) =>
      now.replace('"--name", "files"', '"--name", "my-files"'),
    );
    expect(text).toBe(JSON_TEXT);
    expect(notes).toEqual(SAID);
  });

  test("an entry under another key", () => {
    const { text, notes } = edited("cursor", JSON_TEXT, (now) => now.replace('"files": {', '"documents": {'));
    expect(text).toBe(JSON_TEXT.replace('"files": {', '"documents": {'));
    expect(notes).toEqual(SAID);
  });

  test("a command of the person's own in the place of ours: theirs stays", () => {
    const own = '"args": ["-y", "own-mcp"]';
    const { text } = edited("cursor", JSON_TEXT, (now) =>
      now.replace(`"args": ${SERVER}"-y", "files-mcp"]`, own).replace('"/usr/bin/node"', '"npx"'),
    );
    expect(text).toBe(JSON_TEXT.replace('"args": ["-y", "files-mcp"]', own));
  });
});

describe("what is wrapped under a configuration", () => {
  const client = clientOf("cursor");
  const first = planWrap(fileOf(client, JSON_TEXT), BLANK, { ...WRAPPER, config: "/gate.yaml" }, false);

  test("keeps it where none is named, also when it is wrapped anew", () => {
    const again = planWrap(fileOf(client, first.text ?? ""), first.record, WRAPPER, false);
    expect(again.text).toBe(first.text);
    const moved = planWrap(
      fileOf(client, first.text ?? ""),
      first.record,
      { ...WRAPPER, launcher: ["/new/portcullis"] },
      false,
    );
    expect(moved.text).toContain('"command": "/new/portcullis"');
    expect(moved.text).toContain('"--name", "files", "--config", "/gate.yaml", "--", "npx"');
    expect(planUnwrap(fileOf(client, moved.text ?? ""), moved.record).text).toBe(JSON_TEXT);
  });

  test("gets another where one is named", () => {
    const other = planWrap(
      fileOf(client, first.text ?? ""),
      first.record,
      { ...WRAPPER, config: "/other.yaml" },
      false,
    );
    expect(other.text).toBe(first.text?.replaceAll("/gate.yaml", "/other.yaml"));
  });
});

describe("what others wrapped", () => {
  const byHand = (options: string): string =>
    JSON_TEXT.replace(
      '"args": ["-y", "files-mcp"]',
      `"args": ["portcullis", "wrap", ${options}"--", "npx", "-y", "files-mcp"]`,
    );

  test("is not wrapped twice", () => {
    const text = byHand('"--name", "mine", ');
    const plan = planWrap(fileOf(clientOf("cursor"), text), BLANK, WRAPPER, false);
    expect(plan.steps.map(({ server, kind }) => [server, kind])).toEqual([
      ["files", "none"],
      ["other", "wrap"],
    ]);
  });

  test("keeps its secrets: who starts it may know no keychain", () => {
    const text = byHand('"--name", "mine", ').replace(
      '"files-mcp"]',
      '"files-mcp", "--token", "ghp_abcdefghijklmnop1234"]',
    );
    const plan = planWrap(fileOf(clientOf("cursor"), text), BLANK, WRAPPER, true);
    expect(plan.moves).toEqual([]);
    expect(plan.text).toContain("ghp_abcdefghijklmnop1234");
  });

  test("without a name stays, and it is said", () => {
    const text = byHand("");
    expect(planUnwrap(fileOf(clientOf("cursor"), text), BLANK).text).toBe(text);
  });

  test("with options that `wrap --all` does not write stays, and it is said", () => {
    const text = byHand('"--verbose", "x", ');
    const plan = planUnwrap(fileOf(clientOf("cursor"), text), BLANK);
    expect(plan.text).toBe(text);
    expect(plan.steps).toMatchObject([{ kind: "none", note: expect.stringContaining("by hand") }]);
  });
});

describe("the gate's own entry", () => {
  const connect = (id: ClientId, text: string): ReturnType<typeof planConnect> =>
    planConnect(
      fileOf(clientOf(id), text),
      BLANK,
      gateEntry(clientOf(id), { url: "http://127.0.0.1:8090/mcp", words: [] }),
    );
  const again = (id: ClientId, text: string): FoundFile => fileOf(clientOf(id), text);

  test.each<readonly [string, ClientId, string, Edit, string]>([
    [
      "edited",
      "cursor",
      JSON_TEXT,
      (now) => now.replace('8090/mcp"', '8090/mcp", // here\n      "headers": {}'),
      JSON_TEXT,
    ],
    [
      "moved to the end",
      "cursor",
      '{ "mcpServers": { "a": { "command": "a" } } }',
      () => '{ "mcpServers": { "a": { "command": "a" } /* a, b */, "portcullis": { "url": "x" } } }',
      '{ "mcpServers": { "a": { "command": "a" } /* a, b */  } }',
    ],
    [
      "alone in its list",
      "cursor",
      "{}",
      (now) => now.replace("8090", "8091"),
      '{\n  "mcpServers": {\n  }\n}',
    ],
    ["edited in TOML", "codex", TOML_TEXT, (now) => `${now}enabled = false\n`, `${TOML_TEXT}\n`],
    [
      "with a table below it",
      "codex",
      TOML_TEXT,
      (now) => `${now}[mcp_servers.portcullis.http_headers]\nA = "b"\n\n[tui]\nx = 1\n`,
      `${TOML_TEXT}\n\n[tui]\nx = 1\n`,
    ],
  ])("%s is taken out, and everything else stays", (_, id, text, edit, rest) => {
    const plan = connect(id, text);
    const back = planDisconnect(again(id, edit(plan.text ?? "")), plan.record);
    expect(back.text).toBe(rest);
    expect(back.steps).toMatchObject([
      { kind: "disconnect", note: expect.stringContaining("everything else stays") },
    ]);
  });

  test("at another address is replaced, and taken back to the byte", () => {
    const first = connect("cursor", JSON_TEXT);
    const other = gateEntry(clientOf("cursor"), { url: "http://127.0.0.1:9000/mcp", words: [] });
    const second = planConnect(again("cursor", first.text ?? ""), first.record, other);
    expect(second.text).toBe(first.text?.replace("8090", "9000"));
    expect(planDisconnect(again("cursor", second.text ?? ""), second.record).text).toBe(JSON_TEXT);
  });

  test("that somebody else wrote is left alone", () => {
    const text = '{"mcpServers":{"portcullis":{"command":"castle"}}}';
    expect(connect("cursor", text)).toMatchObject({ text, steps: [{ kind: "refused" }] });
    expect(planDisconnect(again("cursor", text), BLANK)).toMatchObject({
      text,
      steps: [{ kind: "refused" }],
    });
  });

  test.each<readonly [ClientId, string]>([
    ["cursor", '{"mcpServers": []}'],
    ["cursor", "[]"],
    ["codex", 'mcp_servers = "none"\n'],
    ["codex", 'mcp_servers = { a = { command = "a" } }\n'],
  ])("%s: there is no place for it in %s, and that is said", (id, text) => {
    expect(connect(id, text)).toMatchObject({
      text,
      steps: [{ kind: "refused", note: expect.stringContaining("has no place") }],
    });
  });
});
