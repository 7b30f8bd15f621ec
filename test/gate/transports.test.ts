// Servers on every transport behind one gate, reached over Streamable HTTP, HTTP+SSE and stdio.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { SSEClientTransport } from "@modelcontextprotocol/sdk/client/sse.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { SSEServerTransport } from "@modelcontextprotocol/sdk/server/sse.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolRequestSchema as CallTool,
  type JSONRPCMessage,
  ListToolsRequestSchema as ListTools,
} from "@modelcontextprotocol/sdk/types.js";
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { type WebSocket, WebSocketServer } from "ws";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { records } from "../faults/gate/setting.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

const POLICY = `
defaults: { verdict: allow }
rules:
  - name: no-cuts
    match: { tool: "*_say" }
    when: args.text == "cut"
    deny: true
    why: Nothing is cut here.
`;

/** What clients have heard of progress so far. */
let told = 0;

/** A server of SDK v1: one tool that says its argument back, after it told of progress. */
function toy(name: string): McpServer {
  const server = new McpServer({ name, version: "1" });
  server.server.registerCapabilities({ tools: { listChanged: true } });
  const inputSchema = { type: "object" as const, properties: { text: { type: "string" } } };
  server.server.setRequestHandler(ListTools, () => ({ tools: [{ name: `${name}_say`, inputSchema }] }));
  server.server.setRequestHandler(CallTool, async ({ params }, { sendNotification }) => {
    const progressToken = params._meta?.progressToken;
    if (progressToken !== undefined) {
      const before = told;
      await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } });
      // SDK v1's client of HTTP+SSE forgets progress that comes in one piece with the answer, without a gate too.
      await expect.poll(() => told).toBeGreaterThan(before);
    }
    return { content: [{ type: "text", text: String(params.arguments?.["text"]) }] };
  });
  return server;
}

function overSocket(socket: WebSocket): Transport {
  const transport: Transport = {
    start: () => Promise.resolve(),
    send: (message) => new Promise((sent) => socket.send(JSON.stringify(message), () => sent())),
    close: () => Promise.resolve(socket.close()),
  };
  socket.on("message", (data) =>
    transport.onmessage?.(JSON.parse((data as Buffer).toString()) as JSONRPCMessage),
  );
  socket.on("close", () => transport.onclose?.());
  return transport;
}

const listening = async (server: HttpServer): Promise<string> => {
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
};

/** HTTP+SSE at `/NAME`, WebSocket everywhere. */
async function startToys(): Promise<{ readonly host: string; readonly stop: () => void }> {
  const posts = new Map<string, SSEServerTransport>();
  const http = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
    const post = posts.get(searchParams.get("sessionId") ?? "");
    if (request.method === "POST" && post !== undefined)
      return void post.handlePostMessage(request, response);
    if (request.method !== "GET") return void response.writeHead(405).end();
    const transport = new SSEServerTransport("/messages", response);
    posts.set(transport.sessionId, transport);
    return void toy(pathname.slice(1)).connect(transport);
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on("connection", (socket) => void toy("socket").connect(overSocket(socket)));
  return {
    host: await listening(http),
    stop() {
      for (const socket of sockets.clients) socket.terminate();
      http.closeAllConnections();
      http.close();
    },
  };
}

let toys: Awaited<ReturnType<typeof startToys>>;
let gate: RunningGate;
beforeAll(async () => {
  toys = await startToys();
  const mcpServers = {
    sse: { url: `http://${toys.host}/sse`, transport: "sse" },
    older: { url: `http://${toys.host}/older` },
    socket: { url: `ws://${toys.host}/` },
  };
  gate = await startGate(
    folderWith({ "portcullis.yaml": JSON.stringify({ policy: ["p.yaml"], mcpServers }), "p.yaml": POLICY }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  toys.stop();
  removeFolder(gate.folder);
});

const SERVERS = ["sse", "older", "socket"];
const origin = (): string => new URL(gate.url).origin;
const CLI = resolve("src/cli/cli.ts");
const proxied = (server: string): StdioClientTransport =>
  new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "proxy", "--server", server, "--config", `${gate.folder}/portcullis.yaml`],
    stderr: "ignore",
  });

describe.each<[string, (server: string) => Transport]>([
  ["Streamable HTTP", () => new StreamableHTTPClientTransport(new URL(gate.url))],
  ["HTTP+SSE", () => new SSEClientTransport(new URL(`${origin()}/sse`))],
  ["stdio", proxied],
])("over %s", (over, transport) => {
  test.each(SERVERS)("a server on %s: listed, called under policy, heard", async (server) => {
    const client = new Client({ name: "test", version: "1" });
    await client.connect(transport(server));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      over === "stdio" ? [`${server}_say`] : SERVERS.map((name) => `${name}_say`),
    );
    const heard: number[] = [];
    const say = (text: string): Promise<unknown> =>
      client.callTool({ name: `${server}_say`, arguments: { text } }, undefined, {
        onprogress({ progress }) {
          heard.push(progress);
          told += 1;
        },
      });
    expect(await say("hello")).toMatchObject({ content: [{ text: "hello" }] });
    expect(heard).toEqual([1]);
    expect(await say("cut")).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("(rule no-cuts)") }],
    });
    await client.close();
  });
});

test.each(SERVERS)("a client of 2026-07-28 before a server on %s", async (server) => {
  const client = new ClientV2({ name: "new", version: "2" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new HttpV2(new URL(`${gate.url}/${server}`)));
  expect(await client.callTool({ name: `${server}_say`, arguments: { text: "hello" } })).toMatchObject({
    content: [{ text: "hello" }],
  });
  await client.close();
});

test("all of it is on record", async () => {
  const found = await records(gate.folder);
  for (const server of SERVERS) {
    const own = found.filter(({ opened }) => opened.server === server);
    expect(own.filter(({ status }) => status === "ok").length).toBe(4);
    expect(own.filter(({ status }) => status === "denied").length).toBe(3);
  }
});
