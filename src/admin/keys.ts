import { z } from "zod";
import type { TenantId } from "../call/principal.ts";
import { readDuration } from "../document/duration.ts";
import {
  GRACE_MS,
  type KeyDesk,
  keyDesk,
  LIFE_MS,
  MAX_GRACE_MS,
  MAX_LIFE_MS,
  type Made,
} from "../identity/key-desk.ts";
import type { ApiKey } from "../store/people/credentials.ts";
import type { GovernanceParts } from "./parts.ts";
import { tenantAt } from "./people.ts";
import {
  idParams,
  type KeyView,
  keyPageSchema,
  keySchema,
  madeKeySchema,
  newKeySchema,
  pageQuery,
  rotateSchema,
  tenantQuery,
} from "./people-shapes.ts";
import { BASE, Refused } from "./problem.ts";
import { misshapen } from "./reading.ts";
import { postProblems, problems, type Routes } from "./routes.ts";

const PAGE = 100;

/** A key as it is told; its digest is nobody's business. */
function viewOf(key: ApiKey, now: number): KeyView {
  const { digest: _, account = false, roles, scopes, servers, tools, networks, ...rest } = key;
  const text = (at: number | null) => (at === null ? null : new Date(at).toISOString());
  return {
    ...rest,
    service_account: account,
    roles: [...roles],
    scopes: [...scopes],
    servers: [...servers],
    tools: [...tools],
    networks: [...networks],
    state: key.revoked_at !== null ? "revoked" : key.expires_at > now ? "active" : "expired",
    made_at: new Date(key.made_at).toISOString(),
    expires_at: new Date(key.expires_at).toISOString(),
    revoked_at: text(key.revoked_at),
    used_at: text(key.used_at),
  };
}

const NONE = (): Refused => new Refused("not-found", "There is no such key.");

function stretch(text: string | undefined, otherwise: number, most: number, pointer: string): number {
  const ms = text === undefined ? otherwise : (readDuration(text) ?? 0);
  if (ms <= most && (ms > 0 || pointer === "/grace")) return ms;
  throw misshapen([{ pointer, message: ms > most ? "is longer than may be" : "is no time at all" }]);
}

function readingRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate, store } = parts;
  app.get(
    `${BASE}/keys`,
    {
      config: { permission: "people.read" },
      schema: {
        operationId: "listKeys",
        tags: ["people"],
        summary: "The API keys of a tenant, newest first; never the keys themselves",
        querystring: pageQuery,
        response: { 200: keyPageSchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async (request) => {
      const { tenant: named, limit = PAGE, cursor } = request.query;
      const keys = await store.credentials.list(tenantAt(parts, request, named, "people.read"));
      const from = cursor === undefined ? 0 : keys.findIndex(({ id }) => id === cursor) + 1;
      const items = keys.slice(from, from + limit).map((key) => viewOf(key, gate.now()));
      return { items, next: keys.length > from + limit ? (items.at(-1)?.id ?? null) : null };
    },
  );
  app.get(
    `${BASE}/keys/:id`,
    {
      config: { permission: "people.read" },
      schema: {
        operationId: "getKey",
        tags: ["people"],
        summary: "One API key; never the key itself",
        params: idParams,
        querystring: tenantQuery,
        response: { 200: keySchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async (request) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.read");
      const key = await store.credentials.get(request.params.id);
      if (key?.tenant !== tenant) throw NONE();
      return viewOf(key, gate.now());
    },
  );
}

function makingRoutes(app: Routes, parts: GovernanceParts, desk: KeyDesk): void {
  const { gate } = parts;
  const shown = ({ key, text }: Made) => ({ ...viewOf(key, gate.now()), key: text });
  app.post(
    `${BASE}/keys`,
    {
      config: { permission: "people.write", secret: true },
      schema: {
        operationId: "makeKey",
        tags: ["people"],
        summary: "Make an API key, which is shown this once",
        description:
          "Nobody makes a key that lets do more than they may themselves. Takes no Idempotency-Key.",
        querystring: tenantQuery,
        body: newKeySchema,
        response: { 201: madeKeySchema, ...postProblems("not-granted", "not-found") },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      const { principal, service_account, expires_in, hours, name = "", ...rest } = request.body;
      const { roles = [], scopes = [], servers = [], tools = [], networks = [] } = rest;
      const { allow, days, timezone } = hours ?? {};
      const made = await desk.make(request.credential, {
        tenant,
        name,
        roles,
        scopes,
        servers,
        tools,
        networks,
        principal: service_account ?? principal ?? "",
        expires_at: gate.now() + stretch(expires_in, LIFE_MS, MAX_LIFE_MS, "/expires_in"),
        ...(service_account !== undefined && { account: true }),
        ...(allow !== undefined && {
          hours: { allow, ...(days !== undefined && { days }), ...(timezone !== undefined && { timezone }) },
        }),
      });
      if (made === undefined) throw new Refused("not-found", "There is no such service account.");
      void reply.code(201).header("location", `${BASE}/keys/${made.key.id}`);
      return shown(made);
    },
  );
  app.post(
    `${BASE}/keys/:id/rotate`,
    {
      config: { permission: "people.write", secret: true },
      schema: {
        operationId: "rotateKey",
        tags: ["people"],
        summary: "Put another key in a key's place, which is shown this once",
        description:
          "The new one leads where the old one did and lasts as long. The old one is good for a time of grace. Takes no Idempotency-Key.",
        params: idParams,
        querystring: tenantQuery,
        body: rotateSchema,
        response: { 201: madeKeySchema, ...postProblems("not-granted", "not-found") },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      const grace_ms = stretch(request.body.grace, GRACE_MS, MAX_GRACE_MS, "/grace");
      const made = await desk.replace(request.credential, tenant, request.params.id, grace_ms);
      if (made === undefined) throw NONE();
      void reply.code(201).header("location", `${BASE}/keys/${made.key.id}`);
      return shown(made);
    },
  );
}

function endingRoutes(app: Routes, parts: GovernanceParts, desk: KeyDesk): void {
  app.delete(
    `${BASE}/keys/:id`,
    {
      config: { permission: "people.write" },
      schema: {
        operationId: "revokeKey",
        tags: ["people"],
        summary: "Take an API key back",
        description: "Within a second no gate of the store takes it, and what is open with it is cut off.",
        params: idParams,
        querystring: tenantQuery,
        response: {
          204: z.undefined().describe("Taken back."),
          ...problems("invalid-request", "not-granted", "not-found", "unrecorded"),
        },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      if (!(await desk.revoke(request.credential, tenant, request.params.id))) throw NONE();
      return reply.code(204).send();
    },
  );
}

/** `/keys`: API keys, made, replaced and taken back. */
export function keyRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate, store } = parts;
  const { people, credentials } = store;
  const actsOf = (tenant: TenantId) => store.forTenant(tenant).acts;
  readingRoutes(app, parts);
  const desk = keyDesk({ people, credentials, actsOf, now: gate.now });
  makingRoutes(app, parts, desk);
  endingRoutes(app, parts, desk);
}
