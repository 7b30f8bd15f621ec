// A server of your own with the gate inside; it speaks MCP on standard input and output. On Node.js 24:
// `node examples/embed/server.ts`, in a checkout after `make build` also `node_modules/.bin/node examples/embed/server.ts`.
// In your project: npm install portcullis @modelcontextprotocol/server zod
import { fileURLToPath } from "node:url";
import { McpServer } from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { withGovernance } from "portcullis";
import { z } from "zod";

function notes(): McpServer {
  const server = new McpServer({ name: "notes", version: "1.0.0" });
  const written = new Map<string, string>();
  const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });
  server.registerTool(
    "write_note",
    { description: "Keeps a note", inputSchema: z.object({ title: z.string(), text: z.string() }) },
    ({ title, text: content }) => {
      written.set(title, content);
      return text(`kept ${title}`);
    },
  );
  server.registerTool(
    "read_note",
    { description: "Gives a note", inputSchema: z.object({ title: z.string() }) },
    ({ title }) => text(written.get(title) ?? "there is no such note"),
  );
  server.registerTool("delete_notes", { description: "Forgets all notes" }, () => {
    written.clear();
    return text("forgotten");
  });
  // Every request is judged by policy.yaml and written down before the server hears of it: `portcullis logs` shows it.
  return withGovernance(server, fileURLToPath(new URL("policy.yaml", import.meta.url)), { name: "notes" });
}

serveStdio(notes);
