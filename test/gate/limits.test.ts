import { join, resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: three-echoes
    match: { tool: echo }
    limit: { rate: 3/hour, per: [user, tool] }
    why: Echoes are dear.
  - name: sums
    match: { tool: get-sum }
    limit: { quota: 100/day, meter: args.a, per: [tenant] }
  - name: references
    match: { tool: get-resource-reference }
    limit: { quota: 3/day, meter: args.resourceId, once: args.resourceType }
  - name: images
    match: { tool: get-tiny-image }
    limit: { quota: 1/day, enforcement: soft }
  - name: closed
    match: { tool: get-env }
    hours: { allow: "00:00-00:00", days: mon, timezone: UTC }
    why: Only for a minute a week.
tests:
  - name: an echo is charged
    call: { server: everything, tool: echo }
    expect: { verdict: allow, limits: [three-echoes] }
`;

let gate: RunningGate;
let client: Client;
/** Of the answer that came last. */
let headers = new Headers();
const listening: typeof fetch = async (to, how) => {
  const response = await fetch(to, how);
  if (how?.method === "POST") ({ headers } = response);
  return response;
};
beforeAll(async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  gate = await startGate(folder);
  client = new Client({ name: "limited", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url), { fetch: listening }));
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

async function call(
  name: string,
  args: Record<string, unknown> = {},
): Promise<{ text: string; meta: unknown; error: boolean }> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as readonly { text?: string }[];
  return { text: first?.text ?? "", meta: result._meta, error: result.isError === true };
}

test("calls beyond a limit are refused with its rule, its reason and the time it resets", async () => {
  const said = await Promise.all([1, 2, 3, 4, 5].map((at) => call("echo", { message: `m${at}` })));
  const refused = said.filter(({ error }) => error);
  expect(refused).toHaveLength(2);
  expect(refused[0]?.text).toMatch(/^LIMIT reached\. The call has not run\.\nTool: everything\.echo\n/);
  expect(refused[0]?.text).toContain(
    "Why: Echoes are dear. 3/hour per user and tool is used up. (rule three-echoes)",
  );
  expect(refused[0]?.text).toMatch(/Do not retry before 20\d\d-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC/);
  const logs = await portcullis(
    ["logs", "--json", "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
  );
  const lines = logs.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const denied = lines.filter(({ tool, verdict }) => tool === "echo" && verdict === "deny");
  expect(denied.map(({ rule, status }) => `${String(rule)} ${String(status)}`)).toEqual([
    "three-echoes denied",
    "three-echoes denied",
  ]);
});

test("a client is told how its limits stand, and nothing where none is for it", async () => {
  expect((await call("echo", { message: "once more" })).text).toContain("LIMIT");
  expect(headers.get("ratelimit-policy")).toBe('"three-echoes";q=3;w=3600');
  expect(headers.get("ratelimit")).toMatch(/^"three-echoes";r=0;t=\d+$/);
  expect(headers.get("retry-after")).toBe(headers.get("ratelimit")?.split("t=")[1]);
  expect((await call("get-annotated-message", { messageType: "success" })).error).toBe(false);
  expect(headers.has("ratelimit")).toBe(false);
});

test("an argument is added up, and what came to nothing is given back", async () => {
  expect((await call("get-sum", { a: 60, b: 1 })).error).toBe(false);
  expect((await call("get-sum", { a: 60, b: 1 })).text).toContain("100/day of args.a per tenant is used up");
  // The server refuses it, so its 40 are free again.
  expect((await call("get-sum", { a: 40, b: "x" })).text).not.toContain("LIMIT");
  expect((await call("get-sum", { a: 40, b: 1 })).error).toBe(false);
  expect((await call("get-sum", { a: 1, b: 1 })).text).toContain("LIMIT");
});

test("with the same key a call is made and counted once, and again where it came to nothing", async () => {
  const refer = (resourceType: string, resourceId: number): ReturnType<typeof call> =>
    call("get-resource-reference", { resourceType, resourceId });
  const same = await Promise.all([refer("Text", 2), refer("Text", 2), refer("Text", 2)]);
  expect(same.filter(({ error }) => error)).toHaveLength(2);
  const { text } = await refer("Text", 2);
  expect(text).toContain("The same call was let through already: find out what came of it.");
  expect(text).toContain("1/day with this args.resourceType is used up. (rule references)");
  // The server has no resource 0, so that one's key is free again; of the 3, only 2 are taken.
  expect((await refer("Blob", 0)).text).not.toContain("LIMIT");
  await vi.waitFor(async () => expect((await refer("Blob", 1)).error).toBe(false), 10_000);
});

test("beyond a soft limit the answer comes, and says so", async () => {
  expect((await call("get-tiny-image")).meta ?? {}).not.toHaveProperty("dev.portcullis/limits");
  const second = await call("get-tiny-image");
  expect(second.error).toBe(false);
  expect(second.meta).toMatchObject({ "dev.portcullis/limits": [{ rule: "images", used: 2, most: 1 }] });
  expect(gate.errors()).toContain("a limit is passed");
});

test("outside its hours a tool is listed and refused with them", async () => {
  expect((await client.listTools()).tools.map(({ name }) => name)).toContain("get-env");
  const { text } = await call("get-env");
  expect(text).toContain("BLOCKED by policy");
  expect(text).toContain("Only for a minute a week. Open: 00:00-00:00 mon (UTC).");
});

test("tests of a policy can say what is charged", async () => {
  const config = join(gate.folder, "portcullis.yaml");
  const run = await portcullis(["policy", "test", "--config", config], gate.folder);
  expect(run.out + run.err).toContain("1 test passed");
  expect(run.code).toBe(0);
  const explained = await portcullis(
    ["policy", "explain", "--server", "everything", "--tool", "echo", "--config", config],
    gate.folder,
  );
  expect(explained.out).toMatch(/three-echoes \(policy.yaml:\d+\) counts it/);
});
