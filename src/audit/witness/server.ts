import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Witness } from "./witness.ts";

/** A checkpoint and a proof are far smaller. */
const MAX_BODY = 64 * 1024;
const REQUEST_MS = 10_000;

export interface Listening {
  readonly url: string;
  readonly close: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(text) }).end(text);
}

/** Listens for `POST /add-checkpoint`. Rejects with the system's error where it cannot. */
export async function listen(witness: Witness, host: string, port: number): Promise<Listening> {
  const plain = "text/plain; charset=utf-8";
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (request.url !== "/add-checkpoint") return send(response, 404, plain, "there is /add-checkpoint\n");
    if (request.method !== "POST") return send(response, 405, plain, "POST it\n");
    const body = await bodyOf(request);
    if (body === undefined) return send(response, 413, plain, "a checkpoint is smaller\n");
    const { status, type, text } = await witness.add(body);
    send(response, status, type, text);
  };
  const server = createServer(
    { requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, response).catch(() => {
        if (!response.headersSent)
          send(response, 500, plain, "it could not be remembered, so it is not signed\n");
        else response.destroy();
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(port, host, resolve);
  });
  const { port: taken } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
