import type { IncomingMessage } from "node:http";
import { fastify, type FastifyInstance } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { Arrival } from "../ingress/beside.ts";
import { accessRoutes } from "./access.ts";
import { approvalRoutes } from "./approvals.ts";
import { authority } from "./authority.ts";
import { authorizeRoutes } from "./authorize.ts";
import { canRoutes } from "./can.ts";
import { decidingRoutes } from "./deciding.ts";
import { extAuthzRoutes } from "./ext-authz.ts";
import { keepKeys } from "./keyed.ts";
import { logRoutes } from "./log.ts";
import { fail, hearRequests, requestId } from "./occasion.ts";
import { aboutRoutes, describeRoutes } from "./openapi.ts";
import { otherAuditRoutes } from "./other-audits.ts";
import { keyRoutes } from "./keys.ts";
import type { GovernanceParts } from "./parts.ts";
import { peopleRoutes } from "./people.ts";
import { readBodies } from "./reading.ts";
import { recordRoutes } from "./records.ts";
import { resourcesRoutes } from "./resources.ts";
import { demandPermissions } from "./routes.ts";
import { sessionRoutes } from "./sessions.ts";
import { tenantRoutes } from "./tenants.ts";
import { validateRoutes } from "./validate.ts";
import { whoamiRoutes } from "./whoami.ts";

/** Characters of one parameter in a path. */
const PARAM_CHARS = 2048;

/** The governance API, ready to be handed requests. It listens nowhere itself. */
export async function governanceApp(
  parts: GovernanceParts,
  arrivals: WeakMap<IncomingMessage, Arrival>,
): Promise<FastifyInstance> {
  const { gate, isTenant } = parts;
  const app = fastify({
    logger: false,
    bodyLimit: gate.bounds.bytes,
    genReqId: requestId,
    requestIdHeader: false,
    routerOptions: { maxParamLength: PARAM_CHARS },
    frameworkErrors: (error, request, reply) => fail(gate, error, request, reply),
  });
  // What is sent is typed by the schemas, and tests hold it against them; checking it again would cost as much as judging.
  app.setSerializerCompiler(() => (data) => JSON.stringify(data));
  const engine = authority(gate, isTenant);
  hearRequests(app, parts, arrivals);
  demandPermissions(app);
  await describeRoutes(app, gate.version);
  await app.register(async (inner) => {
    readBodies(inner, gate.bounds);
    keepKeys(inner, parts);
    const routes = inner.withTypeProvider<ZodTypeProvider>();
    authorizeRoutes(routes, parts, engine);
    resourcesRoutes(routes, parts, engine);
    approvalRoutes(routes, parts);
    decidingRoutes(routes, parts);
    accessRoutes(routes, parts);
    validateRoutes(routes, parts);
    peopleRoutes(routes, parts);
    keyRoutes(routes, parts);
    canRoutes(routes, parts);
    sessionRoutes(routes, parts);
    whoamiRoutes(routes);
    tenantRoutes(routes, parts);
    logRoutes(routes, parts);
    recordRoutes(routes, parts);
    otherAuditRoutes(routes, parts);
    aboutRoutes(routes);
  });
  await app.register(async (inner) =>
    extAuthzRoutes(inner.withTypeProvider<ZodTypeProvider>(), parts, engine, gate.bounds),
  );
  await app.ready();
  return app;
}
