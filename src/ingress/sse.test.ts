import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Principal } from "../call/principal.ts";
import { DEFAULT_LIMITS } from "../config/config.ts";
import type { Address } from "../gateway/addresses/address.ts";
import type { Gate } from "../gateway/gate.ts";
import { DEFAULT_BOUNDS, decode } from "../wire/frame.ts";
import { legacyDoor } from "./legacy.ts";
import { sseDoor } from "./sse.ts";

const PRINCIPAL = { id: "ana", tenant: "default" } as unknown as Principal;
/** What nobody answers. */
const listens = vi.fn<Address["listen"]>(() => new Promise(() => undefined));
const MUTE = {
  name: "",
  converse: () => new Promise(() => undefined),
  tell: () => Promise.resolve(),
  listen: listens,
} as unknown as Address;
const GATE = {
  limits: { ...DEFAULT_LIMITS, calls_per_session: 1 },
  bounds: DEFAULT_BOUNDS,
  ticks: () => 0,
} as unknown as Gate;

let server: Server;
let origin: string;
beforeEach(async () => {
  const { sessions } = legacyDoor(GATE);
  const door = sseDoor(GATE, sessions);
  const to = { address: MUTE, principal: PRINCIPAL, client: undefined };
  server = createServer((request, response) => {
    if (request.method === "GET") return void door.get(response, to, "/messages");
    const id = new URL(request.url ?? "/", "http://localhost").searchParams.get("sessionId") ?? "";
    const text =
      request.url?.endsWith("&initialized") === true
        ? '{"jsonrpc":"2.0","method":"notifications/initialized"}'
        : '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    door
      .post(request, response, to, id, [decode(Buffer.from(text), DEFAULT_BOUNDS)])
      .catch((error: Error) => response.writeHead(429).end(error.message));
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

async function stream() {
  const { body } = await fetch(`${origin}/sse`);
  const reader = body?.getReader();
  const next = async (): Promise<string> => Buffer.from((await reader?.read())?.value ?? []).toString();
  return { next, endpoint: origin + (/data: (\S+)/.exec(await next())?.[1] ?? "") };
}

test("a stream on which nothing is said shows every 15 s that it is open", async () => {
  vi.useFakeTimers({ toFake: ["setInterval"] });
  const { next } = await stream();
  vi.advanceTimersByTime(14_999);
  vi.advanceTimersByTime(1);
  expect(await next()).toBe(": keep-alive\n\n");
  vi.advanceTimersByTime(15_000);
  expect(await next()).toBe(": keep-alive\n\n");
});

test("a client that takes no answer can ask no more than its bound", async () => {
  const { endpoint } = await stream();
  const post = (): Promise<Response> => fetch(endpoint, { method: "POST" });
  expect((await post()).status).toBe(202);
  const refused = await post();
  expect([refused.status, await refused.text()]).toEqual([
    429,
    "1 answers wait to be taken. Read the stream.",
  ]);
});

test("however often a client says that it is ready, servers are listened to once", async () => {
  const { endpoint } = await stream();
  for (let times = 0; times < 3; times += 1)
    expect((await fetch(`${endpoint}&initialized`, { method: "POST" })).status).toBe(202);
  expect(listens).toHaveBeenCalledTimes(1);
});
