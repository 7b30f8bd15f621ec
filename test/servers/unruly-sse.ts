// An MCP server over HTTP+SSE that misbehaves where its caller asks it to: the path of its stream or the name of a tool says how.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { duplex, type Incoming } from "./unruly-duplex.ts";

export interface UnrulySse {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  readonly seen: readonly {
    readonly method: string;
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
  }[];
  /** How many streams are open. */
  readonly streams: () => number;
  /** How many floods have been taken. */
  readonly floods: () => number;
  readonly close: () => Promise<void>;
}

const SSE_TYPE = { "content-type": "text/event-stream" };

export async function startUnrulySse(): Promise<UnrulySse> {
  const seen: UnrulySse["seen"][number][] = [];
  const clients = new Map<
    string,
    { readonly take: (asked: Incoming) => void; status: number; held?: ServerResponse }
  >();
  let made = 0;
  let streams = 0;
  let floods = 0;

  const open = (path: string, res: ServerResponse): void => {
    if (path === "/none") return void res.writeHead(405).end("no");
    if (path === "/secret") return void res.writeHead(401, { "www-authenticate": "Bearer" }).end("no");
    if (path === "/html") return void res.writeHead(200, { "content-type": "text/html" }).end("<p>");
    streams += 1;
    res.once("close", () => (streams -= 1));
    res.writeHead(200, SSE_TYPE);
    if (path === "/silent") return void res.write(": open\n\n");
    if (path === "/early") return void res.write('data: {"jsonrpc":"2.0","method":"notifications/x"}\n\n');
    if (path === "/ended") return void res.end();
    const id = String((made += 1));
    const endpoint = path === "/elsewhere" ? "http://127.0.0.1:1/messages" : `/messages?sessionId=${id}`;
    res.write(`: welcome\n\nevent: endpoint\ndata: ${endpoint}\n\n`);
    const client = {
      status: 202,
      take: duplex(
        {
          raw: (said, done) => void res.write(`event: message\ndata: ${String(said)}\n\n`, done),
          flooded: () => (floods += 1),
          cut: () => void res.end(),
          own(how) {
            const status = /^status-(\d+)$/.exec(how)?.[1];
            if (status !== undefined) client.status = Number(status);
            else if (how === "break") setTimeout(() => res.destroy(), 20);
            else if (how === "comments") res.write(": ping\n\nevent: other\ndata: x\n\nid: 4\nretry: 10\n\n");
            else return false;
            return true;
          },
        },
        false,
      ),
    };
    clients.set(id, client);
  };
  const take = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(req.url ?? "/", "http://localhost");
    seen.push({ method: req.method ?? "", path: pathname, headers: req.headers });
    if (req.method === "GET") return open(pathname, res);
    const client = pathname === "/messages" ? clients.get(searchParams.get("sessionId") ?? "") : undefined;
    const body = await text(req);
    if (client === undefined) return void res.writeHead(pathname === "/messages" ? 404 : 405).end("no");
    client.status = 202;
    client.take(JSON.parse(body) as Incoming);
    return void res.writeHead(client.status).end("Accepted");
  };
  const server = createServer((req, res) => {
    take(req, res).catch(() => res.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    streams: () => streams,
    floods: () => floods,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
