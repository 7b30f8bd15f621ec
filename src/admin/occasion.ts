import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Principal } from "../call/principal.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Arrival } from "../ingress/beside.ts";
import { nameGiven } from "../ingress/exchange-name.ts";
import { checkOrigin, isForeign } from "../ingress/guard.ts";
import { refusedBy } from "./failure.ts";
import type { GovernanceParts } from "./parts.ts";
import { PROBLEM_MEDIA, problemDocument, PROBLEMS, Refused } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Whoever sent it. */
    credential: Principal;
    /** W3C Trace Context, where it came with one. */
    traceparent: string | undefined;
  }
}

const TRACEPARENT = /^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/;

/** Nothing of the API is a page: nobody may frame it, keep it, or guess what it is. */
const STRICT = Object.freeze({
  "cache-control": "no-store",
  "content-security-policy":
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
});

/** The id under which a request is spoken of: the one that it came with, where that is one. */
export function requestId({ headers }: { readonly headers: FastifyRequest["headers"] }): string {
  return nameGiven({ headers }) ?? `req_${randomUUID()}`;
}

/** What a browser says of the page that sends a request: only pages of the gate itself, and listed origins, may. */
function checkPage({ headers }: FastifyRequest, allowed: readonly string[]): void {
  const { origin } = headers;
  if (!isForeign({ headers })) return;
  if (origin !== undefined && allowed.includes(origin)) return;
  throw new Refused(
    "wrong-origin",
    "Pages of another origin may not use this API. List it in `allowed_origins`.",
  );
}

/** Answers what could not be done with the document that says why. */
export function fail(gate: Gate, error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refused = refusedBy(error);
  const about = { request: request.id, path: request.url.split("?", 1)[0], problem: refused.code };
  if (refused.code === "internal")
    gate.log.error({ ...about, err: refused.cause ?? error }, "a request failed");
  else gate.log.info(about, refused.message);
  // A body that was not read to its end would be taken for the next request.
  if (!request.raw.complete) reply.header("connection", "close");

  const trace_id = TRACEPARENT.exec(request.traceparent ?? "")?.[1];
  const document = problemDocument(refused, { request_id: request.id, trace_id });
  const { headers = {} } = refused.particulars;
  void reply
    .headers(STRICT)
    .header("x-request-id", request.id)
    .code(PROBLEMS[refused.code].status)
    .headers(headers)
    .type(PROBLEM_MEDIA)
    .serializer((body: unknown) => JSON.stringify(body))
    .send(document);
}

/** Every request: who sends it, from where, under which id; and every failure: one document. */
export function hearRequests(
  app: FastifyInstance,
  { gate, door }: GovernanceParts,
  arrivals: WeakMap<IncomingMessage, Arrival>,
): void {
  app.decorateRequest("credential");
  app.decorateRequest("traceparent");
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(STRICT).header("x-request-id", request.id);
    const trace = request.headers["traceparent"];
    request.traceparent = typeof trace === "string" && TRACEPARENT.test(trace) ? trace : undefined;
    checkOrigin(request.raw, door);
    checkPage(request, door.allowed_origins);
    const arrival = arrivals.get(request.raw);
    if (arrival === undefined || arrival.draining) {
      const headers = { "retry-after": "1", connection: "close" };
      throw new Refused("shutting-down", "This gate is shutting down.", { headers });
    }
    request.credential = await arrival.identify();
  });
  app.setErrorHandler((error, request, reply) => fail(gate, error, request, reply));
  const routes: { readonly method: string; readonly path: RegExp }[] = [];
  app.addHook("onRoute", ({ method, url }) => {
    const path = new RegExp(
      `^${url
        .replaceAll(/[.+?^$()|[\]\\]/g, String.raw`\$&`)
        .replaceAll(/:[a-z_]+/g, "[^/]+")
        .replaceAll("*", ".*")}$`,
    );
    for (const each of [method].flat()) routes.push({ method: each, path });
  });
  app.setNotFoundHandler((request) => {
    const path = request.url.split("?", 1)[0] ?? "";
    const allow = [...new Set(routes.filter((route) => route.path.test(path)).map(({ method }) => method))];
    if (allow.length === 0) throw new Refused("not-found", "Nothing is served at this path.");
    const headers = { allow: allow.join(", ") };
    throw new Refused("wrong-method", `This route has ${headers.allow}.`, { headers });
  });
}
