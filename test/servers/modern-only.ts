// A server by the SDK that speaks 2026-07-28 and refuses every other revision: `http` prints `ready http://…/mcp`, `stdio`
// speaks on standard input and output.
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { toNodeHandler } from "@modelcontextprotocol/node";
import {
  createMcpHandler,
  fromJsonSchema,
  inputRequired,
  inputResponse,
  McpServer,
  type CallToolResult,
} from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";

/** How those who listen hear of a change. */
interface Announce {
  tools(): void;
  resource(uri: string): void;
}

const NUMBERS = { type: "array", items: { $ref: "#/$defs/n" }, $defs: { n: { type: "integer" } } } as const;
/** The SDK's old client forgets who waits for progress as soon as the answer is read with it. */
const PAUSE_MS = 20;
const text = (said: string): CallToolResult => ({ content: [{ type: "text", text: said }] });
let stopped = 0;

function server(announce: Announce): McpServer {
  const capabilities = {
    tools: { listChanged: true },
    resources: { subscribe: true },
    logging: {},
    extensions: { "com.example/shown": {}, "io.modelcontextprotocol/tasks": {} },
  };
  const mcp = new McpServer(
    { name: "modern-only", version: "1.2.3" },
    { capabilities, instructions: "Be brief." },
  );
  const given = <T>(properties: Record<string, object>) =>
    fromJsonSchema<T>({ type: "object", properties, required: Object.keys(properties) });

  mcp.registerTool(
    "echo",
    { inputSchema: given<{ region: string }>({ region: { type: "string", "x-mcp-header": "Region" } }) },
    ({ region }) => text(`region=${region}`),
  );
  mcp.registerTool("numbers", { outputSchema: fromJsonSchema<number[]>(NUMBERS) }, () => ({
    content: [],
    structuredContent: [1, 2, 3],
  }));
  mcp.registerTool("talk", {}, async (ctx) => {
    const progressToken = ctx.mcpReq._meta?.progressToken;
    if (progressToken !== undefined)
      await ctx.mcpReq.notify({
        method: "notifications/progress",
        params: { progressToken, progress: 1, total: 2 },
      });
    await ctx.mcpReq.log("info", "only where it was asked for");
    await sleep(PAUSE_MS);
    return text("talked");
  });
  mcp.registerTool("wait", {}, async (ctx) => {
    const { signal } = ctx.mcpReq;
    if (!signal.aborted) await once(signal, "abort");
    stopped += 1;
    return text("nobody waits for this");
  });
  mcp.registerTool("stopped", {}, () => text(String(stopped)));
  mcp.registerTool("everything", {}, (ctx) => {
    const form = inputResponse(ctx.mcpReq.inputResponses, "form");
    const model = inputResponse(ctx.mcpReq.inputResponses, "model");
    const roots = inputResponse(ctx.mcpReq.inputResponses, "roots");
    if (form.kind === "missing")
      return inputRequired({
        inputRequests: {
          form: inputRequired.elicit({
            message: "Who?",
            requestedSchema: { type: "object", properties: { name: { type: "string" } }, required: ["name"] },
          }),
          model: inputRequired.createMessage({
            messages: [{ role: "user", content: { type: "text", text: "hi" } }],
            maxTokens: 9,
          }),
          roots: inputRequired.listRoots(),
        },
        requestState: 'state "é" 1',
      });
    return text(JSON.stringify({ form, model, roots, state: ctx.mcpReq.requestState() }));
  });
  mcp.registerTool("page", {}, (ctx) => {
    const seen = inputResponse(ctx.mcpReq.inputResponses, "page");
    return seen.kind === "missing"
      ? inputRequired({
          inputRequests: { page: inputRequired.elicitUrl({ message: "Pay", url: "https://pay.example/1" }) },
        })
      : text(seen.kind === "elicit" ? seen.action : seen.kind);
  });
  mcp.registerTool("endless", {}, () =>
    inputRequired({
      inputRequests: {
        more: inputRequired.elicit({ message: "More?", requestedSchema: { type: "object", properties: {} } }),
      },
    }),
  );
  mcp.registerTool(
    "change",
    { inputSchema: given<{ uri: string }>({ uri: { type: "string" } }) },
    ({ uri }) => {
      if (uri === "") announce.tools();
      else announce.resource(uri);
      return text("announced");
    },
  );
  mcp.registerTool("die", {}, () => process.exit(3));
  for (const uri of ["test://a", "test://b"])
    mcp.registerResource(uri, uri, {}, () => ({ contents: [{ uri, text: uri }] }));
  return mcp;
}

if (process.argv[2] === "http") {
  const announce: Announce = {
    tools: () => modern.notify.toolsChanged(),
    resource: (uri) => modern.notify.resourceUpdated(uri),
  };
  const modern = createMcpHandler(() => server(announce), { legacy: "reject" });
  const answer = toNodeHandler(modern);
  const http = createServer((req, res) => void answer(req as Parameters<typeof answer>[0], res));
  http.listen(Number(process.argv[3] ?? 0), "127.0.0.1", () => {
    const address = http.address();
    if (address !== null && typeof address === "object")
      console.log(`ready http://127.0.0.1:${address.port}/mcp`);
  });
} else {
  const announce: Announce = {
    tools: () => own.sendToolListChanged(),
    resource: (uri) => void own.server.sendResourceUpdated({ uri }),
  };
  const own = server(announce);
  serveStdio(() => own, { legacy: "reject" });
}
