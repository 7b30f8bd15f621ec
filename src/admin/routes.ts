import type { FastifyBaseLogger, FastifyInstance, RawServerDefault } from "fastify";
import type { ZodTypeProvider } from "fastify-type-provider-zod";
import type { IncomingMessage, ServerResponse } from "node:http";
import { may, type Permission } from "../call/permission.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { PROBLEM_MEDIA, PROBLEMS, type ProblemCode, Refused } from "./problem.ts";
import { problemSchema } from "./shapes.ts";

/** Where routes are declared: their schemas give their types. */
export type Routes = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>;

declare module "fastify" {
  interface FastifyContextConfig {
    /** What whoever asks must be let do in their own tenant; a route without it is not taken. */
    permission?: Permission;
    /** Its answers are secrets, and are kept nowhere to be given again. */
    secret?: true;
  }
}

/** Throws Refused where somebody is not let do that in a tenant: in the same words whether there is such a tenant or not. */
export function demand(credential: Principal, permission: Permission, tenant: TenantId): void {
  if (may(credential, permission, tenant)) return;
  throw new Refused(
    "not-permitted",
    `That needs the permission ${permission}${tenant === credential.tenant ? "" : " there"}.`,
  );
}

/** Every route says what it needs, and is answered to nobody who has not got it. */
export function demandPermissions(app: FastifyInstance): void {
  app.addHook("onRoute", ({ method, url, config, schema }) => {
    if (config?.permission === undefined) throw new Error(`${String(method)} ${url} declares no permission`);
    // The description says it too.
    if (schema !== undefined) Object.assign(schema, { "x-permission": config.permission });
  });
  app.addHook("onRequest", async ({ credential, routeOptions: { config } }) => {
    if (config.permission !== undefined) demand(credential, config.permission, credential.tenant);
  });
}

interface ProblemResponse {
  readonly description: string;
  readonly content: { readonly [PROBLEM_MEDIA]: { readonly schema: typeof problemSchema } };
}

/** What any request may meet. */
const ALWAYS: readonly ProblemCode[] = [
  "credential-misused",
  "unauthenticated",
  "wrong-host",
  "wrong-origin",
  "not-permitted",
  "too-many-attempts",
  "internal",
  "identity-unavailable",
  "shutting-down",
];
/** What a request with a body may meet beside that. */
const WITH_BODY: readonly ProblemCode[] = [
  "malformed-body",
  "invalid-request",
  "key-in-use",
  "too-large",
  "wrong-media-type",
  "key-reused",
  "too-many-keys",
  "unrecorded",
];

type ProblemStatus = (typeof PROBLEMS)[ProblemCode]["status"];

function problemsOf(codes: readonly ProblemCode[]): { readonly [S in ProblemStatus]?: ProblemResponse } {
  const statuses = new Map<number, string[]>();
  for (const code of codes) {
    const { status, title } = PROBLEMS[code];
    statuses.set(status, [...(statuses.get(status) ?? []), `\`${code}\`: ${title}.`]);
  }
  const content = { [PROBLEM_MEDIA]: { schema: problemSchema } };
  return Object.fromEntries(
    [...statuses].map(([status, lines]) => [status, { description: lines.join(" "), content }]),
  );
}

/** The problems of a route that takes no body: those that any may meet, and its own. */
export const problems = (...own: readonly ProblemCode[]) => problemsOf([...ALWAYS, ...own]);
/** The problems of a POST. */
export const postProblems = (...own: readonly ProblemCode[]) => problemsOf([...ALWAYS, ...WITH_BODY, ...own]);
