import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault, FAULTS } from "../call/fault.ts";
import { AUTHORIZE_PATH, JWKS_PATH, TOKEN_PATH } from "../identity/grants/grants.ts";
import type { TokenEndpoint } from "../identity/identity.ts";
import type { Arrival } from "../ingress/beside.ts";
import { checkOrigin, type Door, readBody } from "../ingress/guard.ts";
import type { Log } from "../telemetry/log.ts";

/** What the token endpoint stands on. */
export interface TokenDoorParts {
  readonly tokens: TokenEndpoint;
  readonly door: Door;
  readonly log: Pick<Log, "error">;
}

const MOST_BYTES = 64 * 1024;

interface Reply {
  readonly status: number;
  readonly body: object;
  readonly fields?: Readonly<Record<string, string>>;
}

function send(response: ServerResponse, { status, body, fields }: Reply): void {
  response.writeHead(status, {
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...fields,
    ...(status >= 400 && { connection: "close" }),
  });
  response.end(JSON.stringify(body));
}

/** The token endpoint and the keys of the gate's own tokens (RFC 6749 §3.2, RFC 7517). Never rejects. */
export function tokenDoor({ tokens, door, log }: TokenDoorParts) {
  async function granted(request: IncomingMessage): Promise<Reply> {
    const type = request.headers["content-type"] ?? "";
    if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(type))
      throw new Fault("wrong-media-type", "A token is asked for with a form.");
    const form = new URLSearchParams((await readBody(request, MOST_BYTES)).toString("utf8"));
    const answer = await tokens.token(request, form);
    if (answer.kind === "granted") return { status: 200, body: answer.granted };
    const { error } = answer;
    if (error !== "invalid_client") return { status: 400, body: { error } };
    const basic = request.headers.authorization === undefined ? {} : { "www-authenticate": "Basic" };
    return { status: 401, body: { error }, fields: basic };
  }

  async function answer(request: IncomingMessage, draining: boolean): Promise<Reply> {
    checkOrigin(request, door);
    if (draining) throw new Fault("shutting-down", "This gate is shutting down.");
    const path = (request.url ?? "").split("?", 1)[0];
    if (path === JWKS_PATH && request.method === "GET") return { status: 200, body: await tokens.jwks() };
    if (path === AUTHORIZE_PATH) return { status: 400, body: { error: "unsupported_response_type" } };
    if (path === TOKEN_PATH && request.method === "POST") return await granted(request);
    throw new Fault("wrong-http-method", "There is nothing here.");
  }

  return async (request: IncomingMessage, response: ServerResponse, { draining }: Arrival): Promise<void> => {
    try {
      send(response, await answer(request, draining));
    } catch (error) {
      const fault = error instanceof Fault ? error : new Fault("internal", "Something failed here.");
      if (fault.code === "internal") log.error({ err: error }, "a request for a token failed");
      const { http } = FAULTS[fault.code];
      const status = http === 200 ? 500 : http;
      const code = status >= 500 ? "temporarily_unavailable" : "invalid_request";
      const body = { error: code, error_description: fault.message };
      send(response, { status, body, fields: fault.fields });
    }
  };
}
