import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { cutUnread } from "./unread.ts";

let server: Server;
let client: Socket;
afterEach(() => {
  client.destroy();
  server.closeAllConnections();
  server.close();
});

/** A client that has asked and reads nothing until it is told to. */
async function asked(): Promise<ServerResponse> {
  server = createServer();
  cutUnread(server, 40);
  await new Promise<void>((done) => void server.listen(0, "127.0.0.1", done));
  client = connect((server.address() as AddressInfo).port, "127.0.0.1");
  client.on("error", () => undefined);
  client.pause();
  client.write("POST / HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\n{}");
  const [, response] = (await once(server, "request")) as [unknown, ServerResponse];
  return response;
}

const MUCH = Buffer.alloc(64 * 1024 * 1024, "x");

test("a client that takes nothing of its answer is cut off", async () => {
  const response = await asked();
  response.end(MUCH);
  await once(response, "close");
  expect(response.writableFinished).toBe(false);
});

test("so is one that takes nothing of a stream", async () => {
  const response = await asked();
  response.write(MUCH);
  await once(response, "close");
  expect(response.writableEnded).toBe(false);
});

test("a stream on which nothing is said stays, and so does a client that reads at last", async () => {
  const response = await asked();
  response.flushHeaders();
  await once(response, "timeout");
  client.resume();
  response.end("after a while");
  let heard = "";
  for await (const piece of client) {
    heard += String(piece);
    if (heard.includes("after a while")) break;
  }
  expect(response.writableFinished).toBe(true);
});
