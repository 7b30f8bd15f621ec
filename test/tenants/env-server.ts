// An MCP server on stdio (2025-11-25) that says what it was given: its own environment and process, whoever asks.
import { createInterface } from "node:readline";

interface Asked {
  readonly id?: number | string;
  readonly method: string;
}

const NAMES = ["SECRET", "PLAIN"];
const schema = { type: "object" };

function resultOf({ method }: Asked): object {
  if (method === "initialize")
    return {
      protocolVersion: "2025-11-25",
      capabilities: { tools: {}, resources: {} },
      serverInfo: { name: process.env["SERVER_NAME"] ?? "env", version: "1" },
    };
  if (method === "tools/list")
    return {
      tools: [
        { name: "environment", inputSchema: schema },
        { name: "ping", inputSchema: schema },
      ],
    };
  if (method === "resources/list") return { resources: [{ uri: "note://one", name: "one" }] };
  if (method === "resources/read") return { contents: [{ uri: "note://one", text: "a note" }] };
  const given = Object.fromEntries(NAMES.map((name) => [name, process.env[name] ?? null]));
  return { content: [{ type: "text", text: JSON.stringify({ ...given, pid: process.pid }) }] };
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line) as Asked;
  if (message.id !== undefined)
    process.stdout.write(
      `${JSON.stringify({ jsonrpc: "2.0", id: message.id, result: resultOf(message) })}\n`,
    );
}
