// An MCP server over Streamable HTTP, both eras, with resources, skills and an app; what it does not have, it says in words of its own.
import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Params = Readonly<Record<string, unknown>>;

export interface Shelf {
  readonly url: string;
  /** Method and URI, or method alone, of every request. */
  readonly asked: string[];
  readonly close: () => Promise<void>;
}

export const SKILL = "skill://review/SKILL.md";
export const APP = "ui://clock/face.html";
const NAMES = ["file:///open/a", "file:///closed/b", "file:///empty", APP, SKILL, "skill://secret/SKILL.md"];
const skill = (uri: string): Params => ({ uri, frontmatter: { name: uri.split("/")[2] }, files: [] });
/** As no JSON library would write it. */
const TOOLS = `[{"name":"clock", "inputSchema":{"type":"object"},"_meta":{"ui":{"resourceUri":"${APP}","visibility":["app"]},"ui/resourceUri":"${APP}"}}]`;

export async function startShelf(): Promise<Shelf> {
  const asked: string[] = [];

  function answer(method: string, params: Params, modern: boolean): Params | string | undefined {
    const base = modern ? { resultType: "complete", ttlMs: 1000, cacheScope: "public" } : {};
    const uri = String(params["uri"]);
    const capabilities = { tools: {}, resources: { subscribe: true }, completions: {} };
    switch (method) {
      case "initialize":
        return { protocolVersion: "2025-11-25", capabilities, serverInfo: { name: "shelf", version: "1" } };
      case "server/discover": {
        const extensions = { "io.modelcontextprotocol/skills": { directoryRead: true } };
        return { ...base, supportedVersions: ["2026-07-28"], capabilities: { ...capabilities, extensions } };
      }
      case "ping":
      case "resources/subscribe":
        return NAMES.includes(uri) || method === "ping" ? base : undefined;
      case "tools/list":
        return `{"tools":${TOOLS}${modern ? ',"resultType":"complete","ttlMs":1000,"cacheScope":"public"' : ""}}`;
      case "resources/list":
        return { ...base, resources: NAMES.slice(0, 4).map((each) => ({ uri: each, name: each })) };
      case "resources/templates/list":
        return { ...base, resourceTemplates: [] };
      case "skills/list":
        return { ...base, skills: NAMES.slice(4).map(skill) };
      case "skills/get":
        return NAMES.includes(uri) ? { ...base, skill: skill(uri) } : undefined;
      case "resources/directory/read":
        return {
          ...base,
          resources: ["a", "closed"].map((name) => ({ uri: `${uri.replace(/\/$/, "")}/${name}`, name })),
        };
      case "resources/read":
        if (uri === "file:///nothing") return { ...base, contents: [] };
        return NAMES.includes(uri) ? { ...base, contents: [{ uri, text: `read ${uri}` }] } : undefined;
      default:
        return undefined;
    }
  }

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.method !== "POST") return response.writeHead(405).end();
      const {
        id,
        method,
        params = {},
      } = JSON.parse(body) as {
        id?: unknown;
        method: string;
        params?: Params;
      };
      if (id === undefined) return response.writeHead(202).end();
      const { uri } = params;
      asked.push(typeof uri === "string" ? `${method} ${uri}` : method);
      const modern = request.headers["mcp-protocol-version"] === "2026-07-28";
      const result = answer(method, params, modern);
      const error = {
        code: -32603,
        message: `ENOENT: nothing at ${String(params["uri"])}`,
        data: { pid: 7 },
      };
      response.writeHead(result === undefined && modern ? 404 : 200, {
        "content-type": "application/json",
        ...(method === "initialize" && { "mcp-session-id": randomUUID() }),
      });
      const said =
        result === undefined
          ? `"error":${JSON.stringify(error)}`
          : `"result":${typeof result === "string" ? result : JSON.stringify(result)}`;
      return response.end(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},${said}}`);
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    asked,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
