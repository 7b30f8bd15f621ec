import { z } from "zod";
import type { TenantId } from "../call/principal.ts";
import { isOver } from "../identity/browser/sessions.ts";
import { endSession } from "../identity/session-desk.ts";
import type { Session } from "../store/people/sign-ins.ts";
import type { GovernanceParts } from "./parts.ts";
import { tenantAt } from "./people.ts";
import { idParams, pageQuery, tenantQuery } from "./people-shapes.ts";
import { BASE, Refused } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";

const PAGE = 100;
const at = z.iso.datetime();
const sessionSchema = z
  .object({
    id: z.string(),
    tenant: z.string(),
    principal: z.string(),
    state: z.enum(["active", "ended", "over"]).describe("over: unused for too long, or too old."),
    key: z.string().nullable().describe("The API key that they signed in with; null: at a provider."),
    made_at: at,
    seen_at: at.describe("To the minute."),
    ends_at: at.describe("At the latest."),
    ended_at: at.nullable(),
    ended_by: z.string().nullable(),
  })
  .meta({ id: "Session", title: "Session" });
const sessionPageSchema = z
  .object({ items: z.array(sessionSchema), next: z.string().nullable() })
  .meta({ title: "Sessions" });

const utc = (ms: number): string => new Date(ms).toISOString();

/** A session as it is told; its digest is nobody's business. */
function viewOf(session: Session, now: number): z.output<typeof sessionSchema> {
  const { id, tenant, principal, key_id, made_at, seen_at, ends_at, ended_at, ended_by } = session;
  return {
    id,
    tenant,
    principal,
    state: ended_at !== null ? "ended" : isOver(session, now) ? "over" : "active",
    key: key_id === "" ? null : key_id,
    made_at: utc(made_at),
    seen_at: utc(seen_at),
    ends_at: utc(ends_at),
    ended_at: ended_at === null ? null : utc(ended_at),
    ended_by,
  };
}

/** `GET /sessions` and `DELETE /sessions/{id}`: who is signed in with a browser. */
export function sessionRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate, store } = parts;
  const { people, credentials, signIns } = store;
  const actsOf = (tenant: TenantId) => store.forTenant(tenant).acts;
  const desk = { people, credentials, signIns, actsOf, now: gate.now };
  app.get(
    `${BASE}/sessions`,
    {
      config: { permission: "people.read" },
      schema: {
        operationId: "listSessions",
        tags: ["people"],
        summary: "Who is signed in with a browser, newest first; those that are over stay for a day",
        querystring: pageQuery,
        response: { 200: sessionPageSchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async (request) => {
      const { tenant: named, limit = PAGE, cursor } = request.query;
      const known = await store.signIns.sessions(tenantAt(parts, request, named, "people.read"));
      const from = cursor === undefined ? 0 : known.findIndex(({ id }) => id === cursor) + 1;
      const items = known.slice(from, from + limit).map((each) => viewOf(each, gate.now()));
      return { items, next: known.length > from + limit ? (items.at(-1)?.id ?? null) : null };
    },
  );
  app.delete(
    `${BASE}/sessions/:id`,
    {
      config: { permission: "people.write" },
      schema: {
        operationId: "endSession",
        tags: ["people"],
        summary: "Sign a browser out",
        description: "With its next request it is signed out, at every gate of the store.",
        params: idParams,
        querystring: tenantQuery,
        response: {
          204: z.undefined().describe("Signed out."),
          ...problems("invalid-request", "not-granted", "not-found", "unrecorded"),
        },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      if (!(await endSession(desk, request.credential, tenant, request.params.id)))
        throw new Refused("not-found", "There is no such session to end.");
      return reply.code(204).send();
    },
  );
}
