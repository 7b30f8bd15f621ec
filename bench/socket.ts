import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { INITIALIZE, head } from "./call.ts";

interface Response {
  readonly status: number;
  readonly head: string;
  readonly body: string;
}

/** One keep-alive connection on a bare socket, one request at a time: the generator must cost less than what it measures. */
export interface Line {
  ask(bytes: string): Promise<Response>;
  close(): void;
}

const END_OF_HEAD = Buffer.from("\r\n\r\n");
const LAST_CHUNK = Buffer.from("\r\n0\r\n\r\n");

/** The response in `bytes` where all of it is there. */
function complete(bytes: Buffer): Response | undefined {
  const end = bytes.indexOf(END_OF_HEAD);
  if (end < 0) return undefined;
  const fields = bytes.toString("latin1", 0, end);
  const status = Number(fields.slice(9, 12));
  const length = /\r\ncontent-length: (\d+)/i.exec(fields)?.[1];
  const chunked = length === undefined && /\r\ntransfer-encoding: chunked/i.test(fields);
  const from = end + END_OF_HEAD.length;
  // Nothing follows an answer before the next request, so the last chunk is where the bytes end.
  if (
    chunked &&
    !(bytes.subarray(-LAST_CHUNK.length).equals(LAST_CHUNK) || bytes.toString("utf8", from) === "0\r\n\r\n")
  )
    return undefined;
  if (length !== undefined && bytes.length < from + Number(length)) return undefined;
  return { status, head: fields, body: bytes.toString("utf8", from) };
}

export async function open(url: string): Promise<Line> {
  const { hostname, port } = new URL(url);
  const socket: Socket = connect(Number(port), hostname);
  socket.setNoDelay(true);
  await once(socket, "connect");
  let waiting: PromiseWithResolvers<Response> | undefined;
  let held: Buffer | undefined;
  const fail = (why: string) => waiting?.reject(new Error(`${url}: ${why}`));
  socket.on("data", (chunk: Buffer) => {
    held = held === undefined ? chunk : Buffer.concat([held, chunk]);
    const response = complete(held);
    if (response === undefined || waiting === undefined) return;
    held = undefined;
    const { resolve } = waiting;
    waiting = undefined;
    resolve(response);
  });
  socket.on("error", (error) => fail(error.message));
  socket.on("close", () => fail("closed before the answer"));
  return {
    ask: (bytes) => {
      waiting = Promise.withResolvers<Response>();
      socket.write(bytes);
      return waiting.promise;
    },
    close: () => socket.destroy(),
  };
}

function post(url: string, message: object, session: string | undefined): string {
  const body = JSON.stringify(message);
  const fields = {
    "content-length": String(Buffer.byteLength(body)),
    ...(session === undefined ? {} : { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }),
  };
  return head(url, "POST", fields) + body;
}

/** The legacy handshake; gives the session's id. */
export async function handshake(line: Line, url: string): Promise<string> {
  const answer = await line.ask(post(url, INITIALIZE, undefined));
  const session = /\r\nmcp-session-id: ([^\r]+)/i.exec(answer.head)?.[1];
  if (session === undefined)
    throw new Error(`${url}: no session: ${answer.status} ${answer.body.slice(0, 300)}`);
  await line.ask(post(url, { jsonrpc: "2.0", method: "notifications/initialized" }, session));
  return session;
}

/** Opens the session's own stream and leaves it open. */
export async function listen(url: string, session: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => socket.destroy());
  await once(socket, "connect");
  socket.write(head(url, "GET", { "mcp-session-id": session, "mcp-protocol-version": "2025-11-25" }));
  await Promise.race([once(socket, "data"), once(socket, "close")]);
  return socket;
}
