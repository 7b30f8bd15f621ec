import { createServer as createHttp, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import { createServer as createSocket, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { linesInto, Queue } from "./queue.ts";

/** One message that the server got, byte for byte, and the way to answer it. */
export interface Got {
  readonly bytes: Buffer;
  /** Undefined on a pipe. */
  readonly headers: IncomingHttpHeaders | undefined;
  /** Says something on the way to the answer. */
  readonly aside: (text: string) => void;
  readonly answer: (text: string) => void;
}

/** A server made by hand: it records what it gets and says what it is told to, to the byte. */
export interface RawUpstream {
  /** As `portcullis.yaml` names it. */
  readonly entry: Readonly<Record<string, unknown>>;
  readonly got: Queue<Got>;
  /** Says something that belongs to no request. */
  readonly say: (text: string) => void;
  /** Resolves when somebody listens to `say`. */
  readonly heard: () => Promise<void>;
  readonly close: () => Promise<void>;
}

interface Asked {
  readonly id?: unknown;
  readonly method?: string;
  readonly params?: { readonly protocolVersion?: string };
}

/** What a server says that has these tools and prompts (items of a list, as text) and nothing else. */
export function manners(items: () => string = () => "") {
  return ({ id, method, params }: Asked): string | undefined => {
    const result = (of: string): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":${of}}`;
    if (method === "initialize")
      return result(
        `{"protocolVersion":"${params?.protocolVersion}","capabilities":{"tools":{},"prompts":{},"logging":{}},"serverInfo":{"name":"raw","version":"1"}}`,
      );
    if (method === "notifications/initialized") return "";
    // What the gate itself asks; tests ask under other ids.
    if (!String(id).startsWith("portcullis")) return undefined;
    if (method === "server/discover")
      return result(
        '{"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":{"tools":{}}}',
      );
    if (method === "tools/list") return result(`{"tools":[${items()}]}`);
    return result(method === "prompts/list" ? `{"prompts":[${items()}]}` : "{}");
  };
}

type Manners = ReturnType<typeof manners>;

/** Over HTTP. Answers are plain JSON unless something is said before them. */
export async function rawHttp(mannered: Manners = manners()): Promise<RawUpstream> {
  const got = new Queue<Got>("the HTTP server");
  let listener: ServerResponse | undefined;
  let listening = Promise.withResolvers<void>();
  const server = createHttp((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "GET") {
        stream(response);
        listener = response;
        listening.resolve();
        response.on("close", () => {
          listening = Promise.withResolvers<void>();
        });
      } else if (request.method === "POST") post(Buffer.concat(chunks), request.headers, response);
      else response.writeHead(200).end();
    });
  });

  function post(bytes: Buffer, headers: IncomingHttpHeaders, response: ServerResponse): void {
    const asked = JSON.parse(bytes.toString()) as Asked;
    const known = mannered(asked);
    if (known !== undefined) return reply(response, known);
    if (asked.id === undefined || asked.method === undefined) {
      got.put({ bytes, headers, aside: () => undefined, answer: () => undefined });
      return void response.writeHead(202).end();
    }
    return got.put({
      bytes,
      headers,
      aside(text) {
        if (!response.headersSent) stream(response);
        response.write(event(text));
      },
      answer(text) {
        if (response.headersSent) response.end(event(text));
        else reply(response, text);
      },
    });
  }

  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    entry: { url: `http://127.0.0.1:${port}/mcp` },
    got,
    say: (text) => void listener?.write(event(text)),
    heard: () => listening.promise,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function reply(response: ServerResponse, text: string): void {
  if (text === "") return void response.writeHead(202).end();
  response.writeHead(200, { "content-type": "application/json", "mcp-session-id": "raw" }).end(text);
}

function stream(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
}

function event(text: string): string {
  return `${text
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("")}\n`;
}

/** A program on a pipe. Its process is a mere relay to a socket of this one. */
export async function rawStdio(path: string, mannered: Manners = manners()): Promise<RawUpstream> {
  const got = new Queue<Got>("the stdio server");
  let peer: Socket | undefined;
  const server = createSocket((socket) => {
    peer = socket;
    const say = (text: string): void => void socket.write(`${text}\n`);
    socket.on("error", () => undefined);
    socket.on(
      "data",
      linesInto((bytes) => {
        const known = mannered(JSON.parse(bytes.toString()) as Asked);
        if (known === undefined) got.put({ bytes, headers: undefined, aside: say, answer: say });
        else if (known !== "") say(known);
      }),
    );
  });
  server.listen(path);
  await once(server, "listening");
  return {
    entry: { command: process.execPath, args: [`${import.meta.dirname}/pipe-server.ts`, path] },
    got,
    say: (text) => void peer?.write(`${text}\n`),
    heard: () => Promise.resolve(),
    async close() {
      peer?.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
