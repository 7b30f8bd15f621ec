import { z } from "zod";
import type { Principal } from "../call/principal.ts";
import { within } from "../gateway/as-of.ts";
import { principalOf } from "./asker.ts";
import type { Authority } from "./authority.ts";
import { governs } from "./governing.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";

/** From the least to the most. */
const LEVELS = ["read", "write", "admin"] as const;

const level = z.enum(LEVELS);
const registry = z.enum(["plugpipe", "mcp", "generic"]);
const resourcesSchema = z
  .object({
    tenant_id: z.string(),
    registry_type: registry,
    resources: z.array(
      z.object({
        id: z.string().describe("A server: what `authorize` takes as `resource_id`."),
        access_level: level.describe("The most of `operations`."),
        operations: z.array(level).describe("The words to which `authorize` says yes."),
      }),
    ),
  })
  .meta({ title: "Resources" });

/** `GET /tenants/{tenant_id}/resources`: the servers that whoever asks may do something with, by authorize's own word. */
export function resourcesRoutes(app: Routes, parts: GovernanceParts, { authorize }: Authority): void {
  const { gate, isTenant } = parts;
  app.get(
    `${BASE}/tenants/:tenant_id/resources`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "listResources",
        tags: ["authorization"],
        summary: "Which servers may be read, written to or administered?",
        description:
          "As `authorize` answers of each server alone. Rules that name tools do not speak of it: MCP clients ask the gate for its lists.",
        params: z.object({ tenant_id: z.string().min(1).max(256) }),
        querystring: z.strictObject({
          registry_type: registry
            .optional()
            .describe("What kind of registry asks; mcp if absent. It changes nothing."),
        }),
        response: {
          200: resourcesSchema,
          ...problems("invalid-request", "not-for-others", "not-found"),
        },
      },
    },
    async ({ credential, params: { tenant_id }, query: { registry_type = "mcp" } }) => {
      // Who governs it from above hears what somebody of their id and roles could use there.
      const asker: Principal = governs(parts, credential, tenant_id)
        ? { ...credential, tenant: tenant_id, source: "asserted", asserted_by: credential.id }
        : credential;
      const asking = { credential: asker, inexact: [] };
      // Who may not ask about that tenant hears so before anything tells whether it is there, or has servers.
      const { servers } = within(gate, principalOf(asker, tenant_id, undefined));
      const resources = [];
      for (const id of servers.keys()) {
        const operations = [];
        for (const operation of LEVELS) {
          const { allowed } = await authorize({ tenant_id, resource_id: id, operation }, asking);
          if (allowed) operations.push(operation);
        }
        const access_level = operations.at(-1);
        if (access_level !== undefined) resources.push({ id, access_level, operations });
      }
      // Only after it was seen that the credential may ask about that tenant: no word tells it apart before.
      if (!isTenant(tenant_id)) throw new Refused("not-found", "This gate has no tenant of that name.");
      return { tenant_id, registry_type, resources };
    },
  );
}
