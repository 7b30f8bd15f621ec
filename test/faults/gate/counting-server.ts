// An MCP server (stdio, both eras) with one side effect: each call of `count` appends its argument `id` to a file.
import { openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

interface Incoming {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly arguments?: { readonly id?: string } };
}

const file = openSync(process.argv[2] ?? "", "a");
const TOOLS = [{ name: "count", inputSchema: { type: "object", properties: { id: { type: "string" } } } }];

function resultOf({ method, params }: Incoming): object | undefined {
  switch (method ?? "") {
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "counting", version: "1" },
      };
    case "tools/list":
      return { resultType: "complete", tools: TOOLS, ttlMs: 0, cacheScope: "private" };
    case "tools/call":
      writeSync(file, `${params?.arguments?.id}\n`);
      return {
        resultType: "complete",
        content: [{ type: "text", text: `counted ${params?.arguments?.id}` }],
      };
    default:
      return undefined;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const message = JSON.parse(line) as Incoming;
  if (message.id === undefined) return;
  const result = resultOf(message);
  const body = result === undefined ? { error: { code: -32601, message: "Method not found" } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: message.id, ...body })}\n`);
});
