import { z } from "zod";
import { MAX_SHARE, MAX_TENANT_NAME, TENANT_ID, TENANT_KINDS } from "../store/tenants.ts";

const id = z.string().regex(TENANT_ID, "is up to 64 letters, digits, `.`, `_` and `-`");

export const tenantParams = z.object({ tenant_id: z.string().min(1).max(256) });
export const tenantSchema = z
  .object({
    id: z.string().describe("What credentials name it."),
    kind: z.enum(TENANT_KINDS),
    parent: z.string().nullable(),
    name: z.string(),
    state: z.enum(["active", "suspended", "deleting", "deleted"]),
    open: z.boolean().describe("It and everything above it are active: whoever is of it is let in."),
    share: z.number(),
    declared: z.boolean().describe("The configuration declares it."),
    made_at: z.iso.datetime().nullable(),
  })
  .meta({ id: "Tenant", title: "Tenant" });
export type TenantView = z.output<typeof tenantSchema>;
export const tenantPageSchema = z
  .object({ items: z.array(tenantSchema), next: z.string().nullable() })
  .meta({ title: "Tenants" });
export const newTenantSchema = z
  .strictObject({
    id: id.describe(
      "What credentials name it; never given twice. Below a tenant it begins with its id and a dot.",
    ),
    kind: z.enum(TENANT_KINDS).optional().describe("tenant if absent."),
    parent: id
      .optional()
      .describe("The one above it; the credential's own if absent, where that is not the gate's."),
    name: z.string().min(1).max(MAX_TENANT_NAME).optional().describe("For people; the id if absent."),
    share: z.int().min(1).max(MAX_SHARE).optional().describe("1 if absent."),
  })
  .meta({ title: "NewTenant" });
export const deletedSchema = z
  .object({
    id: z.string(),
    subjects: z
      .number()
      .describe("People whose keys are destroyed: what was sealed with them nobody can read."),
    removed: z.record(z.string(), z.number()).describe("By table, how many rows are gone."),
    remains: z.record(z.string(), z.string()).describe("By table, why its rows stay."),
    in_clear: z.boolean().describe("Nothing of it was sealed, so what stays can be read."),
  })
  .meta({ title: "DeletedTenant" });
