import { resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
rules:
  - name: echo-on-request
    match: { tool: echo }
    access: { approvers: [ana@example.com], for: 1h }
    why: Echoes have to be asked for.
  - name: sums-in-need
    match: { tool: get-sum }
    access: { approvers: [ana@example.com], for: 1h, break_glass: true, notify: ["log:"] }
    why: Sums are for emergencies.
  - name: never-thirteen
    match: { tool: get-sum }
    when: "args.a == 13"
    deny: true
    why: Thirteen is never summed.
`;

let folder: string;
let gate: RunningGate;
let client: Client;
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  gate = await startGate(folder);
  client = new Client({ name: "wanting", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  removeFolder(folder);
});

async function call(name: string, args: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as readonly { text?: string }[];
  return `${result.isError === true ? "refused: " : ""}${first?.text ?? ""}`;
}
/** What another process grants or takes back is known within a second. */
async function until(text: RegExp, name: string, args: Record<string, unknown>): Promise<void> {
  for (let tries = 0; tries < 50; tries++) {
    if (text.test(await call(name, args))) return;
    await wait(100);
  }
  throw new Error(`it never said ${text}`);
}
const request = (...words: readonly string[]) =>
  portcullis(["access", "request", "--principal", "anonymous", "--json", ...words], folder);
const idOf = (out: string): string => (JSON.parse(out) as { id: string }).id;
const decide = (command: string, id: string) =>
  portcullis([command, id, "--approver", "ana@example.com"], folder);

test("access that people grant lets calls pass for as long as nobody takes it back", async () => {
  expect(await call("echo", { message: "one" })).toMatch(/^refused: BLOCKED/);
  const tooLong = await request("--tool", "echo", "--for", "2h", "--reason", "a test");
  expect([tooLong.code, tooLong.err]).toEqual([1, expect.stringContaining("gives access for 1h at most")]);
  const nowhere = await request("--tool", "get-env", "--for", "1h", "--reason", "a test");
  expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining("no rule offers just that")]);

  const asked = await request("--tool", "echo", "--for", "1h", "--reason", "a test");
  expect(asked.code).toBe(0);
  const id = idOf(asked.out);
  expect(await call("echo", { message: "one" })).toMatch(/^refused: BLOCKED/);
  expect((await decide("approve", id)).code).toBe(0);
  await until(/^Echo: two/, "echo", { message: "two" });
  expect(await call("echo", { message: "three" })).toBe("Echo: three");
  expect(await call("get-sum", { a: 1, b: 2 })).toMatch(/^refused: BLOCKED/);
  expect((await decide("deny", id)).code).toBe(0);
  await until(/^refused: BLOCKED/, "echo", { message: "four" });
});

test("who breaks the glass has it at once, never against a rule that denies; a review ends it", async () => {
  const glass = ["--tool", "get-sum", "--for", "1h", "--reason", "outage", "--break-glass"];
  const withheld = await request("--tool", "echo", "--for", "1h", "--reason", "outage", "--break-glass");
  expect([withheld.code, withheld.err]).toEqual([1, expect.stringContaining("without asking")]);
  const taken = await request(...glass);
  expect(taken.code).toBe(0);
  await until(/3/, "get-sum", { a: 1, b: 2 });
  expect(await call("get-sum", { a: 13, b: 2 })).toMatch(/^refused: BLOCKED.*Thirteen/s);
  const again = await request(...glass);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining("held, already")]);
  await expect.poll(() => gate.errors(), { timeout: 20_000 }).toContain("Somebody broke the glass");
  expect((await decide("review", idOf(taken.out))).code).toBe(0);
  await until(/^refused: BLOCKED/, "get-sum", { a: 1, b: 2 });
});
