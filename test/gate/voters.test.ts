import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: no-env
    match: { tool: get-env }
    when: '!has(args.please)'
    deny: true
    why: The environment is nobody's business.
  - name: sums
    match: { tool: get-sum }
    limit: { quota: 1/day }
tests:
  - name: an echo of a secret is stopped
    call: { server: everything, tool: echo, args: { message: secret } }
    expect: { verdict: deny, rule: cedar }
  - name: an echo of anything else is not
    call: { server: everything, tool: echo, args: { message: hello } }
    expect: { verdict: allow, rule: default }
`;
const CEDAR = `permit(principal, action, resource);
@why("Secrets are not echoed.")
forbid(principal, action, resource == Tool::"everything/echo") when { context.args.message == "secret" };
`;

let opa: Server;
/** What OPA was asked about, and what it answers. */
const asked: { tool?: string; method: string }[] = [];
let answer = '{"result":true}';
let gate: RunningGate;
let client: Client;

beforeAll(async () => {
  opa = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => void (body += piece.toString()));
    request.on("end", () => {
      asked.push((JSON.parse(body) as { input: { tool: string; method: string } }).input);
      response.end(answer);
    });
  });
  await new Promise<void>((done) => void opa.listen(0, "127.0.0.1", done));
  const { port } = opa.address() as AddressInfo;
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
      voters: {
        cedar: { kind: "cedar", policies: "cedar/", match: { tool: "echo" } },
        rego: {
          kind: "opa-wasm",
          bundle: resolve("test/voters/bundle.tar.gz"),
          entrypoint: "mcp/decision",
          match: { tool: "get-tiny-image" },
        },
        opa: {
          kind: "opa",
          url: `http://127.0.0.1:${port}/v1/data/mcp/allow`,
          match: { tool: "get-*" },
          timeout_ms: 20_000,
        },
      },
    }),
    "policy.yaml": POLICY,
    "cedar/main.cedar": CEDAR,
  });
  gate = await startGate(folder);
  client = new Client({ name: "voted", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  opa.closeAllConnections();
  opa.close();
  removeFolder(gate.folder);
});

async function call(
  name: string,
  args: Record<string, unknown> = {},
): Promise<{ text: string; error: boolean }> {
  const result = await client.callTool({ name, arguments: args });
  const [first] = result.content as readonly { text?: string }[];
  return { text: first?.text ?? "", error: result.isError === true };
}

async function records(): Promise<readonly Record<string, unknown>[]> {
  const { out } = await portcullis(
    ["logs", "--json", "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
  );
  return out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("what policy allows a voter may refuse: the refusal names it and its reason, and so does the record", async () => {
  expect(await call("echo", { message: "hello" })).toEqual({ text: "Echo: hello", error: false });
  const { text, error } = await call("echo", { message: "secret" });
  expect(error).toBe(true);
  expect(text).toContain("BLOCKED by policy");
  expect(text).toContain("Why: Secrets are not echoed. (rule cedar)");
  const denied = (await records()).find(({ tool, verdict }) => tool === "echo" && verdict === "deny");
  expect(denied).toMatchObject({ rule: "cedar", status: "denied" });
  const why = await portcullis(["why", String(denied?.["id"]), "--config", "portcullis.yaml"], gate.folder);
  expect(why.out).toMatch(/cedar {3}of the gate's voter/);
  expect(why.out).toMatch(/policy allow \([^)]+\) → voter:cedar deny, Secrets are not echoed\. \([^)]+\)/);
});

test("a bundle refuses in its own words", async () => {
  const { text } = await call("get-tiny-image");
  expect(text).toMatch(/Why: \S+ may not \(rule rego\)/);
});

test("voters never see what policy refuses", async () => {
  asked.length = 0;
  expect((await call("get-env")).error).toBe(true);
  expect(asked).toEqual([]);
});

test("what a voter refuses is charged to no limit; what is no decision is refused as a check that failed", async () => {
  answer = '{"result":false}';
  for (let at = 0; at < 3; at += 1)
    expect((await call("get-sum", { a: 1, b: 2 })).text).toContain("(rule opa)");
  answer = '{"result":"sure"}';
  expect((await call("get-sum", { a: 1, b: 2 })).text).toMatch(
    /^BLOCKED because a safety check could not be carried out[^]*Why: The voter `opa` gave an answer that is no decision/,
  );
  answer = '{"result":true}';
  expect((await call("get-sum", { a: 1, b: 2 })).error).toBe(false);
  expect((await call("get-sum", { a: 1, b: 2 })).text).toContain("LIMIT reached");
  expect(asked.every(({ tool, method }) => tool === "get-sum" && method === "tools/call")).toBe(true);
});

test("how voters have been doing is shown to who watches the gate", async () => {
  const response = await fetch(new URL("/health/detailed", gate.url));
  const { voters } = (await response.json()) as { voters: Record<string, unknown>[] };
  expect(voters.map(({ name, kind, resting }) => [name, kind, resting])).toEqual([
    ["cedar", "cedar", false],
    ["rego", "opa-wasm", false],
    ["opa", "opa", false],
  ]);
  expect(voters[2]).toMatchObject({
    asked: 7,
    failed: 1,
    last_failure: { why: "gave an answer that is no decision" },
  });
});

test("lists are not voted on: a tool that a voter refuses is listed", async () => {
  const { tools } = await client.listTools();
  expect(tools.map(({ name }) => name)).toContain("get-tiny-image");
});

test("a policy that a voter cannot be made ready with is told at the start, with file and line", async () => {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      listen: "127.0.0.1:0",
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
      voters: { cedar: { kind: "cedar", policies: "main.cedar" } },
    }),
    "policy/main.yaml": "defaults: { verdict: allow }\n",
    "main.cedar": "permit(principal, action, resource)\nwhen { context. };\n",
  });
  const { code, err } = await portcullis(["start"], folder);
  expect(code).toBe(2);
  expect(err).toContain("main.cedar:2:17");
  removeFolder(folder);
});

test("tests of a policy may say what a voter says; start leaves those to `policy test`", async () => {
  const { code, err } = await portcullis(["policy", "test"], gate.folder);
  expect(err).toContain("2 tests passed");
  expect(code).toBe(0);
  const explained = await portcullis(
    ["policy", "explain", "--server", "everything", "--tool", "echo", "--args", '{"message":"secret"}'],
    gate.folder,
  );
  expect(explained.code).toBe(1);
  expect(explained.out).toContain("Denied by cedar: Secrets are not echoed.");
  const sum = await portcullis(
    ["policy", "explain", "--server", "everything", "--tool", "get-sum"],
    gate.folder,
  );
  expect(sum.err).toContain("Not asked: opa. Ask with --voters.");
  const all = await portcullis(
    ["policy", "explain", "--server", "everything", "--tool", "get-sum", "--voters", "--json"],
    gate.folder,
  );
  expect(JSON.parse(all.out)).toMatchObject({
    verdict: { kind: "allow" },
    voters: [{ stage: "voter:opa", said: "allow" }],
  });
});
