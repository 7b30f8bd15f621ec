// An MCP server over Streamable HTTP that misbehaves where its caller asks it to: the name of the tool says how.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";

/** A request that it got. */
export interface Seen {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface UnrulyHttp {
  readonly url: string;
  readonly seen: readonly Seen[];
  /** How many responses their reader closed before they were complete. */
  readonly broken_off: () => number;
  /** From now on no session is known. */
  readonly expire: () => void;
  /** Whether each session is forgotten as soon as it has begun. */
  readonly forget: (at_once: boolean) => void;
  /** Stops answering at all, and starts again on the same port. */
  readonly down: () => Promise<void>;
  readonly up: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Asked {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: { readonly name?: string; readonly _meta?: { readonly progressToken?: string | number } };
}

const JSON_TYPE = { "content-type": "application/json" };
const SSE_TYPE = { "content-type": "text/event-stream" };
const rpc = (message: object): string => JSON.stringify({ jsonrpc: "2.0", ...message });
const event = (message: object, id?: string): string =>
  `${id === undefined ? "" : `id: ${id}\n`}data: ${rpc(message)}\n\n`;
const said = (words: string): object => ({ content: [{ type: "text", text: words }] });

function misbehave(asked: Asked, res: ServerResponse): void {
  const { id } = asked;
  const how = asked.params?.name ?? "";
  const progress = { method: "notifications/progress", params: { progressToken: 1, progress: 1 } };
  const status = /^status-(\d+)(-json|-null)?$/.exec(how);
  if (status !== null) {
    const error = { code: -32000, message: "no" };
    const body = status[2] === undefined ? "no" : rpc({ id: status[2] === "-json" ? id : null, error });
    res.writeHead(Number(status[1]), {
      "content-type": status[2] === undefined ? "text/plain" : "application/json",
      "www-authenticate": 'Bearer resource_metadata="http://inner.example/secret"',
      location: "http://127.0.0.1:1/elsewhere",
    });
    return void res.end(body);
  }
  switch (how) {
    case "sse":
      res.writeHead(200, SSE_TYPE);
      return void res.end(
        `id: p\nretry: 50\ndata: \n\n: alive\n\n${event(progress, "e1")}${event({ id, result: said("streamed") }, "e2")}`,
      );
    case "sse-open":
      res.writeHead(200, SSE_TYPE);
      return void res.write(event({ id, result: said("and still open") }));
    case "sse-slow": {
      res.writeHead(200, SSE_TYPE);
      let left = 15;
      const timer = setInterval(() => {
        left -= 1;
        res.write(event(progress));
        if (left > 0) return;
        clearInterval(timer);
        res.end(event({ id, result: said("slow") }));
      }, 100);
      return undefined;
    }
    case "sse-garbage":
      res.writeHead(200, SSE_TYPE);
      res.write("data: not json\n\nevent: other\ndata: {}\n\n");
      res.write(Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0x0a, 0x0a]));
      return void res.end(event({ id, result: said("after garbage") }));
    case "sse-garbled":
      res.writeHead(200, SSE_TYPE);
      return void res.write(`data: {"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":1,"a":2}}\n\n`);
    case "sse-twice":
      res.writeHead(200, SSE_TYPE);
      return void res.end(event({ id, result: said("first") }) + event({ id, result: said("second") }));
    case "sse-wrong-id":
      res.writeHead(200, SSE_TYPE);
      return void res.end(event({ id: "nobody", result: {} }) + event({ id, result: said("right") }));
    case "sse-cut":
      res.writeHead(200, SSE_TYPE);
      return void res.end(event(progress));
    case "sse-cut-id":
      res.writeHead(200, SSE_TYPE);
      return void res.end(`id: p\ndata: \n\n${event(progress, "e1")}`);
    case "sse-break":
      res.writeHead(200, SSE_TYPE);
      return void res.write(event(progress), () => setTimeout(() => res.destroy(), 20));
    case "sse-silent":
      res.writeHead(200, SSE_TYPE);
      return res.flushHeaders();
    case "sse-huge": {
      res.writeHead(200, SSE_TYPE);
      return void res.end(`data: "${"x".repeat(11 * 1024 * 1024)}"\n\n`);
    }
    case "sse-ask":
      res.writeHead(200, SSE_TYPE);
      questions.set("question", (answer) => res.end(event({ id, result: said(answer) })));
      return void res.write(
        event({ id: "question", method: "elicitation/create", params: { message: "?" } }),
      );
    case "burst":
      res.writeHead(200, SSE_TYPE);
      for (let n = 1; n <= 500; n += 1)
        res.write(event({ method: "notifications/progress", params: { progress: n } }));
      return void res.end(event({ id, result: said("done") }));
    case "hang":
      return undefined;
    case "break":
      return void res.destroy();
    case "html":
      res.writeHead(200, { "content-type": "text/html" });
      return void res.end("<h1>It works!</h1>");
    case "garbage":
      res.writeHead(200, JSON_TYPE);
      return void res.end("not json");
    case "utf8":
      res.writeHead(200, JSON_TYPE);
      return void res.end(Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]));
    case "huge":
      res.writeHead(200, JSON_TYPE);
      return void res.end(rpc({ id, result: { text: "x".repeat(11 * 1024 * 1024) } }));
    case "wrong-id":
      res.writeHead(200, JSON_TYPE);
      return void res.end(rpc({ id: "nobody", result: {} }));
    case "empty":
      res.writeHead(200, JSON_TYPE);
      return void res.end();
    case "accepted":
      return void res.writeHead(202).end();
    case "zipped":
      res.writeHead(200, { ...JSON_TYPE, "content-encoding": "gzip" });
      return void res.end("1f8b");
    default:
      res.writeHead(200, JSON_TYPE);
      return void res.end(rpc({ id, result: said(how) }));
  }
}

const questions = new Map<string, (answer: string) => void>();

/** `modern`: it says that it speaks 2026-07-28 too, where it is asked; that is no request worth seeing. */
export async function startUnrulyHttp({ modern = false } = {}): Promise<UnrulyHttp> {
  const seen: Seen[] = [];
  const sessions = new Set<string>();
  let broken_off = 0;
  let made = 1;
  let forgetting = false;

  const take = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await text(req);
    if (modern && body.includes('"server/discover"')) {
      const { id } = JSON.parse(body) as Asked;
      const result = { resultType: "complete", supportedVersions: ["2026-07-28"], capabilities: {} };
      return void res.writeHead(200, JSON_TYPE).end(rpc({ id, result }));
    }
    seen.push({ method: req.method ?? "", headers: req.headers, body });
    res.once("close", () => {
      if (!res.writableFinished) broken_off += 1;
    });
    const session = req.headers["mcp-session-id"];
    if (typeof session === "string" && !sessions.has(session)) {
      return void res
        .writeHead(404, JSON_TYPE)
        .end(rpc({ id: null, error: { code: -32001, message: "Session not found" } }));
    }
    if (req.method === "DELETE") return void res.writeHead(405).end();
    if (req.method === "GET") {
      if (req.url === "/no-get") return void res.writeHead(405).end();
      const last = req.headers["last-event-id"];
      res.writeHead(200, SSE_TYPE);
      res.write(event({ method: "notifications/tools/list_changed" }, "g1"));
      return void res.end(event({ id: 1, result: said(`resumed after ${String(last)}`) }, "g2"));
    }
    const asked = JSON.parse(body) as Asked & { readonly result?: unknown };
    if (asked.method === "initialize") {
      const id = `session-${made}`;
      if (!forgetting) sessions.add(id);
      made += 1;
      res.writeHead(200, { ...JSON_TYPE, "mcp-session-id": id });
      return void res.end(rpc({ id: asked.id, result: { protocolVersion: "2025-06-18", capabilities: {} } }));
    }
    if (asked.method === undefined || asked.id === undefined) {
      questions.get(String(asked.id))?.(JSON.stringify(asked.result));
      return void res.writeHead(asked.method === "notifications/refused" ? 400 : 202).end();
    }
    return misbehave(asked, res);
  };

  const server = createServer((req, res) => {
    take(req, res).catch(() => res.destroy());
  });
  const listen = (port: number): Promise<number> =>
    new Promise((resolve) => {
      server.listen(port, "127.0.0.1", () => {
        const address = server.address();
        resolve(typeof address === "object" && address !== null ? address.port : 0);
      });
    });
  const down = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    seen,
    broken_off: () => broken_off,
    expire: () => sessions.clear(),
    forget(at_once) {
      forgetting = at_once;
      sessions.clear();
    },
    down,
    up: async () => void (await listen(port)),
    close: down,
  };
}
