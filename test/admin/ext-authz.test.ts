import { request as send } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { parseCallId } from "../../src/call/id.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { chain } from "../../src/pipeline/decide.ts";
import type { Stage } from "../../src/pipeline/stage.ts";
import { type Api, openApi } from "./api.ts";

const POLICY = {
  rules: [
    {
      name: "public",
      match: { server: "files", resource: "/public/*" },
      when: 'method != "delete"',
      allow: true,
    },
    { name: "reads", match: { server: "files", tool: "read_*" }, allow: true },
    {
      name: "numbers",
      match: { server: "files", tool: "read_lines" },
      when: "args.count > 10",
      deny: true,
      why: "Too many.",
    },
    { name: "once", match: { server: "files", resource: "/public/rare" }, limit: { rate: "1/hour" } },
    {
      name: "asked",
      match: { server: "files", tool: "read_pay" },
      ask: { approvers: ["cto@company.com"], within: "1h" },
      why: "Money.",
    },
  ],
};
let api: Api;
beforeAll(async () => {
  api = await openApi({ policy: POLICY, servers: ["files", "other"] });
});
afterAll(() => api.close());
beforeEach(() => {
  api.credential = { ...ANONYMOUS, id: "ana", source: "token" };
});

/** As Envoy asks: the request's own method and path, without tidying either. */
function ask(method: string, path: string, body = "", headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; text: string }>(
    (resolve, reject) => {
      const { host } = new URL(api.url);
      const [hostname = "", port = ""] = host.split(":");
      const fields = body === "" ? headers : { "content-length": Buffer.byteLength(body), ...headers };
      const sent = send(
        { hostname, port, method, path: `/governance/v1/ext_authz${path}`, headers: fields, agent: false },
        (response) => {
          let text = "";
          response.on("data", (chunk: Buffer) => (text += chunk.toString()));
          response.on("end", () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
          );
        },
      );
      sent.on("error", reject);
      sent.end(body);
    },
  );
}

const mcp = (method: string, params: object): string =>
  JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
const MODERN = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "c", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};
const JSON_TYPE = { "content-type": "application/json" };

describe("Envoy's ext_authz", () => {
  test.each([
    ["GET", "/files/public/a?x=1", 200],
    ["POST", "/files/public/a", 200],
    ["DELETE", "/files/public/a", 403],
    ["GET", "/files/private/a", 403],
    ["GET", "/other/public/a", 403],
    ["GET", "/nowhere/public/a", 403],
    ["GET", "/", 403],
    ["GET", "/files/public/../private/a", 422],
    ["GET", "/files/public/%2e%2e/private/a", 422],
    ["GET", "/files/public/..%2fprivate/a", 422],
    ["GET", "/files//public/a", 422],
    ["GET", "/files/public/;/a", 422],
  ])("%s %s: %i", async (method, path, status) => {
    expect((await ask(method, path)).status).toBe(status);
  });

  test("is on record before it goes on, and names its decision", async () => {
    const { headers } = await ask("GET", "/files/public/a?x=1");
    const id = parseCallId(String(headers["x-portcullis-decision-id"]));
    const record = await api.running.store.forTenant("default").journal.get(id ?? ("" as never));
    expect(record?.opened).toMatchObject({
      principal: "ana",
      server: "files",
      method: "resources/read",
      target: "/public/a",
      verdict: "allow",
      detail: { args: { uri: "/public/a", http_method: "GET", query: "x=1" } },
    });
  });

  test("charges limits, and says when to come again", async () => {
    expect((await ask("GET", "/files/public/rare")).status).toBe(200);
    const second = await ask("GET", "/files/public/rare");
    expect(second.status).toBe(403);
    expect(Number(second.headers["retry-after"])).toBeGreaterThan(0);
    expect(JSON.parse(second.text)).toMatchObject({
      code: "refused",
      detail: expect.stringContaining("limit_reached") as string,
    });
  });

  test("MCP is judged by its body, as the gate judges it", async () => {
    const call = (name: string, args: object = {}) => mcp("tools/call", { name, arguments: args });
    expect((await ask("POST", "/mcp/files", call("read_file"), JSON_TYPE)).status).toBe(200);
    expect((await ask("POST", "/mcp/files", call("write_file"), JSON_TYPE)).status).toBe(403);
    expect((await ask("POST", "/mcp/files", call("read_lines", { count: 11 }), JSON_TYPE)).status).toBe(403);
    const odd = call("read_lines", { count: 1 }).replace('"count":1', '"count":1.00000000000000001');
    expect((await ask("POST", "/mcp/files", odd, JSON_TYPE)).status).toBe(403);
    expect((await ask("POST", "/mcp/files", mcp("tools/list", {}), JSON_TYPE)).status).toBe(200);
    expect((await ask("POST", "/mcp/files", mcp("initialize", {}), JSON_TYPE)).status).toBe(200);
    const modern = mcp("tools/call", { name: "read_file", arguments: {}, _meta: MODERN });
    const fields = {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "read_file",
    };
    expect((await ask("POST", "/mcp/files", modern, { ...JSON_TYPE, ...fields })).status).toBe(200);
    expect((await ask("GET", "/mcp/files")).status).toBe(200);
    expect((await ask("POST", "/mcp/nowhere", mcp("tools/list", {}), JSON_TYPE)).status).toBe(403);
    expect((await ask("POST", "/mcp", call("read_file"), JSON_TYPE)).status).toBe(403);
  });

  test.each([
    ["without a body", "", {}, 422],
    [
      "with half a body",
      mcp("tools/call", { name: "read_file" }),
      { "x-envoy-auth-partial-body": "true" },
      422,
    ],
    [
      "with a header that says another method",
      mcp("tools/call", { name: "read_file", _meta: MODERN }),
      { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list", "mcp-name": "read_file" },
      422,
    ],
    ["with a key twice", '{"jsonrpc":"2.0","id":1,"method":"tools/list","method":"tools/call"}', {}, 400],
    ["with several messages", `[${mcp("tools/list", {})}]`, {}, 400],
  ] as const)("MCP %s goes no further", async (_, body, headers, status) => {
    const reply = await ask("POST", "/mcp/files", body, { ...JSON_TYPE, ...headers });
    expect([reply.status, reply.headers["content-type"]]).toEqual([status, "application/problem+json"]);
  });

  test("what people approve passes once", async () => {
    const pay = mcp("tools/call", { name: "read_pay", arguments: { to: "bo" } });
    const held = await ask("POST", "/mcp/files", pay, JSON_TYPE);
    expect(held.status).toBe(403);
    const { code, detail } = JSON.parse(held.text) as { code: string; detail: string };
    expect(code).toBe("held");
    const [id] = /apr_\w+/.exec(detail) ?? [];
    api.credential = ANONYMOUS;
    expect((await api.post(`/approvals/${id}/approve`, { approver: "cto@company.com" })).status).toBe(200);
    api.credential = { ...ANONYMOUS, id: "ana", source: "token" };
    expect((await ask("POST", "/mcp/files", pay, JSON_TYPE)).status).toBe(200);
    expect((await ask("POST", "/mcp/files", pay, JSON_TYPE)).status).toBe(403);
  });
});

describe("where policy has a request changed first", () => {
  const changing: Stage = {
    name: "changing",
    broken: "stop",
    before: () => ({ kind: "rewrite", edits: [{ kind: "set", path: ["arguments", "path"], to: "/safe" }] }),
  };

  test("whoever asks is told the change, and what cannot be changed goes no further", async () => {
    const own = await openApi({
      policy: POLICY,
      gate(gate) {
        const order = { ...gate.order, "tools/call": chain([changing]) };
        return { ...gate, order, inForce: () => ({ policy: gate.policy, order }) };
      },
    });
    try {
      expect(await own.authorize({ resource_id: "files/read_file", operation: "tools/call" })).toMatchObject({
        allowed: true,
        cached: false,
        obligations: [{ type: "rewrite", act: "set", pointer: "/arguments/path", value: "/safe" }],
      });
      const body = mcp("tools/call", { name: "read_file", arguments: {} });
      const reply = await fetch(`${own.url}/ext_authz/mcp/files`, {
        method: "POST",
        headers: JSON_TYPE,
        body,
      });
      expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([403, "refused"]);
    } finally {
      await own.close();
    }
  });
});
