import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { CallId } from "../../src/call/id.ts";
import { openStore } from "../../src/store/open.ts";
import type { Closed, JournalEvent, Opened } from "../../src/store/store.ts";
import { project } from "./portcullis.ts";

const POLICY = 'rules:\n  - name: read\n    match: { tool: "read_*" }\n    allow: true\n';
const here = project({
  "portcullis.yaml": "store: sqlite:records.db\nmcpServers: { files: { command: node } }\n",
  "policy/main.yaml": POLICY,
});

const AT = Date.UTC(2026, 10, 20, 14, 2, 11, 250);
/** Ids that sort by their time, as real ones do; only the last character differs. */
const id = (last: string): CallId => `call_01kah6qv9ye5svxc7r4jzd0m2${last}` as CallId;

function opened(last: string, more: Partial<Opened>): Opened {
  return {
    kind: "opened",
    call: id(last),
    at: AT + Number.parseInt(last, 36) * 1000,
    principal: "ana",
    client: "claude-code/2.1.261",
    era: "modern",
    server: "files",
    method: "tools/call",
    target: "read_text_file",
    target_kind: "tool",
    args_digest: `sha256:${"0".repeat(64)}`,
    verdict: "allow",
    rule: "read",
    rule_source: `sha256:${"1".repeat(64)}`,
    policy_version: `sha256:${"1".repeat(64)}`,
    size_bytes: 180,
    detail: { mode: "enforce", args: { path: "notes.txt" }, trail: [{ stage: "visibility", said: "pass", us: 4 }, { stage: "judge", said: "allow", us: 21 }] },
    ...more,
  };
}

function closed(last: string, more: Partial<Closed>): Closed {
  const at = AT + Number.parseInt(last, 36) * 1000 + 4;
  return { kind: "closed", call: id(last), at, status: "ok", duration_us: 4210, answer_digest: "", size_bytes: 900, detail: {}, ...more };
}

const EVENTS: readonly JournalEvent[] = [
  opened("1", {}),
  closed("1", {}),
  opened("2", { target: "write_file", verdict: "deny", rule: "outside-workspace", detail: { mode: "enforce", args: { path: "/etc/passwd" }, why: "Files may only be written inside the workspace." } }),
  closed("2", { status: "denied", duration_us: 300, size_bytes: 0 }),
  opened("3", { server: "db", target: "query\u001b[31m", client: "" }),
  closed("3", { status: "error", duration_us: 30_000_000, detail: { fault: "upstream-timeout" } }),
  opened("4", { target: "delete_file", verdict: "deny", rule: "destructive", detail: { mode: "observe" } }),
  closed("4", {}),
  opened("5", { method: "resources/read", target: "file:///notes.txt", target_kind: "resource", rule: "read-resources" }),
];

beforeAll(async () => {
  const store = await openStore({ kind: "sqlite", path: join(here.folder, "records.db") });
  await store.forTenant("default").journal.append(EVENTS);
  await store.close();
});
afterAll(() => here.remove());

/** The ids are shown whole, so a table can be compared as it is. */
async function told(words: readonly string[]): Promise<string> {
  const { code, out, err } = await here.run(words);
  expect(err).not.toMatch(/^ {4}at |ERR_/m);
  return `$ portcullis ${words.join(" ")}\n${out}${err}exit ${code}\n`;
}

describe("logs", () => {
  test("is a table for people", async () => {
    await expect(await told(["logs"])).toMatchFileSnapshot("transcripts/logs.txt");
  });

  test("is JSON lines for programs, with the fields of CONTRACT", async () => {
    const { out, err } = await here.run(["logs", "--json"]);
    expect(err).toBe("");
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    for (const line of lines) {
      expect(Object.keys(line)).toEqual(expect.arrayContaining(["id", "at", "tenant", "principal", "client", "server", "method", "tool", "verdict", "rule", "args_digest", "status", "duration_ms"]));
    }
    await expect(out).toMatchFileSnapshot("transcripts/logs.jsonl");
  });

  test("can be narrowed to a server, a verdict, a time, a tenant", async () => {
    const ids = async (...words: readonly string[]): Promise<readonly string[]> => {
      const { out } = await here.run(["logs", "--json", ...words]);
      return out.split("\n").filter((line) => line !== "").map((line) => (JSON.parse(line) as { id: string }).id.slice(-1));
    };
    expect(await ids("--server", "db")).toEqual(["3"]);
    expect(await ids("--verdict", "deny")).toEqual(["2", "4"]);
    expect(await ids("--last", "1s")).toEqual([]);
    expect(await ids("--tenant", "other")).toEqual([]);
  });

  test("follows: what ends while it watches is told once, at once", async () => {
    const store = await openStore({ kind: "sqlite", path: join(here.folder, "records.db") });
    const { lines, stop } = here.follow(["logs", "-f", "--json"]);
    try {
      for (let count = 0; count < 5; count++) await lines.next();
      const journal = store.forTenant("default").journal;
      await journal.append([opened("6", {})]);
      await journal.append([closed("6", { status: "error" })]);
      const next = await lines.next();
      expect(JSON.parse(String(next.value))).toMatchObject({ id: id("6"), status: "error" });
    } finally {
      stop();
      await store.close();
    }
  });
});

describe("why", () => {
  test.each(["1", "2", "3", "4", "5"])("tells the story of call %s", async (last) => {
    await expect(await told(["why", id(last)])).toMatchFileSnapshot(`transcripts/why-${last}.txt`);
  });

  test("takes the reference of a refusal, and gives everything as JSON", async () => {
    const { out, code } = await here.run(["why", id("2").replace("call_", "dec_"), "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ id: id("2"), verdict: "deny", opened: { args: { path: "/etc/passwd" } } });
  });

  test("of a call that is not there is an answer: no", async () => {
    expect(await here.run(["why", id("z")])).toMatchObject({ code: 1, out: "" });
  });

  test("names file and line of a rule that is still the one that spoke", async () => {
    const { out } = await here.run(["policy", "check", "--json"]);
    const { version } = JSON.parse(out) as { version: string };
    const store = await openStore({ kind: "sqlite", path: join(here.folder, "records.db") });
    await store.forTenant("default").journal.append([opened("8", { rule_source: version, policy_version: version })]);
    await store.close();
    expect((await here.run(["why", id("8")])).out).toContain("rule read   policy/main.yaml:2");
  });
});
