// An MCP server of SDK v1, which knows sessions only, over stdio (`stdio`) or Streamable HTTP (else; prints `ready URL`).
// Its tools ask their client things, speak on the way, hang, break, and tell what the server saw (`history`).
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  ElicitResultSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  UrlElicitationRequiredError,
} from "@modelcontextprotocol/sdk/types.js";
import { z } from "zod/v4";

/** What happened, of all sessions. */
const history: string[] = [];
const NAME = {
  type: "object" as const,
  properties: { name: { type: "string" as const } },
  required: ["name"],
};
const text = (words: string) => ({ content: [{ type: "text" as const, text: words }] });
const asking = (message: string) => ({
  method: "elicitation/create" as const,
  params: { message, requestedSchema: NAME },
});

function session(): McpServer {
  const server = new McpServer(
    { name: "session-server", version: "1" },
    {
      capabilities: {
        logging: {},
        resources: { subscribe: true, listChanged: true },
        tools: { listChanged: true },
      },
      instructions: "Ask away.",
    },
  );
  let visited = false;
  const words = { inputSchema: { words: z.string().optional() } };

  server.registerTool("greet", words, async (_args, { sendRequest, signal }) => {
    signal.addEventListener("abort", () => history.push("greet cancelled"));
    const said = await sendRequest(asking("What is your name?"), ElicitResultSchema, { timeout: 120_000 });
    history.push(`greet ${said.action}`);
    return text(said.action === "accept" ? `Hello ${String(said.content?.["name"])}` : said.action);
  });
  server.registerTool("two", words, async (_args, { sendRequest }) => {
    const said = await Promise.all(
      ["one", "two"].map((which) => sendRequest(asking(which), ElicitResultSchema)),
    );
    return text(said.map(({ content }) => String(content?.["name"])).join());
  });
  server.registerTool("many", { inputSchema: { times: z.number() } }, async ({ times }, { sendRequest }) => {
    for (let at = 0; at < times; at += 1) await sendRequest(asking(`number ${at}`), ElicitResultSchema);
    return text(`asked ${times} times`);
  });
  server.registerTool("sample", words, async () => {
    const said = await server.server.createMessage({
      messages: [{ role: "user", content: { type: "text", text: "Say something." } }],
      maxTokens: 10,
    });
    return text(JSON.stringify(said.content));
  });
  server.registerTool("roots", words, async (_args, { sendRequest }) => {
    const said = await sendRequest({ method: "roots/list" }, z.object({ roots: z.array(z.any()) }));
    return text(JSON.stringify(said.roots));
  });
  server.registerTool("page", words, () => {
    if (visited) return text("you have been there");
    visited = true;
    throw new UrlElicitationRequiredError([
      { mode: "url", elicitationId: "e1", url: "https://page.example/", message: "Please go there." },
    ]);
  });
  server.registerTool("slow", words, async (_args, { signal, sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken;
    for (let progress = 1; !signal.aborted; progress += 1) {
      if (progressToken !== undefined)
        await sendNotification({ method: "notifications/progress", params: { progressToken, progress } });
      await new Promise((resolve) => void setTimeout(resolve, 20));
    }
    history.push("slow cancelled");
    return text("stopped");
  });
  server.registerTool("linger", words, async (_args, { signal, sendRequest }) => {
    await sendRequest(asking("and then?"), ElicitResultSchema);
    while (!signal.aborted) await new Promise((resolve) => void setTimeout(resolve, 20));
    history.push("linger cancelled");
    return text("stopped");
  });
  server.registerTool("step", words, async (_args, { sendRequest, sendNotification, _meta }) => {
    const progressToken = _meta?.progressToken ?? 0;
    await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 1 } });
    await sendRequest(asking("go on?"), ElicitResultSchema);
    await sendNotification({ method: "notifications/progress", params: { progressToken, progress: 2 } });
    // A client that hears both at once may forget the first over the second.
    await new Promise((resolve) => void setTimeout(resolve, 50));
    return text("done");
  });
  server.registerTool(
    "log",
    { inputSchema: { level: z.string(), say: z.string() } },
    async ({ level, say }, extra) => {
      const params = { level: level as "info", data: say };
      await extra.sendNotification({ method: "notifications/message", params });
      return text("logged");
    },
  );
  server.registerTool("change", words, async () => {
    await server.server.sendToolListChanged();
    await server.server.sendResourceListChanged();
    for (const uri of ["note://a", "note://b"]) await server.server.sendResourceUpdated({ uri });
    return text("changed");
  });
  server.registerTool("die", words, () => process.exit(1));
  server.registerTool("history", words, () => text(history.join("\n")));
  server.registerResource("note", "note://a", {}, (uri) => ({
    contents: [{ uri: uri.href, text: "a note" }],
  }));
  server.registerPrompt("hi", {}, () => ({
    messages: [{ role: "user", content: { type: "text", text: "hi" } }],
  }));
  server.server.setRequestHandler(SubscribeRequestSchema, ({ params }) => {
    history.push(`subscribe ${params.uri}`);
    return {};
  });
  server.server.setRequestHandler(UnsubscribeRequestSchema, ({ params }) => {
    history.push(`unsubscribe ${params.uri}`);
    return {};
  });
  server.server.oninitialized = () => {
    const { name } = server.server.getClientVersion() ?? { name: "" };
    history.push(`session of ${name} ${JSON.stringify(server.server.getClientCapabilities())}`);
  };
  return server;
}

if (process.argv[2] === "stdio") await session().connect(new StdioServerTransport());
else {
  const transports = new Map<string, StreamableHTTPServerTransport>();
  const http = createServer((request, response) => {
    void (async () => {
      const id = request.headers["mcp-session-id"];
      const known = typeof id === "string" ? transports.get(id) : undefined;
      if (request.url === "/forget") {
        transports.clear();
        return void response.end();
      }
      if (typeof id === "string" && known === undefined) return void response.writeHead(404).end();
      if (known !== undefined) return known.handleRequest(request, response);
      const transport: StreamableHTTPServerTransport = new StreamableHTTPServerTransport({
        sessionIdGenerator: randomUUID,
        onsessioninitialized: (made) => void transports.set(made, transport),
      });
      await session().connect(transport);
      return transport.handleRequest(request, response);
    })();
  });
  http.listen(0, "127.0.0.1", () => {
    process.stdout.write(`ready http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp\n`);
  });
}
