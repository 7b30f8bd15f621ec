import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { isAcross, may, type Permission } from "../call/permission.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import { DEFAULT_TENANT, type Placed } from "../tenancy/directory.ts";
import {
  type Cannot,
  createTenant,
  deleteTenant,
  type Doing,
  resumeTenant,
  suspendTenant,
} from "../tenancy/life.ts";
import { directoryIn, governs, isBelow } from "./governing.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { postProblems, problems, type Routes } from "./routes.ts";
import {
  deletedSchema,
  newTenantSchema,
  tenantPageSchema,
  tenantParams,
  tenantSchema,
  type TenantView,
} from "./tenant-shapes.ts";

const PAGE = 100;
/** In that time every gate of the store has seen that a tenant is shut out, and has ended what was open. */
const HEARD_MS = 1_500;

function viewOf({ id, kind, parent, name, state, open, share, declared, made_at }: Placed): TenantView {
  return {
    id,
    kind,
    parent: parent === "" ? null : parent,
    name,
    state,
    open,
    share,
    declared,
    made_at: made_at === undefined ? null : new Date(made_at).toISOString(),
  };
}

/** Throws Refused in the same words whether there is such a tenant or not. */
function refuse(permission: Permission): never {
  throw new Refused("not-permitted", `That needs the permission ${permission} there.`);
}

/** The tenant, for who may see it: its own people, those of what is above it, and the gate's administrators. */
function seen(parts: GovernanceParts, credential: Principal, id: TenantId): Placed {
  const directory = directoryIn(parts);
  if (!may(credential, "state.read", id) && !isBelow(directory, credential, id)) return refuse("state.read");
  const placed = directory.get(id);
  if (placed === undefined) throw new Refused("not-found", "This gate has no tenant of that name.");
  return placed;
}

/** Who may change a tenant: the gate's administrators, and whoever governs one that is above it. */
function mayChange(parts: GovernanceParts, credential: Principal, id: TenantId): boolean {
  if (may(credential, "tenants.write", id) && isAcross(credential)) return true;
  return governs(parts, credential, id);
}

async function doingOf(parts: GovernanceParts, { id: who }: Principal): Promise<Doing> {
  const { store, gate, tenancy } = parts;
  // What another gate has done is seen before anything is done here.
  await tenancy?.refresh();
  return { store, directory: directoryIn(parts), who, now: gate.now() };
}

function refused({ cause, why }: Cannot): Refused {
  if (cause === "unknown") return new Refused("not-found", why);
  return new Refused(cause === "state" ? "wrong-state" : "unjudgeable", why);
}

function readingRoutes(app: Routes, parts: GovernanceParts): void {
  const config = { permission: "state.read" as const };
  app.get(
    `${BASE}/tenants`,
    {
      config,
      schema: {
        operationId: "listTenants",
        tags: ["tenants"],
        summary: "The tenants that the credential may see: its own, and those below it",
        querystring: z.strictObject({
          limit: z.coerce.number().int().min(1).max(1_000).optional().describe("100 if absent."),
          cursor: z.string().min(1).max(256).optional().describe("`next` of the page before."),
        }),
        response: { 200: tenantPageSchema, ...problems("invalid-request") },
      },
    },
    async ({ credential, query: { limit = PAGE, cursor = "" } }) => {
      const directory = directoryIn(parts);
      const visible = directory
        .all()
        .filter(({ id }) => may(credential, "state.read", id) || isBelow(directory, credential, id))
        .filter(({ id }) => id > cursor);
      const items = visible.slice(0, limit).map(viewOf);
      return { items, next: visible.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  );
  app.get(
    `${BASE}/tenants/:tenant_id`,
    {
      config,
      schema: {
        operationId: "getTenant",
        tags: ["tenants"],
        summary: "One tenant",
        params: tenantParams,
        response: { 200: tenantSchema, ...problems("invalid-request", "not-found") },
      },
    },
    async ({ credential, params }) => viewOf(seen(parts, credential, params.tenant_id)),
  );
}

function makingRoute(app: Routes, parts: GovernanceParts): void {
  app.post(
    `${BASE}/tenants`,
    {
      config: { permission: "tenant.write" },
      schema: {
        operationId: "createTenant",
        tags: ["tenants"],
        summary: "Set a tenant up",
        description:
          "The gate's administrators set up any; who governs a tenant sets up what is below it, by ids that begin with its own.",
        body: newTenantSchema,
        response: { 201: tenantSchema, ...postProblems("unjudgeable", "wrong-state") },
      },
    },
    async ({ credential, body }, reply) => {
      const { id, kind = "tenant", name = id, share = 1 } = body;
      const { tenant: own } = credential;
      const parent = body.parent ?? (own === DEFAULT_TENANT ? "" : own);
      const doing = await doingOf(parts, credential);
      const below = parent === own || isBelow(doing.directory, credential, parent);
      // Ids of others are not for trying out: below a tenant they begin with its own.
      const isOwn = below && own !== DEFAULT_TENANT && id.startsWith(`${own}.`);
      if (!isOwn && !isAcross(credential)) return refuse("tenants.write");
      const most = doing.directory.get(own)?.share ?? 1;
      if (share > most && !isAcross(credential))
        throw new Refused("unjudgeable", `A share of more than ${most}, its own, is not ${own}'s to give.`);
      const made = await createTenant(doing, { id, kind, parent, name, share });
      if (made.kind === "cannot") throw refused(made);
      await parts.tenancy?.refresh();
      void reply.code(201).header("location", `${BASE}/tenants/${id}`);
      return viewOf(seen(parts, credential, id));
    },
  );
}

const CHANGES = [
  ["suspend", "suspendTenant", "Shut everybody of a tenant, and of what is below it, out", suspendTenant],
  ["resume", "resumeTenant", "Let everybody of a suspended tenant in again", resumeTenant],
] as const;

function changingRoutes(app: Routes, parts: GovernanceParts): void {
  const config = { permission: "tenant.write" as const };
  for (const [word, operationId, summary, change] of CHANGES)
    app.post(
      `${BASE}/tenants/:tenant_id/${word}`,
      {
        config,
        schema: {
          operationId,
          tags: ["tenants"],
          summary,
          description: "Within a second at every gate of the store.",
          params: tenantParams,
          response: { 200: tenantSchema, ...postProblems("not-found", "wrong-state", "unjudgeable") },
        },
      },
      async ({ credential, params: { tenant_id } }) => {
        const doing = await doingOf(parts, credential);
        if (!mayChange(parts, credential, tenant_id)) return refuse("tenants.write");
        const wrong = await change(doing, tenant_id);
        if (wrong !== undefined) throw refused(wrong);
        await parts.tenancy?.refresh();
        return viewOf(seen(parts, credential, tenant_id));
      },
    );
  app.delete(
    `${BASE}/tenants/:tenant_id`,
    {
      config,
      schema: {
        operationId: "deleteTenant",
        tags: ["tenants"],
        summary: "Delete a tenant",
        description:
          "Destroys the keys of its records and deletes what is no evidence; the answer says what stays. One that was interrupted is gone on with.",
        params: tenantParams,
        querystring: z.strictObject({ confirm: z.string().min(1).max(256).describe("Its id again.") }),
        response: {
          200: deletedSchema,
          ...problems("invalid-request", "not-found", "wrong-state", "unjudgeable", "unrecorded"),
        },
      },
    },
    async ({ credential, params: { tenant_id: id }, query: { confirm } }) => {
      const doing = await doingOf(parts, credential);
      if (!mayChange(parts, credential, id)) return refuse("tenants.write");
      if (confirm !== id)
        throw new Refused("unjudgeable", "`confirm` is not the id of the tenant; nothing was deleted.");
      const deleted = await deleteTenant(doing, id, () => delay(HEARD_MS));
      if (deleted.kind === "cannot") throw refused(deleted);
      await parts.tenancy?.refresh();
      const { subjects, removed, remains, inClear } = deleted;
      return { id, subjects, removed: { ...removed }, remains: { ...remains }, in_clear: inClear };
    },
  );
}

/** `/tenants`: who there is, and what is done to them. */
export function tenantRoutes(app: Routes, parts: GovernanceParts): void {
  readingRoutes(app, parts);
  makingRoute(app, parts);
  changingRoutes(app, parts);
}
