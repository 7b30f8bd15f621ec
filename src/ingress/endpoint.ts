import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Listener } from "../config/config.ts";
import type { Address } from "../gateway/addresses/address.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Identity } from "../identity/identity.ts";
import { ANONYMOUS } from "../identity/local.ts";
import { reaches } from "../identity/reach.ts";
import { pathOf } from "../identity/resource.ts";
import { classify } from "../wire/era.ts";
import { decode, decodeBatch, type Frame } from "../wire/frame.ts";
import { checkHeaders } from "../wire/headers.ts";
import { LEGACY_REVISIONS } from "../wire/revision.ts";
import type { Beside } from "./beside.ts";
import { echoName } from "./exchange-name.ts";
import { fail, type Said, speaksModern } from "./failing.ts";
import { checkMedia, checkOrigin, checkSite, checkType, type Door, readBody } from "./guard.ts";
import { answerProbe, type Health } from "./health.ts";
import type { LegacyDoor } from "./legacy.ts";
import type { ModernDoor } from "./modern.ts";
import type { Presence } from "./presence.ts";
import { sendJson } from "./reply.ts";
import type { SseDoor } from "./sse.ts";
import { whoAsks } from "./who-asks.ts";

export interface HttpParts {
  readonly gate: Gate;
  readonly door: Door;
  readonly health: Omit<Health, "draining">;
  /** What a path of a listener leads to: `` is everything behind it. */
  readonly addressOf: (at: Listener, name: string, principal: Principal) => Address | undefined;
  readonly identity: Identity;
  /** What answers a path that is no MCP. */
  readonly beside: (path: string, at: Listener) => Beside | undefined;
}

/** Both eras, and HTTP+SSE, on one listener. */
export interface Endpoint extends HttpParts {
  readonly at: Listener;
  readonly legacy: LegacyDoor;
  readonly modern: ModernDoor;
  readonly sse: SseDoor;
  readonly presence: Presence;
  readonly draining: () => boolean;
}

/** What MCP is reached at, by the first word of a path. */
export const DOORS = ["mcp", "sse", "messages"] as const;

const PATH = new RegExp(`^/(${DOORS.join("|")})(?:/([A-Za-z0-9._-]{1,64}))?$`);

/** One HTTP exchange, answered whatever happens. Never rejects. */
export async function exchange(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const said: Said = { id: null, era: "legacy", allow: "POST, GET, DELETE" };
  echoName(request, response);
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
  const { draining, door, at } = endpoint;
  const path = pathOf(request);
  const beside = endpoint.beside(path, at);
  if (beside !== undefined) {
    const identify = () => whoAsks(endpoint, request, response);
    return beside(request, response, { draining: draining(), identify });
  }
  checkOrigin(request, door);
  if ((request.method === "GET" || request.method === "HEAD") && (await open(endpoint, request, response)))
    return;
  const [, kind, name] = PATH.exec(path) ?? [];
  if (kind === undefined) throw nowhere(kind, name);
  if (draining()) throw new Fault("shutting-down", "This gate is shutting down.");
  const principal = await whoAsks(endpoint, request, response);
  const address = endpoint.addressOf(at, name ?? "", principal);
  if (address === undefined || !reaches(principal, address.name)) throw nowhere(kind, name);
  const to = { address, principal };
  if (kind === "mcp") return streamable(endpoint, request, response, to, said);
  if (kind === "messages") return messages(endpoint, request, response, to, said);
  said.allow = "GET";
  if (request.method !== "GET") throw new Fault("wrong-http-method", "Use GET; this is HTTP+SSE.");
  checkAccept(request);
  checkSite(request);
  return endpoint.sse.get(response, to, name === undefined ? "/messages" : `/messages/${name}`);
}

/** Answers what anybody may ask: probes, and how to sign in. What the parts of the gate say is for who is known. */
async function open(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const { health, draining, identity, at } = endpoint;
  const path = pathOf(request);
  const metadata = identity.metadata(request, at);
  if (metadata !== undefined) {
    sendJson(response, 200, metadata);
    return true;
  }
  const known = path === "/health/detailed" && identity.required;
  const to = known ? await whoAsks(endpoint, request, response) : ANONYMOUS;
  return answerProbe(path, response, { ...health, draining }, to);
}

function nowhere(kind: string | undefined, name: string | undefined): Fault {
  if (name !== undefined)
    return new Fault(
      "unknown-address",
      `No server here is called ${name}: MCP is at /mcp and /mcp/{server}.`,
    );
  return new Fault(
    "unknown-address",
    kind === undefined
      ? "Nothing is served here: MCP is at /mcp and /mcp/{server}."
      : "No server is behind this address: each has a port of its own, which `portcullis start` lists.",
  );
}

async function streamable(
  endpoint: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  to: To,
  said: Said,
): Promise<void> {
  const { legacy } = endpoint;
  if (request.method === "POST") return post(endpoint, request, response, to, said);
  if (request.method !== "GET" && request.method !== "DELETE")
    throw new Fault("wrong-http-method", "Use POST, GET or DELETE.");
  if (speaksModern(request)) throw new Fault("wrong-http-method", "2026-07-28 knows POST only.");
  if (request.method === "DELETE") return legacy.remove(request, response, to);
  checkAccept(request);
  return legacy.get(request, response, to);
}

function checkAccept({ headers }: IncomingMessage): void {
  if (!(headers.accept ?? "").includes("text/event-stream"))
    throw new Fault("not-acceptable", "Accept must list text/event-stream.");
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
  const { frames, first, batch } = await read(gate, request, said);
  const classified = classify({ frames, batch, headers: request.headers });
  // Who is refused before an era is known gets the status as the newer specification words it.
  said.era = classified.kind === "legacy" ? "legacy" : "modern";
  if (classified.kind === "refused") throw classified.fault;
  const differs = checkHeaders(classified, frames, request.headers);
  if (differs !== undefined) throw differs;
  const asked = { ...to, client: classified.client };
  if (classified.kind === "modern") await modern.post(request, response, asked, first);
  else await legacy.post(request, response, asked, frames);
}

/** A message of an HTTP+SSE client: its answer comes on the stream of its session. */
async function messages(
  { gate, sse }: Endpoint,
  request: IncomingMessage,
  response: ServerResponse,
  to: To,
  said: Said,
): Promise<void> {
  said.allow = "POST";
  if (request.method !== "POST") throw new Fault("wrong-http-method", "Use POST; the stream is at /sse.");
  checkType(request);
  const session = new URLSearchParams((request.url ?? "").split("?")[1]).get("sessionId");
  if (session === null || session === "")
    throw new Fault("session-missing", "sessionId is required: begin with GET /sse.");
  const { frames, batch } = await read(gate, request, said);
  const classified = classify({ frames, batch, headers: request.headers });
  if (classified.kind === "refused") throw classified.fault;
  const differs = checkHeaders(classified, frames, request.headers);
  if (differs !== undefined) throw differs;
  if (classified.kind === "modern")
    throw new Fault("unsupported-version", "HTTP+SSE has no sessionless revision: use POST /mcp.", {
      data: { supported: LEGACY_REVISIONS, requested: classified.revision },
    });
  return sse.post(request, response, { ...to, client: classified.client }, session, frames);
}

/** The messages of a body, one or a batch of at least one. */
async function read(
  { bounds }: Gate,
  request: IncomingMessage,
  said: Said,
): Promise<{ readonly frames: readonly Frame[]; readonly first: Frame; readonly batch: boolean }> {
  const body = await readBody(request, bounds.bytes);
  const batch = isArray(body) ? decodeBatch(body, bounds) : undefined;
  const frames = batch ?? [decode(body, bounds)];
  const [first] = frames;
  if (first === undefined) throw new Fault("invalid-request", "An empty batch asks nothing.");
  if (batch === undefined && first.message.kind === "request") said.id = first.message.id;
  return { frames, first, batch: batch !== undefined };
}

function isArray(body: Buffer): boolean {
  for (const byte of body) {
    if (byte !== 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d) return byte === 0x5b;
  }
  return false;
}
