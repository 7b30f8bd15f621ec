// An MCP server over WebSocket that misbehaves where its caller asks it to: the path or the name of a tool says how.
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { type WebSocket, WebSocketServer } from "ws";
import { duplex, type Incoming } from "./unruly-duplex.ts";

export interface UnrulySocket {
  /** `ws://127.0.0.1:PORT` */
  readonly origin: string;
  readonly handshakes: readonly IncomingHttpHeaders[];
  /** With which codes sockets closed. */
  readonly closed: readonly number[];
  readonly open: () => number;
  /** How many pings came. */
  readonly pings: () => number;
  /** How many floods have been taken. */
  readonly floods: () => number;
  readonly close: () => Promise<void>;
}

/** Paths: `/modern` (that era only), `/plain` (no subprotocol), `/secret` (401), `/deaf` (answers no ping). */
export async function startUnrulySocket(): Promise<UnrulySocket> {
  const handshakes: IncomingHttpHeaders[] = [];
  const closed: number[] = [];
  let pings = 0;
  let floods = 0;
  const serverOf = (plain: boolean, autoPong: boolean): WebSocketServer =>
    new WebSocketServer({
      noServer: true,
      autoPong,
      ...(plain && { handleProtocols: () => false as const }),
    });
  const servers = { plain: serverOf(true, true), deaf: serverOf(false, false), usual: serverOf(false, true) };
  const all = Object.values(servers);

  const greet = (socket: WebSocket, path: string): void => {
    socket.on("close", (code) => closed.push(code));
    socket.on("error", () => undefined);
    socket.on("ping", () => (pings += 1));
    const own = (how: string, asked: Incoming): boolean => {
      const code = /^close-(\d+)$/.exec(how)?.[1];
      if (code !== undefined) socket.close(Number(code), "as asked\n");
      else if (how === "ping") {
        socket.once("pong", (data) =>
          socket.send(
            JSON.stringify({
              jsonrpc: "2.0",
              id: asked.id,
              result: { content: [{ type: "text", text: data.toString() }] },
            }),
          ),
        );
        socket.ping("are you there?");
      } else if (how === "terminate") socket.terminate();
      else if (how === "binary") socket.send(Buffer.from("{}"), { binary: true });
      else if (how === "utf8") socket.send(Buffer.from([0x7b, 0xff, 0x7d]), { binary: false });
      else return false;
      return true;
    };
    const take = duplex(
      {
        raw: (said, done) => socket.send(said, { binary: false }, () => done?.()),
        flooded: () => (floods += 1),
        cut: () => socket.close(1001),
        own,
      },
      path === "/modern",
    );
    socket.on("message", (data) => take(JSON.parse((data as Buffer).toString("utf8")) as Incoming));
  };
  const http = createServer((_, res) => void res.writeHead(404).end());
  http.on("upgrade", (req, raw, head) => {
    handshakes.push(req.headers);
    const path = req.url ?? "/";
    if (path === "/secret") return void raw.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
    const server = path === "/plain" ? servers.plain : path === "/deaf" ? servers.deaf : servers.usual;
    return server.handleUpgrade(req, raw, head, (socket) => greet(socket, path));
  });
  await new Promise<void>((resolve) => void http.listen(0, "127.0.0.1", resolve));
  return {
    origin: `ws://127.0.0.1:${(http.address() as AddressInfo).port}`,
    handshakes,
    closed,
    pings: () => pings,
    floods: () => floods,
    open: () => all.reduce((sum, { clients }) => sum + clients.size, 0),
    close: () =>
      new Promise((resolve) => {
        for (const { clients } of all) for (const socket of clients) socket.terminate();
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}
