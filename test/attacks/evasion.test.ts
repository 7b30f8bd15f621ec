import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

/** A server that reads as loosely as some do: member names without regard to case, the last of two, no id needed. */
const ran: string[] = [];
let server: Server;
let gate: RunningGate;

const TOOLS = ["read_file", "delete_all"].map((name) => ({
  name,
  inputSchema: { type: "object", properties: { path: { type: "string" } } },
}));

function loose(text: string): Record<string, unknown> {
  return JSON.parse(text, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(
          Object.entries(value).map(([key, item]) => [key.toLowerCase().replaceAll("ſ", "s"), item]),
        )
      : value,
  ) as Record<string, unknown>;
}

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      if (request.method !== "POST") return response.writeHead(405).end();
      const message = loose(body);
      const params = (message["params"] ?? {}) as Record<string, unknown>;
      if (message["method"] === "tools/call")
        ran.push(`${String(params["name"])} ${JSON.stringify(params["arguments"])}`);
      if (message["id"] === undefined) return response.writeHead(202).end();
      const results: Record<string, unknown> = {
        initialize: {
          protocolVersion: "2025-11-25",
          capabilities: { tools: {} },
          serverInfo: { name: "loose", version: "1" },
        },
        "tools/list": { tools: TOOLS },
        "tools/call": { content: [] },
      };
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(
        JSON.stringify({
          jsonrpc: "2.0",
          id: message["id"],
          result: results[String(message["method"])] ?? {},
        }),
      );
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        mcpServers: { loose: { url } },
      }),
      "policy.yaml": `
defaults: { verdict: allow }
rules:
  - { name: no-deletes, match: { tool: "delete_*" }, deny: true, why: Nothing is deleted. }
  - { name: inside, match: { tool: read_file }, when: 'has(args.path) && !path.within(args.path, "/srv/data")', deny: true, why: Inside only. }
`,
    }),
  );
});
afterAll(async () => {
  await gate.stop();
  server.close();
  removeFolder(gate.folder);
});
beforeEach(() => {
  ran.length = 0;
});

async function post(
  body: string,
  session?: string,
): Promise<{ status: number; text: string; session: string | null }> {
  const response = await fetch(gate.url, {
    method: "POST",
    body,
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...(session !== undefined && { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
    },
  });
  return {
    status: response.status,
    text: await response.text(),
    session: response.headers.get("mcp-session-id"),
  };
}

async function begin(): Promise<string> {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "x", version: "1" } };
  const { session } = await post(JSON.stringify({ jsonrpc: "2.0", id: 0, method: "initialize", params }));
  return session ?? "";
}

const call = (params: string, more = '"id":1,'): string =>
  `{"jsonrpc":"2.0",${more}"method":"tools/call","params":${params}}`;

describe("no spelling carries a call past policy", () => {
  test.each([
    ["without an id", call('{"name":"delete_all","arguments":{}}', "")],
    [
      "a method that another member shadows",
      '{"jsonrpc":"2.0","id":5,"method":"ping","Method":"tools/call","params":{"name":"delete_all"}}',
    ],
    [
      "params that another member shadows",
      '{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"read_file"},"PARAMS":{"name":"delete_all"}}',
    ],
    ["a name that another member shadows", call('{"name":"read_file","Name":"delete_all"}')],
    ["a name in capitals only", call('{"Name":"delete_all"}')],
    ["a name in an array", call('{"name":["delete_all"]}')],
    ["no name", call('{"arguments":{}}')],
    ["arguments in an array", call('{"name":"read_file","arguments":[{"path":"/etc/passwd"}]}')],
    ["arguments as text", call('{"name":"read_file","arguments":"{}"}')],
    [
      "arguments under a long s",
      call('{"name":"read_file","arguments":{"path":"/srv/data/x"},"argumentſ":{"path":"/etc/passwd"}}'),
    ],
    [
      "an argument that another shadows",
      call('{"name":"read_file","arguments":{"path":"/srv/data/x","Path":"/etc/passwd"}}'),
    ],
    ["an argument in capitals only", call('{"name":"read_file","arguments":{"PATH":"/etc/passwd"}}')],
  ])("%s", async (_, body) => {
    const said = await post(body, await begin());
    expect(ran).toEqual([]);
    expect(said.status === 202).toBe(false);
    expect(said.text).toMatch(/"error"|"isError":true/);
  });

  test("what is allowed still runs, once, and is recorded", async () => {
    const said = await post(call('{"name":"read_file","arguments":{"path":"/srv/data/x"}}'), await begin());
    expect(said.text).toContain('"content":[]');
    expect(ran).toEqual(['read_file {"path":"/srv/data/x"}']);
    const { out } = await portcullis(["logs", "--json", "--config", "portcullis.yaml"], gate.folder);
    expect(out).toContain('"tool":"read_file"');
    expect(out).not.toMatch(/"tool":"delete_all"[^\n]*"verdict":"allow"/);
  });

  test("a batch begins no session", async () => {
    const batch =
      '[{"jsonrpc":"2.0","id":1,"method":"initialize","params":{}},{"jsonrpc":"2.0","id":2,"method":"tools/list"}]';
    expect((await post(batch)).status).toBe(400);
  });

  test.each(["chrome-extension://localhost", "file://localhost", "null"])(
    "a page of %s is kept out",
    async (origin) => {
      const response = await fetch(gate.url, {
        method: "POST",
        headers: { origin, "content-type": "application/json" },
        body: "{}",
      });
      expect(response.status).toBe(403);
    },
  );
});
