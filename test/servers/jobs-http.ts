// An MCP server over Streamable HTTP, both eras, whose tasks are anybody's who knows or guesses an id.
import { randomUUID } from "node:crypto";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";

type Params = Readonly<Record<string, unknown>>;
interface Asked {
  readonly id?: string | number;
  readonly method: string;
  readonly params?: Params;
}

export interface Jobs {
  readonly url: string;
  /** Ids of all tasks it has. */
  readonly ids: () => readonly string[];
  /** Ids that somebody asked about, with the method. */
  readonly asked: string[];
  /** The methods of all that came. */
  readonly came: string[];
  /** Tells every stream about every task. */
  readonly shout: () => void;
  /** From now on the results of tasks are not there yet; `release` says that they are. */
  readonly hold: () => void;
  readonly release: () => void;
  /** Ends every stream. */
  readonly hangUp: () => void;
  readonly listeners: () => number;
  /** Begins a task that no gate knows of. */
  readonly begin: () => string;
  readonly close: () => Promise<void>;
}

const META = "io.modelcontextprotocol/subscriptionId";

export async function startJobs(name: string, fixed_id?: string): Promise<Jobs> {
  const tasks = new Map<string, string>();
  const asked: string[] = [];
  const came: string[] = [];
  let done = Promise.withResolvers<void>();
  done.resolve();
  const streams = new Map<ServerResponse, { readonly era: "legacy" | "modern"; readonly id: unknown }>();

  const begin = (): string => {
    const id = fixed_id ?? randomUUID();
    tasks.set(id, `${name} did ${id}`);
    return id;
  };
  const stateOf = (taskId: string, ttl: Params): Params => ({
    taskId,
    status: "completed",
    createdAt: "2026-11-20T10:00:00Z",
    lastUpdatedAt: "2026-11-20T10:00:01Z",
    ...ttl,
  });
  const resultOf = (id: string): Params => ({ content: [{ type: "text", text: tasks.get(id) }] });

  function answer({ method, params = {} }: Asked, modern: boolean): Params | undefined {
    const ttl = (params["arguments"] as Params | undefined)?.["ttl"] ?? null;
    const life = modern ? { ttlMs: ttl } : { ttl };
    const complete = modern ? { resultType: "complete" } : {};
    const listed = { ...complete, ...(modern && { ttlMs: 1000, cacheScope: "public" }) };
    if (method.startsWith("tasks/") && method !== "tasks/list") {
      const id = String(params["taskId"]);
      asked.push(`${method} ${id}`);
      if (!tasks.has(id)) return undefined;
      if (method === "tasks/result") return resultOf(id);
      return {
        ...complete,
        ...stateOf(id, life),
        ...(modern && method === "tasks/get" && { result: resultOf(id) }),
      };
    }
    switch (method) {
      case "initialize":
        return {
          protocolVersion: "2025-11-25",
          capabilities: { tools: {}, tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } } },
          serverInfo: { name, version: "1" },
        };
      case "server/discover":
        return {
          ...listed,
          supportedVersions: ["2026-07-28"],
          capabilities: { tools: {}, extensions: { "io.modelcontextprotocol/tasks": {} } },
        };
      case "tools/list":
        return {
          ...listed,
          tools: ["job", "silent"].map((tool) => ({
            name: `${name}_${tool}`,
            inputSchema: { type: "object" },
          })),
        };
      case "tools/call": {
        const state = stateOf(begin(), life);
        return modern ? { resultType: "task", ...state } : { task: state };
      }
      case "tasks/list":
        return { tasks: [...tasks.keys()].map((id) => stateOf(id, life)) };
      default:
        return {};
    }
  }

  function stream(response: ServerResponse, era: "legacy" | "modern", id: unknown): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    streams.set(response, { era, id });
    response.on("close", () => streams.delete(response));
  }
  const event = (message: object): string => `data: ${JSON.stringify({ jsonrpc: "2.0", ...message })}\n\n`;

  const server = createServer((request, response) => {
    void text(request).then((body) => {
      if (request.method === "DELETE") return response.writeHead(200).end();
      if (request.method === "GET") return stream(response, "legacy", undefined);
      const message = JSON.parse(body) as Asked;
      came.push(message.method);
      if (message.id === undefined) return response.writeHead(202).end();
      const modern = request.headers["mcp-protocol-version"] === "2026-07-28";
      if (message.method === "subscriptions/listen") {
        stream(response, "modern", message.id);
        const params = {
          notifications: message.params?.["notifications"],
          _meta: { [META]: message.id },
        };
        return response.write(event({ method: "notifications/subscriptions/acknowledged", params }));
      }
      if (message.params?.["name"] === `${name}_silent`) return undefined;
      const result = answer(message, modern);
      const id = String(message.params?.["taskId"]);
      const error = { code: -32602, message: `Failed: there is no task ${id}`, data: { id } };
      response.writeHead(200, {
        "content-type": "application/json",
        ...(message.method === "initialize" && { "mcp-session-id": randomUUID() }),
      });
      const said = JSON.stringify({
        jsonrpc: "2.0",
        id: message.id,
        ...(result === undefined ? { error } : { result }),
      });
      if (message.method !== "tasks/result") return response.end(said);
      response.flushHeaders();
      return void done.promise.then(() => response.end(said));
    });
  });
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`,
    ids: () => [...tasks.keys()],
    asked,
    came,
    shout() {
      for (const [response, { era, id }] of streams) {
        for (const taskId of tasks.keys()) {
          const params = stateOf(
            taskId,
            era === "modern" ? { ttlMs: null, _meta: { [META]: id } } : { ttl: null },
          );
          const carried = era === "modern" ? { ...params, result: resultOf(taskId) } : params;
          const method = era === "modern" ? "notifications/tasks" : "notifications/tasks/status";
          response.write(event({ method, params: carried }));
        }
        const over = era === "modern" ? { _meta: { [META]: id } } : {};
        response.write(event({ method: "notifications/tools/list_changed", params: over }));
      }
    },
    hold: () => void (done = Promise.withResolvers<void>()),
    release: () => done.resolve(),
    hangUp() {
      for (const response of streams.keys()) response.end();
    },
    listeners: () => streams.size,
    begin,
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
