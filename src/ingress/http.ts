import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { FAULTS, Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address as ListenAddress } from "../config/config.ts";
import type { Address } from "../gateway/address.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame } from "../gateway/receive.ts";
import { CODECS } from "../wire/codecs.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type Frame, type RequestId } from "../wire/frame.ts";
import { checkHeaders } from "../wire/headers.ts";
import { checkMedia, checkOrigin, type Door, readBody } from "./guard.ts";
import { answerProbe, type Health } from "./health.ts";
import { legacyDoor } from "./legacy.ts";
import { modernDoor } from "./modern.ts";
import { sendFrame } from "./reply.ts";

export interface HttpDoor {
  /** Resolves with where it listens; rejects with the system's error. */
  listen(at: ListenAddress): Promise<AddressInfo>;
  /** Takes nothing new, waits for what is under way up to the limit, then ends it. */
  drain(): Promise<void>;
}

export interface HttpParts {
  readonly gate: Gate;
  readonly door: Door;
  readonly health: Omit<Health, "draining">;
  /** The address a path leads to: `` is all servers. */
  readonly addressOf: (name: string) => Address | undefined;
  /** Who asks; rejects with a Fault where that is not known. */
  readonly identify: (request: IncomingMessage) => Principal;
}

/** The Streamable HTTP endpoint, both eras on one address. */
export function httpDoor(parts: HttpParts): HttpDoor {
  const { gate } = parts;
  const legacy = legacyDoor(gate);
  const modern = modernDoor(gate);
  const servers: Server[] = [];
  let draining = false;
  let underWay = 0;

  async function post(
    request: IncomingMessage,
    response: ServerResponse,
    address: Address,
    principal: Principal,
    said: Said,
  ): Promise<void> {
    checkMedia(request);
    const body = await readBody(request, gate.bounds.bytes);
    const batch = isArray(body) ? decodeBatch(body, gate.bounds) : undefined;
    const frames = batch ?? [decode(body, gate.bounds)];
    const [first] = frames;
    if (first === undefined) throw new Fault("invalid-request", "An empty batch asks nothing.");
    said.id = batch === undefined && first.message.kind === "request" ? first.message.id : null;
    const classified = classify({ frames, batch: batch !== undefined, headers: request.headers });
    if (classified.kind === "refused") throw classified.fault;
    said.era = classified.kind;
    const differs = checkHeaders(classified, frames, request.headers);
    if (differs !== undefined) throw differs;
    const to = { address, principal, client: classified.client };
    await (classified.kind === "modern"
      ? modern.post(request, response, to, first)
      : legacy.post(request, response, to, frames));
  }

  async function handle(request: IncomingMessage, response: ServerResponse, said: Said): Promise<void> {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    checkOrigin(request, parts.door);
    if (
      request.method === "GET" &&
      (await answerProbe(path, response, { ...parts.health, draining: () => draining }))
    )
      return;
    const address = /^\/mcp(?:\/([A-Za-z0-9._-]{1,64}))?$/.exec(path);
    const found = address === null ? undefined : parts.addressOf(address[1] ?? "");
    if (found === undefined)
      throw new Fault("unknown-address", "Nothing is served here: MCP is at /mcp and /mcp/{server}.");
    if (draining) throw new Fault("shutting-down", "This gate is shutting down.");
    const principal = parts.identify(request);
    switch (request.method) {
      case "POST":
        return post(request, response, found, principal, said);
      case "GET":
        if (!(request.headers.accept ?? "").includes("text/event-stream")) {
          throw new Fault("not-acceptable", "Accept must list text/event-stream.");
        }
        if (modernOnly(request)) throw new Fault("wrong-http-method", "2026-07-28 knows POST only.");
        return legacy.get(request, response, { address: found, principal });
      case "DELETE":
        if (modernOnly(request)) throw new Fault("wrong-http-method", "2026-07-28 knows POST only.");
        return legacy.remove(request, response, { address: found, principal });
      default:
        throw new Fault("wrong-http-method", "Use POST, GET or DELETE.");
    }
  }

  function take(request: IncomingMessage, response: ServerResponse): void {
    const said: Said = { id: null, era: "legacy" };
    underWay += 1;
    handle(request, response, said)
      .catch((error: unknown) => fail(gate, request, response, said, error))
      .finally(() => {
        underWay -= 1;
      });
  }

  return {
    listen(at) {
      const server = createServer(
        { maxHeaderSize: 16 * 1024, requestTimeout: 60_000, headersTimeout: 20_000 },
        take,
      );
      server.keepAliveTimeout = 65_000;
      server.maxConnections = gate.limits.sessions * 2;
      servers.push(server);
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(at.port, at.host, () => resolve(server.address() as AddressInfo));
      });
    },
    async drain() {
      draining = true;
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const server of servers) server.closeIdleConnections();
      const until = gate.ticks() + gate.limits.drain_ms;
      while (underWay > 0 && gate.ticks() < until && !onlyStreams())
        await new Promise((resolve) => setTimeout(resolve, 20));
      legacy.sessions.closeAll();
      await modern.close();
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
    },
  };

  /** Streams without a request behind them would be open for ever: they do not hold a shutdown up. */
  function onlyStreams(): boolean {
    return underWay <= legacy.listening();
  }
}

/** What is known of an exchange when it fails: whom to answer, and in which vocabulary. */
interface Said {
  id: RequestId | null;
  era: "legacy" | "modern";
}

function isArray(body: Buffer): boolean {
  for (const byte of body) {
    if (byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d) continue;
    return byte === 0x5b;
  }
  return false;
}

function modernOnly(request: IncomingMessage): boolean {
  const version = request.headers["mcp-protocol-version"];
  return typeof version === "string" && CODECS.modern.revisions.includes(version);
}

function fail(
  gate: Gate,
  request: IncomingMessage,
  response: ServerResponse,
  said: Said,
  error: unknown,
): void {
  const fault = error instanceof Fault ? error : new Fault("internal", "internal error", { cause: error });
  if (fault.code === "internal")
    gate.log.error({ err: fault.cause ?? fault, path: request.url }, "an exchange failed");
  else if (fault.code !== "cancelled")
    gate.log.info({ fault: fault.code, detail: fault.detail, path: request.url }, fault.message);
  if (response.headersSent || fault.code === "cancelled") return void response.end();
  const frame: Frame = faultFrame(fault, said.id);
  // A body that was not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  if (fault.code === "wrong-http-method")
    response.setHeader("allow", said.era === "modern" ? "POST" : "POST, GET, DELETE");
  if (fault.code === "too-many") response.setHeader("retry-after", "1");
  sendFrame(response, frame, FAULTS[fault.code].http === 200 ? 200 : CODECS[said.era].status(fault.code));
}
