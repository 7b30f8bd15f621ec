import type { IncomingMessage, ServerResponse } from "node:http";
import { FAULTS, Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Address } from "../gateway/address.ts";
import type { Gate } from "../gateway/gate.ts";
import { faultFrame } from "../gateway/receive.ts";
import { CODECS } from "../wire/codecs.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type RequestId } from "../wire/frame.ts";
import { checkHeaders } from "../wire/headers.ts";
import { checkMedia, checkOrigin, type Door, readBody } from "./guard.ts";
import { answerProbe, type Health } from "./health.ts";
import type { LegacyDoor } from "./legacy.ts";
import type { ModernDoor } from "./modern.ts";
import { openStream, sendFrame } from "./reply.ts";

export interface HttpParts {
  readonly gate: Gate;
  readonly door: Door;
  readonly health: Omit<Health, "draining">;
  /** The address a path leads to: `` is all servers. */
  readonly addressOf: (name: string) => Address | undefined;
  /** Who asks; throws a Fault where that is not known. */
  readonly identify: (request: IncomingMessage) => Principal;
}

/** Both eras on one address. */
export interface Endpoint extends HttpParts {
  readonly legacy: LegacyDoor;
  readonly modern: ModernDoor;
  readonly draining: () => boolean;
}

/** What is known of an exchange when it fails: whom to answer, and in which vocabulary. */
interface Said {
  id: RequestId | null;
  era: "legacy" | "modern";
}

/** One HTTP exchange, answered whatever happens. Never rejects. */
export async function exchange(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const said: Said = { id: null, era: "legacy" };
  try {
    await handle(endpoint, request, response, said);
  } catch (error) {
    fail(endpoint, request, response, said, error);
  }
}

async function handle(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  said: Said,
): Promise<void> {
  const { draining, health, door, addressOf, identify, legacy } = endpoint;
  const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
  checkOrigin(request, door);
  if (
    (request.method === "GET" || request.method === "HEAD") &&
    (await answerProbe(path, response, { ...health, draining }))
  )
    return;
  const name = /^\/mcp(?:\/([A-Za-z0-9._-]{1,64}))?$/.exec(path);
  const address = name === null ? undefined : addressOf(name[1] ?? "");
  if (address === undefined)
    throw new Fault(
      "unknown-address",
      name?.[1] === undefined
        ? "Nothing is served here: MCP is at /mcp and /mcp/{server}."
        : `No server here is called ${name[1]}: MCP is at /mcp and /mcp/{server}.`,
    );
  if (draining()) throw new Fault("shutting-down", "This gate is shutting down.");
  const to = { address, principal: identify(request) };
  if (request.method === "POST") return post(endpoint, request, response, to, said);
  if (request.method !== "GET" && request.method !== "DELETE")
    throw new Fault("wrong-http-method", "Use POST, GET or DELETE.");
  if (speaksModern(request)) throw new Fault("wrong-http-method", "2026-07-28 knows POST only.");
  if (request.method === "DELETE") return legacy.remove(request, response, to);
  if (!(request.headers.accept ?? "").includes("text/event-stream")) {
    throw new Fault("not-acceptable", "Accept must list text/event-stream.");
  }
  return legacy.get(request, response, to);
}

interface To {
  readonly address: Address;
  readonly principal: Principal;
}

async function post(
  { gate, legacy, modern }: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  to: To,
  said: Said,
): Promise<void> {
  checkMedia(request);
  const body = await readBody(request, gate.bounds.bytes);
  const batch = isArray(body) ? decodeBatch(body, gate.bounds) : undefined;
  const frames = batch ?? [decode(body, gate.bounds)];
  const [first] = frames;
  if (first === undefined) throw new Fault("invalid-request", "An empty batch asks nothing.");
  if (batch === undefined && first.message.kind === "request") said.id = first.message.id;
  const classified = classify({ frames, batch: batch !== undefined, headers: request.headers });
  // Who is refused before an era is known gets the status as the newer specification words it.
  said.era = classified.kind === "legacy" ? "legacy" : "modern";
  if (classified.kind === "refused") throw classified.fault;
  const differs = checkHeaders(classified, frames, request.headers);
  if (differs !== undefined) throw differs;
  const asked = { ...to, client: classified.client };
  if (classified.kind === "modern") await modern.post(request, response, asked, first);
  else await legacy.post(request, response, asked, frames);
}

function isArray(body: Buffer): boolean {
  for (const byte of body) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte === 0x5b;
  }
  return false;
}

function speaksModern(request: IncomingMessage): boolean {
  const version = request.headers["mcp-protocol-version"];
  return typeof version === "string" && CODECS.modern.revisions.includes(version);
}

function fail(
  { gate, draining }: Endpoint,
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
  if (response.headersSent) {
    response.end();
    return;
  }
  if (fault.code === "cancelled") return unanswered(response, said, draining());
  // A body that was not read to its end would be taken for the next request.
  if (!request.complete) response.setHeader("connection", "close");
  if (fault.code === "wrong-http-method")
    response.setHeader("allow", speaksModern(request) ? "POST" : "POST, GET, DELETE");
  if (fault.code === "too-many") response.setHeader("retry-after", "1");
  const status = FAULTS[fault.code].http === 200 ? 200 : CODECS[said.era].status(fault.code);
  sendFrame(response, faultFrame(fault, said.id), status);
}

/** What nobody waits for has no answer; who still waits when the gate must end is told that. */
function unanswered(response: ServerResponse, said: Said, draining: boolean): void {
  if (response.destroyed) return;
  if (!draining) return openStream(response, {}).end();
  const why = "This gate had to end before the answer came. Whether the call ran is not known.";
  sendFrame(response, faultFrame(new Fault("shutting-down", why), said.id), FAULTS["shutting-down"].http);
}
