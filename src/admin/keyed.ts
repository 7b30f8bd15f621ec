import type { FastifyInstance, FastifyRequest } from "fastify";
import { digestBytes } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Idempotency } from "../store/idempotency.ts";
import type { GovernanceParts } from "./parts.ts";
import { Refused } from "./problem.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Set while the request is the first with its key. */
    claimed: { readonly keys: Idempotency; readonly who: string; readonly key: string } | undefined;
  }
}

const KEY = /^[\x21-\x7e]{1,255}$/;
/** Answers that are larger are not kept: no route gives one. */
const BODY_CHARS = 2 * 1024 * 1024;

function keyOf({ method, headers }: FastifyRequest): string | undefined {
  const given = headers["idempotency-key"];
  if (method !== "POST" || given === undefined) return undefined;
  if (typeof given === "string" && KEY.test(given)) return given;
  const message = "must be 1 to 255 printable characters";
  throw new Refused("invalid-request", `Idempotency-Key ${message}.`, {
    errors: [{ pointer: "Idempotency-Key", message }],
  });
}

/** What a credential lets do: another of the same principal that lets do less must not hear what this one was answered. */
function powersOf({ source, roles, scopes, amr, acr, reach }: Principal): string {
  return JSON.stringify([source, roles.toSorted(), scopes.toSorted(), amr?.toSorted(), acr, reach]);
}

/**
 * A POST with `Idempotency-Key` is done once: whoever repeats it within a day is told what was answered. Another request
 * under the same key is refused, and so is one whose first has no answer yet. What failed here (5xx) may be made again.
 */
export function keepKeys(app: FastifyInstance, { gate, store }: GovernanceParts): void {
  app.decorateRequest("claimed");
  app.addHook("preHandler", async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined) return undefined;
    if (request.routeOptions.config.secret === true) {
      const message = "is not taken here: what this answers is shown once, and not kept to be shown again";
      throw new Refused("invalid-request", `Idempotency-Key ${message}.`, {
        errors: [{ pointer: "Idempotency-Key", message }],
      });
    }
    const { id: who, tenant } = request.credential;
    const keys = store.forTenant(tenant).idempotency;
    const asked = `${request.method} ${request.url}\n${powersOf(request.credential)}\n`;
    const digest = digestBytes(Buffer.concat([Buffer.from(asked), request.bytes]));
    const begun = await keys.begin({ who, key, digest, at: gate.now() });
    switch (begun.kind) {
      case "first":
        request.claimed = { keys, who, key };
        return undefined;
      case "running":
        throw new Refused("key-in-use", "The first request with this key has not been answered.", {
          headers: { "retry-after": "1" },
        });
      case "other":
        throw new Refused("key-reused", "This key came with another request before.");
      case "full":
        throw new Refused("too-many-keys", "This tenant has as many keys as are remembered for a day.", {
          headers: { "retry-after": "3600" },
        });
      case "answered": {
        const { status, media, body } = begun.answer;
        return reply
          .code(status)
          .header("idempotency-replayed", "true")
          .type(media)
          .serializer((text: unknown) => String(text))
          .send(body);
      }
    }
  });
  app.addHook("onSend", async (request, reply, payload) => {
    const { claimed } = request;
    if (claimed === undefined) return payload;
    request.claimed = undefined;
    const { keys, who, key } = claimed;
    const media = String(reply.getHeader("content-type"));
    try {
      if (reply.statusCode >= 500 || typeof payload !== "string" || payload.length > BODY_CHARS)
        await keys.forget(who, key);
      else await keys.finish(who, key, { status: reply.statusCode, media, body: payload });
    } catch (error) {
      gate.log.error({ request: request.id, err: error }, "what a key was answered could not be kept");
    }
    return payload;
  });
}
