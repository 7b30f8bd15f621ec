import { z } from "zod";
import { LINE_FORMS } from "../audit/form/forms.ts";
import type { RecordQuery } from "../audit/reading/query.ts";

const name = z.string().min(1).max(1024).optional();
const time = z.union([z.iso.datetime({ offset: true }), z.iso.date()]);
const CURSOR = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/;
const yes = z.enum(["true", "false"]).optional();

/** What records are looked for by, as parameters. */
const filters = {
  tenant_id: z.string().min(1).max(256).optional().describe("Whose records; the credential's own if absent."),
  kinds: z
    .enum(["all", "calls", "acts"])
    .optional()
    .describe("all, if absent: calls and administrative acts."),
  since: time.optional().describe("At or after."),
  until: time.optional().describe("Before."),
  principal: name,
  client: name.describe("`name/version`, or the name."),
  server: name,
  method: name,
  tool: name,
  target: name.describe("Tool, prompt or resource."),
  verdict: z.enum(["allow", "deny", "hold"]).optional(),
  rule: name,
  status: z.enum(["open", "ok", "error", "denied", "held", "unknown"]).optional(),
  classification: name,
  finding: name.describe("The class of something that guards found."),
  approval: name.describe("The question to people that a call waited for, or passed by."),
  session: name.describe("The session that a call was asked in."),
  request_id: name.describe("What a call's HTTP exchange was called: `X-Request-Id`."),
  action: name.describe("An administrative act: `key.made`, or `key.` for all that begin so."),
  text: z
    .string()
    .min(1)
    .max(200)
    .optional()
    .describe("Stands somewhere in what is shown of it: in arguments only with `payload`."),
};
const order = z.enum(["newest", "oldest"]).optional().describe("newest, if absent.");
const payload = yes.describe(
  "With what was said, as far as it is kept. That needs payload.open, and is put on record.",
);

export const entryQuery = z.strictObject({
  ...filters,
  order,
  payload,
  limit: z.coerce.number().int().min(1).max(1000).optional().describe("50 if absent."),
  cursor: z
    .string()
    .regex(CURSOR, "is no cursor of these pages")
    .optional()
    .describe("`next` of the page before."),
});
export const oneQuery = z.strictObject({ tenant_id: filters.tenant_id, payload });
export const exportQuery = z.strictObject({
  ...filters,
  format: z
    .enum([...LINE_FORMS, "json", "csv", "parquet", "otlp"])
    .optional()
    .describe("ndjson, if absent."),
  redact: z
    .enum(["none", "personal", "payload", "identity"])
    .optional()
    .describe("payload, if absent: no arguments. What lets more out needs payload.open."),
});
/** What the bridge's lists are asked for by. */
export const hoursQuery = z.strictObject({
  server_name: name,
  hours: z.coerce.number().int().min(1).max(8_760).optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  payload,
});
/** What the trail of the gateway for caches is asked for by. */
export const securityQuery = z.strictObject({
  user_id: name,
  operation: name,
  session_id: name,
  start_date: time.optional(),
  end_date: time.optional(),
  limit: z.coerce.number().int().min(1).max(1000).optional(),
  cursor: z.string().regex(CURSOR, "is no cursor of these pages").optional(),
});
export const securityExportQuery = securityQuery
  .omit({ limit: true, cursor: true })
  .extend({ format: z.enum(["json", "csv", "ndjson"]).optional() });

/** An entry: a call has `verdict`, `status`, `server` and more, an act `action`, `object` and `outcome`. */
export const entrySchema = z
  .looseObject({
    kind: z.enum(["call", "act"]),
    id: z.string(),
    at: z.iso.datetime(),
    tenant: z.string(),
    principal: z.string(),
    atom_tag: z.string(),
  })
  .meta({ title: "RecordEntry" });
export const entryPageSchema = z
  .object({
    items: z.array(entrySchema),
    next: z.string().nullable().describe("`cursor` of the next page; null where everything was looked at."),
  })
  .meta({ title: "RecordPage" });
export const traceSchema = z
  .object({
    calls: z.array(entrySchema),
    steps: z.array(
      z.object({ at: z.iso.datetime(), step: z.string(), id: z.string(), by: z.string(), what: z.string() }),
    ),
  })
  .meta({ title: "RecordTrace" });

type Filters = Omit<z.output<z.ZodObject<typeof filters>>, "tenant_id">;

/** What is looked for, of parameters. */
export function recordQuery(
  { kinds = "all", since, until, request_id, ...named }: Filters,
  by: RecordQuery["order"],
): RecordQuery {
  const said = Object.entries(named).filter(([, value]) => value !== undefined);
  return {
    ...(Object.fromEntries(said) as Partial<RecordQuery>),
    kinds,
    order: by,
    ...(since !== undefined && { since: Date.parse(since) }),
    ...(until !== undefined && { until: Date.parse(until) }),
    ...(request_id !== undefined && { request: request_id }),
  };
}
