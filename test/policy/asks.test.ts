import { resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `rules:
  - name: echoes
    match: { tool: echo }
    allow: true
  - name: sums-are-looked-at
    match: { tool: "get*sum" }
    ask: { approvers: [ana@example.com] }
    why: Somebody looks at sums.
    instead: Add the numbers yourself.
  - name: annotated
    match: { server: everything, tool: get-annotated-message }
    access: { approvers: [ana@example.com], for: 2h, break_glass: true }
    why: Annotations are for a reason.
`;

let folder: string;
let gate: RunningGate;
let client: Client;
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
    "free.yaml": POLICY.replace(/ask:.*\n.*\n.*\n/, "allow: true\n"),
  });
  gate = await startGate(folder);
  client = new Client({ name: "asking", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  removeFolder(folder);
});

async function said(name: string, args: Record<string, unknown>): Promise<string> {
  const { content } = await client.callTool({ name, arguments: args });
  return (content as readonly { text?: string }[])[0]?.text ?? "";
}
const sum = (): Promise<string> => said("get-sum", { a: 1, b: 2 });

test("a tool that asks is listed, and what people were asked is told by every command that looks at policy", async () => {
  const listed = (await client.listTools()).tools.map(({ name }) => name);
  expect(listed.toSorted()).toEqual(["echo", "get-annotated-message", "get-sum"]);

  const held = await sum();
  expect(held).toContain("Somebody looks at sums.");
  expect(held).toContain("You can also: Add the numbers yourself.");
  const id = /apr_[0-9a-z]{26}/.exec(held)?.[0] ?? "";
  expect((await portcullis(["approve", id, "--approver", "ana@example.com"], folder)).code).toBe(0);
  expect(await sum()).toContain("3");
  await client.callTool({ name: "echo", arguments: { message: "x" } });

  const [first, second] = (await portcullis(["logs", "--json"], folder)).out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; verdict: string; rule: string });
  expect([first, second]).toMatchObject([
    { verdict: "hold", rule: "sums-are-looked-at" },
    { verdict: "allow", rule: "sums-are-looked-at" },
  ]);
  const asked = await portcullis(["why", first?.id ?? ""], folder);
  expect(asked.out).toContain(`people   asked, and not answered yet   ${id}`);
  expect(asked.out).toContain("why      Somebody looks at sums.");
  expect(asked.out).toContain("ask: { approvers: [ana@example.com] }");
  const ran = await portcullis(["why", second?.id ?? ""], folder);
  expect(ran.out).toContain(`people   approved   ${id}`);

  const explained = await portcullis(
    ["policy", "explain", "--server", "everything", "--tool", "get_sum"],
    folder,
  );
  expect(explained.code).toBe(1);
  expect(explained.out).toContain("sums-are-looked-at wants the approval of 1 of ana@example.com within 1h.");

  expect((await portcullis(["policy", "replay"], folder)).out).toContain("No verdict changes.");
  const freed = await portcullis(["policy", "replay", "--policy", "free.yaml"], folder);
  expect(freed.out).toContain("hold → allow  2 calls");
  const suggested = await portcullis(["policy", "suggest"], folder);
  expect(suggested.out).not.toContain("sum");
  expect(suggested.err).toContain("1 call that people let pass left out: keep the rules that ask them");
});

test("what a rule offers can be asked for, passes once it is granted, and replays as it was granted", async () => {
  const annotated = (): Promise<string> => said("get-annotated-message", { messageType: "success" });
  expect(await annotated()).toContain("portcullis access request --rule annotated");
  const request = ["access", "request", "--for", "1h", "--reason", "to see", "--principal", "anonymous"];
  const asked = await portcullis([...request, "--rule", "annotated"], folder);
  const id = /apr_[0-9a-z]{26}/.exec(asked.err)?.[0] ?? "";
  expect(await annotated()).toContain("BLOCKED");
  expect((await portcullis(["approve", id, "--approver", "ana@example.com"], folder)).code).toBe(0);
  await expect.poll(annotated).not.toContain("BLOCKED");
  const last = (await portcullis(["logs", "--json"], folder)).out.trim().split("\n").at(-1) ?? "";
  expect(JSON.parse(last)).toMatchObject({ verdict: "allow", rule: "annotated" });
  const { id: call } = JSON.parse(last) as { id: string };
  expect((await portcullis(["why", call], folder)).out).toContain(`access   granted for a time   ${id}`);
  expect((await portcullis(["policy", "replay"], folder)).out).toContain("No verdict changes.");
});

test("a rule that tells people where the configuration can tell nobody is refused in its line", async () => {
  const notify = POLICY.replace(
    "[ana@example.com] }",
    '[ana@example.com], notify: ["log:", "slack://ops"] }',
  );
  const server = { everything: { command: process.execPath } };
  const config = { policy: ["policy.yaml"], mcpServers: server };
  const silent = folderWith({ "portcullis.yaml": JSON.stringify(config), "policy.yaml": notify });
  try {
    const refused = await portcullis(["policy", "check"], silent);
    expect(refused.code).toBe(2);
    expect(refused.err).toContain("policy.yaml:7:59  rules[1].ask.notify[1]: Slack is not configured");
  } finally {
    removeFolder(silent);
  }
});
