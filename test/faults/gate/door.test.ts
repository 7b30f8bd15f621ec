// What the HTTP door refuses, and that everybody else is served meanwhile.
import { connect as dial, type Socket } from "node:net";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../servers/unruly-http.ts";
import { ERAS, INITIALIZE, modern, read, session, words } from "./client.ts";
import { allowAll, unruly } from "./setting.ts";

const SESSIONS = 40;
const BODY_BYTES = 64 * 1024;
let http: UnrulyHttp;
let gate: RunningGate;
const sockets: Socket[] = [];
beforeAll(async () => {
  http = await startUnrulyHttp({ modern: true });
  const limits = { sessions: SESSIONS, streams_per_session: 2, body_bytes: BODY_BYTES, depth: 16 };
  gate = await startGate(
    allowAll(
      { one: { url: http.url }, two: { url: http.url }, quiet: unruly() },
      { limits, allowed_origins: ["https://app.example"], allowed_hosts: ["gate.example"] },
    ),
  );
});
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  expect(await gate.stop()).toBe(0);
  await http.close();
  removeFolder(gate.folder);
});

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** A request that fetch would not send. */
async function raw(
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = JSON.stringify(INITIALIZE),
  method = "POST",
): Promise<{
  readonly status: number;
  readonly body: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}> {
  const asking = request(`${gate.url}/one`, { method, headers: { ...HEADERS, ...headers } });
  asking.on("error", () => undefined);
  asking.end(method === "POST" ? body : undefined);
  const [response] = (await once(asking, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, body: await text(response), headers: response.headers };
}

async function connection(): Promise<Socket> {
  const socket = dial(Number(new URL(gate.url).port), "127.0.0.1");
  sockets.push(socket);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

describe("who may come", () => {
  test.each([
    ["evil.example", 403],
    ["127.0.0.1.evil.example", 403],
    ["localhost.evil.example:8090", 403],
    ["gate.example", 200],
    ["localhost:1", 200],
    ["[::1]:8090", 200],
  ])("Host %s: %i", async (host, status) => {
    const from = http.seen.length;
    expect((await raw({ host })).status).toBe(status);
    expect(http.seen.length - from).toBe(status === 200 ? 1 : 0);
  });

  test.each([
    ["https://evil.example", 403],
    ["http://localhost.evil.example", 403],
    ["null", 403],
    ["file://", 403],
    ["https://app.example.evil", 403],
    ["https://app.example", 200],
    ["http://localhost:3000", 200],
  ])("Origin %s: %i", async (origin, status) => {
    const from = http.seen.length;
    expect((await raw({ origin })).status).toBe(status);
    expect(http.seen.length - from).toBe(status === 200 ? 1 : 0);
  });
});

describe("what is too much", () => {
  const huge = JSON.stringify({ ...INITIALIZE, params: { pad: "x".repeat(BODY_BYTES) } });

  test("a body that says it is too large is refused with 413, before it is read", async () => {
    const said = await raw({ "content-length": String(100 * 1024 * 1024) }, "{");
    expect(said.status).toBe(413);
    expect(said.headers["connection"]).toBe("close");
    expect(JSON.parse(said.body)).toMatchObject({
      error: { message: expect.stringContaining(String(BODY_BYTES)) },
    });
  });

  test("a body that turns out to be too large is refused with 413", async () => {
    expect((await raw({ "transfer-encoding": "chunked" }, huge)).status).toBe(413);
    expect((await raw({}, huge)).status).toBe(413);
  });

  test("a body without end is cut off, and takes no memory", async () => {
    const socket = await connection();
    socket.write(
      `POST /mcp/one HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: */*\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const piece = Buffer.from(`10000\r\n${"x".repeat(0x10000)}\r\n`);
    const closed = new Promise((resolve) => void socket.once("close", resolve));
    let sent = 0;
    socket.on("drain", () => {
      sent += piece.length;
      while (!socket.destroyed && socket.write(piece)) sent += piece.length;
    });
    while (socket.write(piece)) sent += piece.length;
    socket.resume();
    await closed;
    expect(sent).toBeLessThan(512 * 1024 * 1024);
  });

  test("headers that are too large are refused with 431", async () => {
    expect((await raw({ "mcp-odd": "x".repeat(20 * 1024) })).status).toBe(431);
  });

  test("a message that is too deep is refused with 413", async () => {
    const deep = `${"[".repeat(40)}${"]".repeat(40)}`;
    const said = await raw({}, `{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"a":${deep}}}`);
    expect(said.status).toBe(413);
    expect(JSON.parse(said.body)).toMatchObject({ error: { message: expect.stringContaining("deep") } });
  });

  test.each([
    ["rubbish", "not json"],
    ["half a message", '{"jsonrpc":"2.0","id":1,'],
    ["two messages", `${JSON.stringify(INITIALIZE)}${JSON.stringify(INITIALIZE)}`],
    ["a key twice", '{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}'],
    ["invalid UTF-8", Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ["a lone surrogate", '{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"\\ud800"}}'],
    ["nothing", ""],
    ["an empty batch", "[]"],
  ])("%s is refused with 400 and reaches no server", async (_, body) => {
    const from = http.seen.length;
    expect((await raw({}, body)).status).toBe(400);
    expect(http.seen.length).toBe(from);
  });

  test("sessions beyond the bound are refused with 429 and when to come back, until one ends", async () => {
    const all: Awaited<ReturnType<typeof session>>[] = [];
    for (let n = 0; n < SESSIONS; n += 1) {
      const one = await session(`${gate.url}/two`).catch(() => undefined);
      if (one === undefined) break;
      all.push(one);
    }
    const refused = await raw({});
    expect(refused.status).toBe(429);
    expect(refused.headers["retry-after"]).toBeDefined();
    expect(words(await modern(`${gate.url}/two`).call("era without sessions"))).toBe("era without sessions");
    expect(words((await all[0]?.call("a session that is open")) ?? {})).toBe("a session that is open");
    for (const one of all) expect(await one.end()).toBe(200);
    const again = await session(`${gate.url}/one`);
    expect(await again.end()).toBe(200);
  });

  test.each(["/quiet", ""])(
    "streams of %s beyond the bound are refused with 429, until one ends",
    async (at) => {
      const client = await session(`${gate.url}${at}`);
      const leaving = new AbortController();
      const open = [await client.get({}, leaving.signal), await client.get()];
      expect(open.map(({ status }) => status)).toEqual([200, 200]);
      expect((await client.get()).status).toBe(429);
      leaving.abort();
      await expect.poll(async () => (await client.get()).status).toBe(200);
      await client.end();
    },
  );
});

describe("sessions", () => {
  test("a request without one is refused with 400, with an unknown one with 404", async () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" });
    expect((await raw({}, body)).status).toBe(400);
    expect((await raw({ "mcp-session-id": "unknown" }, body)).status).toBe(404);
    expect((await raw({ "mcp-session-id": "unknown", accept: "text/event-stream" }, "", "GET")).status).toBe(
      404,
    );
    expect((await raw({ accept: "text/event-stream" }, "", "GET")).status).toBe(400);
    expect((await raw({ "mcp-session-id": "unknown" }, "", "DELETE")).status).toBe(404);
    expect((await raw({}, "", "DELETE")).status).toBe(400);
  });

  test("one that was ended is unknown, and its server's session is ended too", async () => {
    const client = await session(`${gate.url}/one`);
    const deleted = http.seen.filter(({ method }) => method === "DELETE").length;
    expect(await client.end()).toBe(200);
    expect(await client.end()).toBe(404);
    expect((await client.say(client.calling("late"))).status).toBe(404);
    await expect.poll(() => http.seen.filter(({ method }) => method === "DELETE").length).toBe(deleted + 1);
  });

  test("one that is ended in the middle of a call ends the call", async () => {
    const client = await session(`${gate.url}/one`);
    const asking = client.say(client.calling("hang"));
    await expect.poll(() => http.seen.at(-1)?.body.includes("hang")).toBe(true);
    expect(await client.end()).toBe(200);
    expect((await asking).messages).toEqual([]);
  });

  test("one of another address is unknown there", async () => {
    const client = await session(`${gate.url}/one`);
    const headers = { ...HEADERS, "mcp-session-id": client.id };
    for (const address of ["/two", ""]) {
      const body = JSON.stringify(client.calling("elsewhere"));
      const said = await fetch(`${gate.url}${address}`, { method: "POST", headers, body });
      expect((await read(said)).status).toBe(404);
    }
    expect(words(await client.call("at home"))).toBe("at home");
    await client.end();
  });

  test("one that no server agreed to begin is none", async () => {
    const said = await raw({}, JSON.stringify({ ...INITIALIZE, params: {} }));
    expect(said.status).toBe(200);
    expect(
      (await raw({ "mcp-session-id": String(said.headers["mcp-session-id"]) }, "", "DELETE")).status,
    ).toBe(200);
  });
});

test.each(ERAS)("%s client: is served while others send half a request and stop", async (_, connect) => {
  const heads = ["", "POST /mc", "POST /mcp HTTP/1.1\r\nhost: localhost\r\n"];
  const body = `POST /mcp/one HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: */*\r\ncontent-length: 1000\r\n\r\n{"jsonrpc"`;
  for (let n = 0; n < 8; n += 1) (await connection()).write([...heads, body][n % 4] ?? "");
  const client = await connect(`${gate.url}/one`);
  expect(words(await client.call("served"))).toBe("served");
});

test("a client that does not read its answer holds up nobody else", async () => {
  const client = await session(`${gate.url}/one`);
  const socket = await connection();
  const asked = JSON.stringify(client.calling("burst"));
  const head = `POST /mcp/one HTTP/1.1\r\nhost: localhost\r\nmcp-session-id: ${client.id}\r\ncontent-type: application/json\r\naccept: */*\r\n`;
  socket.pause();
  for (let n = 0; n < 20; n += 1)
    socket.write(`${head}content-length: ${Buffer.byteLength(asked)}\r\n\r\n${asked}`);
  const other = await session(`${gate.url}/one`);
  expect(words(await other.call("served"))).toBe("served");
  expect(words(await client.call("served"))).toBe("served");
});

test("what is no address of the gate is answered with 404, what no method with 405", async () => {
  const base = gate.url.replace(/\/mcp$/, "");
  for (const path of ["/", "/mcp/", "/mcp/nobody", "/mcp/one/two", "/mcp/..%2f..%2fetc", "/MCP"]) {
    const said = await fetch(`${base}${path}`, { method: "POST", headers: HEADERS, body: "{}" });
    expect([path, said.status]).toEqual([path, 404]);
  }
  const put = await fetch(gate.url, { method: "PUT", headers: HEADERS, body: "{}" });
  expect([put.status, put.headers.get("allow")]).toEqual([405, "POST, GET, DELETE"]);
});
