import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

/** A server that pays at once and says so late. */
const paid: unknown[] = [];
let server: Server;
let gate: RunningGate;
beforeAll(async () => {
  server = createServer((request, response) => {
    let body = "";
    request.on("data", (piece: Buffer) => (body += piece.toString()));
    request.on("end", () => {
      if (request.method !== "POST") return response.writeHead(405).end();
      const { id, method, params } = JSON.parse(body) as {
        readonly id?: number;
        readonly method: string;
        readonly params?: Readonly<Record<string, unknown>>;
      };
      if (id === undefined) return response.writeHead(202).end();
      if (method === "tools/call") return void paid.push(params?.["arguments"]);
      const results: Record<string, unknown> = {
        initialize: {
          protocolVersion: "2025-11-25",
          capabilities: { tools: {} },
          serverInfo: { name: "bank", version: "1" },
        },
        "tools/list": { tools: [{ name: "pay", inputSchema: { type: "object" } }] },
      };
      response.writeHead(200, { "content-type": "application/json" });
      return response.end(JSON.stringify({ jsonrpc: "2.0", id, result: results[method] ?? {} }));
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`;
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        mcpServers: { bank: { url } },
      }),
      "policy.yaml": `defaults: { verdict: allow }
rules:
  - { name: budget, match: { tool: pay }, limit: { quota: 100/year, meter: args.amount } }
`,
    }),
  );
});
afterAll(async () => {
  await gate.stop();
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
  removeFolder(gate.folder);
});

test("who leaves before the answer has spent what may have been paid", async () => {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const pay = (signal: AbortSignal): Promise<string> =>
    fetch(gate.url, {
      method: "POST",
      signal,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "pay",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name: "pay", arguments: { amount: 60 }, _meta: meta },
      }),
    }).then((response) => response.text());
  const leaving = new AbortController();
  const left = pay(leaving.signal);
  await expect.poll(() => paid.length, { timeout: 10_000 }).toBe(1);
  leaving.abort();
  await expect(left).rejects.toThrow("aborted");
  // Nothing is given back later either.
  for (let at = 0; at < 3; at += 1) {
    expect(await pay(AbortSignal.timeout(5000))).toContain("100/year of args.amount per tenant is used up");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  expect(paid).toEqual([{ amount: 60 }]);
});
