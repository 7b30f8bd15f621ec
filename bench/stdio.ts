// A very fast MCP server on standard input and output, legacy era. Run with its types stripped, as a server ships.
import { createInterface } from "node:readline";

interface Asked {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: { readonly arguments?: { readonly text?: string } };
}

const SCHEMA = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };

function answer({ method, params }: Asked): object | undefined {
  switch (method) {
    case "tools/call":
      return { content: [{ type: "text", text: params?.arguments?.text ?? "" }] };
    case "tools/list":
      return { tools: [{ name: "echo", inputSchema: SCHEMA }] };
    case "initialize":
      return {
        protocolVersion: "2025-11-25",
        capabilities: { tools: {} },
        serverInfo: { name: "echo", version: "1" },
      };
    default:
      return undefined;
  }
}

createInterface({ input: process.stdin }).on("line", (line) => {
  const asked = JSON.parse(line) as Asked;
  if (asked.id === undefined) return;
  const result = answer(asked);
  const end = result === undefined ? { error: { code: -32601, message: "unknown method" } } : { result };
  process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id: asked.id, ...end })}\n`);
});
