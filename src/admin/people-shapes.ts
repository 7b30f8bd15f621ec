import { z } from "zod";
import { isNetwork } from "../config/network.ts";
import { hoursOf } from "../policy/hours.ts";

// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
const plain = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((text) => !CONTROL.test(text), "holds control characters");
const id = plain(256);
const names = z.array(id).max(100);
const at = z.iso.datetime();
const PAGE = 1_000;

export const tenantQuery = z.strictObject({
  tenant: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("Of which tenant; the credential's own if absent. Another is for the gate's administrators."),
});
export const pageQuery = tenantQuery.extend({
  limit: z.coerce.number().int().min(1).max(PAGE).optional().describe("100 if absent."),
  cursor: z.string().min(1).max(256).optional().describe("`next` of the page before."),
});
export const idParams = z.object({ id });

export const personSchema = z
  .object({
    id: z.string().describe("As credentials name them."),
    tenant: z.string(),
    kind: z.enum(["user", "service-account"]),
    name: z.string(),
    roles: z.array(z.string()).describe("What the tenant gives them, beside what their credential says."),
    state: z.enum(["active", "disabled"]),
    made_at: at,
    made_by: z.string(),
    changed_at: at,
    changed_by: z.string(),
  })
  .meta({ id: "Person", title: "Person" });
export type PersonView = z.output<typeof personSchema>;
export const personPageSchema = z
  .object({ items: z.array(personSchema), next: z.string().nullable() })
  .meta({ title: "People" });
export const newPersonSchema = z
  .strictObject({
    id: id.describe("As credentials name them."),
    name: plain(256).optional(),
    roles: names.optional(),
  })
  .meta({ title: "NewPerson" });
export const personChangeSchema = z
  .strictObject({
    roles: names.optional().describe("All that they have from now on."),
    state: z
      .enum(["active", "disabled"])
      .optional()
      .describe("disabled: whatever they present, they are kept out."),
  })
  .refine(({ roles, state }) => roles !== undefined || state !== undefined, "changes nothing")
  .meta({ title: "PersonChange" });

const hours = z
  .strictObject({
    allow: z.string().min(1).max(64).describe("09:00-17:59"),
    days: z.string().min(1).max(64).optional().describe("mon-fri"),
    timezone: z.string().min(1).max(64).optional().describe("UTC if absent."),
  })
  .superRefine(({ allow, days, timezone }, context) => {
    const read = hoursOf({
      allow,
      ...(days !== undefined && { days }),
      ...(timezone !== undefined && { timezone }),
    });
    if ("message" in read) context.addIssue({ code: "custom", path: [read.key], message: read.message });
  });
const duration = z.string().regex(/^\d{1,6}[smhdw]$/, "is no stretch of time: write 30m, 8h or 90d");

export const keySchema = z
  .object({
    id: z.string(),
    kind: z.enum(["live", "bootstrap"]),
    tenant: z.string(),
    principal: z.string().describe("Who calls with it."),
    service_account: z.boolean().describe("Whether that is a service account, which gives it its roles."),
    name: z.string().describe("What it is for."),
    roles: z.array(z.string()),
    scopes: z.array(z.string()),
    servers: z.array(z.string()).describe("Only these, where there are any; globs."),
    tools: z.array(z.string()).describe("Only these, where there are any; globs."),
    networks: z.array(z.string()).describe("Only from these, where there are any."),
    hours: z
      .object({ allow: z.string(), days: z.string().optional(), timezone: z.string().optional() })
      .optional(),
    state: z.enum(["active", "revoked", "expired"]),
    made_at: at,
    made_by: z.string(),
    expires_at: at,
    revoked_at: at.nullable(),
    revoked_by: z.string().nullable(),
    used_at: at.nullable().describe("To the minute."),
  })
  .meta({ id: "ApiKey", title: "ApiKey" });
export type KeyView = z.output<typeof keySchema>;
export const keyPageSchema = z
  .object({ items: z.array(keySchema), next: z.string().nullable() })
  .meta({ title: "ApiKeys" });
export const madeKeySchema = keySchema
  .extend({ key: z.string().describe("The key itself. It is shown this once and kept nowhere.") })
  .meta({ id: "MadeApiKey", title: "MadeApiKey" });
export const newKeySchema = z
  .strictObject({
    principal: id.optional().describe("Who calls with it, as policy names them."),
    service_account: id.optional().describe("Or the service account it is for."),
    name: plain(256).optional().describe("What it is for."),
    roles: names.optional(),
    scopes: names.optional(),
    servers: names.optional().describe("Only these, whatever policy says; globs."),
    tools: names.optional().describe("Only these, whatever policy says; globs."),
    networks: z.array(z.string().max(64).refine(isNetwork, "is no address and no range")).max(100).optional(),
    hours: hours.optional(),
    expires_in: duration.optional().describe("How long it works; 90d if absent, ten years at most."),
  })
  .refine((key) => (key.principal === undefined) !== (key.service_account === undefined), {
    message: "needs `principal` or `service_account`, and not both",
  })
  .refine((key) => key.service_account === undefined || key.roles === undefined, {
    path: ["roles"],
    message: "a key of a service account has the roles of the account",
  })
  .meta({ title: "NewApiKey" });
export const rotateSchema = z
  .strictObject({
    grace: duration
      .optional()
      .describe("For how long the old key is still good; 24h if absent, 30d at most."),
  })
  .meta({ title: "Rotate" });
