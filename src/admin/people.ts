import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Permission } from "../call/permission.ts";
import type { TenantId } from "../call/principal.ts";
import { type PeopleDesk, peopleDesk } from "../identity/people-desk.ts";
import type { Person } from "../store/people/people.ts";
import type { GovernanceParts } from "./parts.ts";
import {
  idParams,
  newPersonSchema,
  type PersonView,
  pageQuery,
  personChangeSchema,
  personPageSchema,
  personSchema,
  tenantQuery,
} from "./people-shapes.ts";
import { BASE, Refused } from "./problem.ts";
import { demand, postProblems, problems, type Routes } from "./routes.ts";

const PAGE = 100;

function viewOf({ made_at, changed_at, roles, ...rest }: Person): PersonView {
  const text = (at: number): string => new Date(at).toISOString();
  return { ...rest, roles: [...roles], made_at: text(made_at), changed_at: text(changed_at) };
}

/** The tenant that a request is about, where its sender may do that there. Throws Refused. */
export function tenantAt(
  { isTenant }: Pick<GovernanceParts, "isTenant">,
  { credential }: Pick<FastifyRequest, "credential">,
  named: string | undefined,
  permission: Permission,
): TenantId {
  const tenant = named ?? credential.tenant;
  demand(credential, permission, tenant);
  if (tenant !== credential.tenant && !isTenant(tenant))
    throw new Refused("not-found", "This gate has no tenant of that name.");
  return tenant;
}

const KINDS = {
  user: {
    path: "users",
    one: "user",
    words: ["listUsers", "addUser", "getUser", "changeUser", "removeUser"],
  },
  "service-account": {
    path: "service-accounts",
    one: "service account",
    words: [
      "listServiceAccounts",
      "addServiceAccount",
      "getServiceAccount",
      "changeServiceAccount",
      "removeServiceAccount",
    ],
  },
} as const;
type Kind = keyof typeof KINDS;

const nobody = (kind: Kind): Refused => new Refused("not-found", `There is no such ${KINDS[kind].one}.`);

/** Reads a person of that kind; Refused where there is none. */
async function personOf({ store }: GovernanceParts, kind: Kind, tenant: TenantId, id: string) {
  const person = await store.people.get(tenant, id);
  if (person?.kind !== kind) throw nobody(kind);
  return person;
}

function readingRoutes(app: Routes, parts: GovernanceParts, kind: Kind): void {
  const { path, one, words } = KINDS[kind];
  const config = { permission: "people.read" as const };
  app.get(
    `${BASE}/${path}`,
    {
      config,
      schema: {
        operationId: words[0],
        tags: ["people"],
        summary: `The ${one}s of a tenant`,
        querystring: pageQuery,
        response: { 200: personPageSchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async (request) => {
      const { tenant: named, limit = PAGE, cursor = "" } = request.query;
      const tenant = tenantAt(parts, request, named, "people.read");
      const found: Person[] = [];
      let after = cursor;
      // Both kinds are kept together, in the order of their ids.
      for (;;) {
        const list = await parts.store.people.list(tenant, after, limit + 1);
        found.push(...list.filter((each) => each.kind === kind));
        after = list.at(-1)?.id ?? after;
        if (found.length > limit || list.length <= limit) break;
      }
      const items = found.slice(0, limit).map(viewOf);
      return { items, next: found.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  );
  app.get(
    `${BASE}/${path}/:id`,
    {
      config,
      schema: {
        operationId: words[2],
        tags: ["people"],
        summary: `One ${one}`,
        params: idParams,
        querystring: tenantQuery,
        response: { 200: personSchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async (request) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.read");
      return viewOf(await personOf(parts, kind, tenant, request.params.id));
    },
  );
}

function changingRoutes(app: Routes, parts: GovernanceParts, desk: PeopleDesk, kind: Kind): void {
  const { path, one, words } = KINDS[kind];
  const config = { permission: "people.write" as const };
  app.post(
    `${BASE}/${path}`,
    {
      config,
      schema: {
        operationId: words[1],
        tags: ["people"],
        summary: `Add a ${one}`,
        description: "Nobody gives roles that let do more than they may themselves.",
        querystring: tenantQuery,
        body: newPersonSchema,
        response: { 201: personSchema, ...postProblems("not-granted", "not-found", "already-there") },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      const { id, name = "", roles = [] } = request.body;
      const made = await desk.add(request.credential, { tenant, id, kind, name, roles });
      if (made === undefined)
        throw new Refused("already-there", "There is a user or service account of that id.");
      void reply.code(201).header("location", `${BASE}/${path}/${encodeURIComponent(id)}`);
      return viewOf(made);
    },
  );
  app.patch(
    `${BASE}/${path}/:id`,
    {
      config,
      schema: {
        operationId: words[3],
        tags: ["people"],
        summary: `Change the roles of a ${one}, or keep them out`,
        description: "It holds at every gate of the store within a second; what is open for them is cut off.",
        params: idParams,
        querystring: tenantQuery,
        body: personChangeSchema,
        response: { 200: personSchema, ...postProblems("not-granted", "not-found") },
      },
    },
    async (request) => {
      const { credential, params, body } = request;
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      let person: Person | undefined = await personOf(parts, kind, tenant, params.id);
      if (body.roles !== undefined) person = await desk.setRoles(credential, tenant, params.id, body.roles);
      if (body.state !== undefined) person = await desk.setState(credential, tenant, params.id, body.state);
      if (person === undefined) throw nobody(kind);
      return viewOf(person);
    },
  );
}

function endingRoutes(app: Routes, parts: GovernanceParts, desk: PeopleDesk, kind: Kind): void {
  const { path, one, words } = KINDS[kind];
  app.delete(
    `${BASE}/${path}/:id`,
    {
      config: { permission: "people.write" },
      schema: {
        operationId: words[4],
        tags: ["people"],
        summary: `Forget a ${one}`,
        description:
          kind === "user"
            ? "Their roles here are gone; who lets them in elsewhere still does. To keep somebody out, disable them."
            : "Its keys open nothing any more.",
        params: idParams,
        querystring: tenantQuery,
        response: {
          204: z.undefined().describe("Forgotten."),
          ...problems("invalid-request", "not-granted", "not-found", "unrecorded"),
        },
      },
    },
    async (request, reply) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "people.write");
      const { id } = await personOf(parts, kind, tenant, request.params.id);
      if ((await desk.remove(request.credential, tenant, id)) === undefined) throw nobody(kind);
      return reply.code(204).send();
    },
  );
}

/** `/users` and `/service-accounts`: whom a tenant knows, and what it gives them. */
export function peopleRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate, store } = parts;
  const { people, credentials } = store;
  const actsOf = (tenant: TenantId) => store.forTenant(tenant).acts;
  const desk = peopleDesk({ people, credentials, actsOf, now: gate.now });
  for (const kind of ["user", "service-account"] as const) {
    readingRoutes(app, parts, kind);
    changingRoutes(app, parts, desk, kind);
    endingRoutes(app, parts, desk, kind);
  }
}
