import { request as send } from "node:http";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { governanceClient } from "../../src/client/client.ts";
import { modernClient } from "../gate/http-client.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

const POLICY = `
rules:
  - { name: calls, match: { server: "echo|add", tool: "echo|add" }, allow: true }
  - { name: long, match: { tool: echo }, when: "has(args.text)", deny: true, why: Too long. }
  - { name: sums, match: { server: sums, tool: get-sum }, allow: true }
  - { name: rate, match: { tool: add }, limit: { rate: 2/hour, window: fixed } }
`;
let gate: RunningGate;
let origin: string;
beforeAll(async () => {
  const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
  const toy = fileURLToPath(new URL("../servers/toy.ts", import.meta.url));
  const server = (name: string) => ({ command: process.execPath, args: [toy, name] });
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      policy: "policy.yaml",
      mcpServers: {
        echo: server("echo"),
        add: server("add"),
        sums: { command: process.execPath, args: [everything, "stdio"] },
      },
    }),
    "policy.yaml": POLICY,
  });
  gate = await startGate(folder);
  ({ origin } = new URL(gate.url));
});
afterAll(async () => {
  await gate.stop();
  removeFolder(gate.folder);
});

/** What an MCP client is told of a call: allowed, or the rule that refused it, or that there is no such thing. */
async function called(server: string, tool: string, args: object): Promise<string> {
  const { text } = await modernClient(`${gate.url}/${server}`)("tools/call", { name: tool, arguments: args });
  const { result, error } = JSON.parse(text) as {
    result?: { isError?: boolean; _meta?: { "dev.portcullis/decision"?: { rule: string } } };
    error?: { message: string };
  };
  if (error !== undefined) return error.message.startsWith("Unknown tool") ? "unknown" : error.message;
  return result?._meta?.["dev.portcullis/decision"]?.rule ?? "allowed";
}

async function authorized(server: string, tool: string, args: object, consume = false): Promise<string> {
  const answer = await governanceClient({ url: origin }).authorize({
    tenant_id: "default",
    resource_id: `${server}/${tool}`,
    operation: "tools/call",
    args: args as never,
    consume,
  });
  if (answer.allowed) return "allowed";
  return answer.reason === "resource_not_granted" ? "unknown" : (answer.policies[0] ?? "");
}

test.each([
  ["echo", "echo", {}, "allowed"],
  ["echo", "echo", { text: "x" }, "long"],
  ["echo", "other", {}, "unknown"],
  ["add", "add", {}, "allowed"],
])("the gate and the API say the same of %s/%s %j: %s", async (server, tool, args, said) => {
  expect([await called(server, tool, args), await authorized(server, tool, args)]).toEqual([said, said]);
});

test("both take from the same limits, and what the API answered can be explained by its id", async () => {
  // One was taken by the call above.
  expect(await authorized("add", "add", {}, true)).toBe("allowed");
  expect([await called("add", "add", {}), await authorized("add", "add", {}, true)]).toEqual([
    "rate",
    "rate",
  ]);
  const client = governanceClient({ url: origin });
  const { decision_id } = await client.authorize({
    tenant_id: "default",
    resource_id: "echo/echo",
    operation: "tools/call",
    principal: "ana",
    consume: true,
  });
  const why = await portcullis(["why", decision_id], gate.folder);
  expect(why).toMatchObject({ code: 0, out: expect.stringContaining("ana") as string });
});

test("pages of another site, and other names of this host, reach nothing", async () => {
  const status = (headers: Readonly<Record<string, string>>) =>
    new Promise<number | undefined>((resolve, reject) => {
      const sent = send(
        `${origin}/governance/v1/authorize`,
        { method: "POST", headers, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      );
      sent.on("error", reject);
      sent.end("{}");
    });
  const json = { "content-type": "application/json" };
  expect(await status({ ...json, origin: "https://evil.example" })).toBe(403);
  expect(await status({ ...json, host: "evil.example" })).toBe(403);
  expect(await status({ ...json, "sec-fetch-site": "same-site", origin: "http://localhost:3000" })).toBe(403);
  expect(await status({ "content-type": "text/plain" })).toBe(415);
  expect(await status(json)).toBe(400);
});

test("MCP and probes are where they were", async () => {
  expect((await fetch(`${origin}/health`)).status).toBe(200);
  expect((await fetch(`${origin}/governancex`)).status).toBe(404);
  expect((await fetch(`${origin}/governance/v1/openapi.json`)).status).toBe(200);
});

test("a question that names no arguments is about the tool as such, whether or not its schema is known", async () => {
  const asked = async (more: object): Promise<unknown> => {
    const question = { tenant_id: "default", resource_id: "sums/get-sum", operation: "read", ...more };
    const { allowed, reason } = await governanceClient({ url: origin }).authorize(question);
    return [allowed, reason];
  };
  const before = await asked({});
  await modernClient(`${gate.url}/sums`)("tools/call", { name: "get-sum", arguments: { a: 1, b: 2 } });
  for (const answer of [before, await asked({}), await asked({})]) expect(answer).toEqual([true, "allowed"]);
  expect(await asked({ args: { a: 1, b: 2 } })).toEqual([true, "allowed"]);
  expect(await asked({ args: {} })).toEqual([false, "invalid_argument"]);
});
