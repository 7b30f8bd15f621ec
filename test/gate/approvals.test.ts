import { resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: two-for-sums
    match: { tool: get-sum }
    ask: { approvers: [ana@example.com, bo@example.com, anonymous], quorum: 2, within: 1h }
    why: Sums need two people.
  - name: one-for-echoes
    match: { tool: echo }
    ask: { approvers: [ana@example.com], within: 1h }
    why: Echoes need one.
  - name: no-thirteen
    match: { tool: get-sum }
    when: "args.a == 13"
    deny: true
    why: Thirteen is never summed.
  - name: two-sums
    match: { tool: get-sum }
    limit: { rate: 2/hour, per: [user] }
tests:
  - name: a sum asks
    call: { server: everything, tool: get-sum, args: { a: 1, b: 2 } }
    expect: { verdict: hold, rule: two-for-sums }
`;

let folder: string;
let gate: RunningGate;
let client: Client;
async function start(): Promise<void> {
  gate = await startGate(folder);
  client = new Client({ name: "asking", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
}
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  await start();
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  removeFolder(folder);
});

async function call(name: string, args: Record<string, unknown>): Promise<{ text: string; error: boolean }> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as readonly { text?: string }[];
  return { text: first?.text ?? "", error: result.isError === true };
}
const idIn = (text: string): string => /apr_[0-9a-z]{26}/.exec(text)?.[0] ?? "";
const decide = (command: "approve" | "deny", id: string, who: string, ...more: readonly string[]) =>
  portcullis([command, id, "--approver", who, ...more], folder);

test("a call that asks is told so at once, and runs once when two others have approved it", async () => {
  const asked = await call("get-sum", { a: 1, b: 2 });
  expect(asked.error).toBe(true);
  expect(asked.text).toMatch(/^WAITING FOR APPROVAL apr_[0-9a-z]{26} — the call has NOT run\./);
  expect(asked.text.length).toBeLessThanOrEqual(600);
  const id = idIn(asked.text);
  expect(idIn((await call("get-sum", { a: 1, b: 2 })).text)).toBe(id);

  const shown = await portcullis(["approvals", id], folder);
  expect(shown.out).toContain('"a": 1');
  expect(shown.out).toContain("two-for-sums: 2 of ana@example.com, bo@example.com, anonymous; 2 more");
  const own = await decide("approve", id, "anonymous");
  expect([own.code, own.err]).toEqual([1, expect.stringContaining("Who asks may not decide")]);
  const eve = await decide("approve", id, "eve@example.com");
  expect([eve.code, eve.err]).toEqual([1, expect.stringContaining("eve@example.com may not decide this")]);
  expect((await decide("approve", id, "ana@example.com")).code).toBe(0);
  expect((await decide("approve", id, "ana@example.com")).code).toBe(1);
  expect((await call("get-sum", { a: 1, b: 2 })).text).toContain("WAITING FOR APPROVAL");
  expect((await decide("approve", id, "bo@example.com", "--reason", "checked")).code).toBe(0);

  // Whoever approved it, a gate that is killed in between has not lost it.
  await gate.stop("SIGKILL");
  await start();
  expect(idIn((await call("get-sum", { a: 1, b: 3 })).text)).not.toBe(id);
  const ran = await Promise.all([1, 2, 3].map(() => call("get-sum", { a: 1, b: 2 })));
  expect(ran.filter(({ error }) => !error)).toHaveLength(1);
  expect(ran.find(({ error }) => !error)?.text).toContain("3");

  const all = await portcullis(["approvals", "--all", "--json"], folder);
  const states = all.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; state: string });
  expect(states.find((each) => each.id === id)?.state).toBe("used");
});

test("what was approved is judged again: a rule that denies, or a limit without room, still refuses it", async () => {
  expect((await call("get-sum", { a: 13, b: 0 })).text).toMatch(/^BLOCKED.*Thirteen/s);
  const sums = [];
  for (const b of [10, 11]) {
    const id = idIn((await call("get-sum", { a: 0, b })).text);
    await Promise.all([decide("approve", id, "ana@example.com"), decide("approve", id, "bo@example.com")]);
    sums.push((await call("get-sum", { a: 0, b })).text);
  }
  expect(sums[0]).toContain("10");
  expect(sums[1]).toMatch(/^LIMIT/);
  // The limit refused it, so what was approved is still there.
  const open = await portcullis(["approvals", "--json"], folder);
  expect(
    open.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { state: string }).state),
  ).toContain("approved");
});

test("what is denied is refused with the reason, and what is changed says with which arguments", async () => {
  const no = idIn((await call("echo", { message: "one" })).text);
  await decide("deny", no, "ana@example.com", "--reason", "not today");
  const refused = await call("echo", { message: "one" });
  expect(refused.text).toMatch(/^BLOCKED because it was not approved/);
  expect(refused.text).toContain("not today");

  const id = idIn((await call("echo", { message: "everything" })).text);
  const changed = await decide("approve", id, "ana@example.com", "--args", '{"message":"something"}');
  expect(changed.code).toBe(0);
  const told = await call("echo", { message: "everything" });
  expect(told.text).toContain('{"message":"something"}');
  expect((await call("echo", { message: "something" })).text).toContain("something");
  expect((await call("echo", { message: "something" })).error).toBe(true);
});

test("wrong use says what is wrong and how to mend it", async () => {
  const cases: readonly (readonly [readonly string[], number, string])[] = [
    [["approve"], 2, "no approval is named"],
    [["approve", "apr_x"], 2, "is no approval's id"],
    [["approve", "apr_01kah6qv9ye5svxc7r4jzd0m2n"], 2, "add --approver NAME"],
    [["approve", "apr_01kah6qv9ye5svxc7r4jzd0m2n", "--approver", "ana"], 1, "there is no approval"],
    [
      ["deny", "--operation", "op-01kah6qv9ye5svxc7r4jzd0m2n", "--approver", "ana"],
      1,
      "there is no approval",
    ],
    [["approvals", "apr_01kah6qv9ye5svxc7r4jzd0m2n"], 1, "there is no approval"],
  ];
  const came = await Promise.all(cases.map(([words]) => portcullis(words, folder)));
  expect(came.map(({ code }) => code)).toEqual(cases.map(([, code]) => code));
  for (const [at, [, , text]] of cases.entries()) expect(came[at]?.err).toContain(text);
});
