import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { within } from "../gateway/as-of.ts";
import type { Bounds } from "../wire/frame.ts";
import type { Authority } from "./authority.ts";
import { forwardedCall } from "./forwarded.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";
import type { AuthorizeAnswer } from "./shapes.ts";

const ROOT = `${BASE}/ext_authz`;
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** Any body, as it came: it is somebody else's request. */
function takeAnything(app: Routes): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", { parseAs: "buffer" }, (_, body: Buffer, done) => done(null, body));
  app.setValidatorCompiler(() => (value: unknown) => ({ value }));
}

function refusal({
  decision,
  decision_id,
  reason,
  why = "",
  retry_at,
  obligations,
}: AuthorizeAnswer): Refused {
  const seconds =
    retry_at === undefined ? undefined : Math.max(1, Math.ceil((Date.parse(retry_at) - Date.now()) / 1000));
  const headers = {
    "x-portcullis-decision-id": decision_id,
    ...(seconds !== undefined && { "retry-after": String(seconds) }),
  };
  if (decision !== "hold") return new Refused("refused", `${reason}: ${why}`, { decision_id, headers });
  const [id] = obligations.flatMap((each) => (each.type === "approval" ? [each.approval_id ?? ""] : []));
  return new Refused("held", `${id ?? ""} ${why}`.trim(), { decision_id, headers });
}

/**
 * Envoy's HTTP authorization service (`ext_authz`, `path_prefix: /governance/v1/ext_authz`): 200 lets the request go
 * on, anything else is what its sender is answered. It is asked because the request is made now, so limits are charged and the
 * decision is on record.
 */
export function extAuthzRoutes(
  app: Routes,
  { gate }: GovernanceParts,
  { settle }: Authority,
  bounds: Bounds,
): void {
  takeAnything(app);
  app.route({
    method: [...METHODS],
    url: `${ROOT}/*`,
    config: { permission: "ask" },
    schema: {
      tags: ["authorization"],
      summary: "May this HTTP request go on?",
      description:
        "Envoy's ext_authz over HTTP: method, path, query, headers and body are those of the request in question. What they mean is in docs/API.md.",
      response: {
        200: z.undefined().describe("It may. `x-portcullis-decision-id` names the decision."),
        ...problems("malformed-body", "refused", "held", "too-large", "unjudgeable"),
      },
    },
    async handler(request: FastifyRequest, reply: FastifyReply) {
      const { credential, traceparent, method, headers, body } = request;
      const forwarded = {
        method,
        url: request.url.slice(ROOT.length),
        headers,
        body: Buffer.isBuffer(body) ? body : Buffer.alloc(0),
      };
      const { servers } = within(gate, credential);
      const [only] = servers.size === 1 ? servers.keys() : [];
      const { meant, server, era, client, inexact, ...sent } = forwardedCall(forwarded, bounds, only);
      const passing = { server, method: "tools/list", target: { kind: "none" }, args: {} } as const;
      const asking = { credential, traceparent, inexact };
      const answer = await settle(meant ?? passing, asking, { principal: credential, era, client }, sent);
      if (!answer.allowed) throw refusal(answer);
      return reply.code(200).header("x-portcullis-decision-id", answer.decision_id).send();
    },
  });
}
