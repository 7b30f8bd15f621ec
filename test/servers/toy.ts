// A stdio server of SDK v1 whose only tool has the name it is given and says it back.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const [, , tool = "toy"] = process.argv;
const server = new McpServer({ name: tool, version: "1" });
server.registerTool(tool, { description: tool }, () => ({ content: [{ type: "text", text: tool }] }));
await server.connect(new StdioServerTransport());
