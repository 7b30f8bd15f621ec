import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import { z } from "zod";
import { encoderOf } from "../audit/form/form.ts";
import type { Form, Redaction } from "../audit/form/forms.ts";
import { actEntry, callEntry, type Entry } from "../audit/reading/entry.ts";
import { exported } from "../audit/reading/export.ts";
import { readPage } from "../audit/reading/page.ts";
import type { RecordQuery } from "../audit/reading/query.ts";
import { trace } from "../audit/reading/trace.ts";
import { type ActId, parseApprovalId, parseCallId } from "../call/id.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { putOnRecord, redactFor, viewFor, type View } from "./record-reading.ts";
import {
  entryPageSchema,
  entryQuery,
  entrySchema,
  exportQuery,
  oneQuery,
  recordQuery,
  traceSchema,
} from "./record-shapes.ts";
import { demand, problems, type Routes } from "./routes.ts";

const PAGE = 50;
const config = { permission: "records.read" } as const;

const MEDIA: Readonly<Record<Form, string>> = {
  ndjson: "application/x-ndjson",
  atom: "application/x-ndjson",
  guardian: "application/x-ndjson",
  ocsf: "application/x-ndjson",
  otlp: "application/x-ndjson",
  tool_logs: "application/x-ndjson",
  cef: "text/plain; charset=utf-8",
  json: "application/json",
  csv: "text/csv; charset=utf-8",
  parquet: "application/vnd.apache.parquet",
};

/** The call or act of an id, as the reader may see it. Throws Refused where there is none. */
async function entryAt({ rows, redact }: View, id: string): Promise<Entry> {
  const call = parseCallId(id);
  const record = call === undefined ? undefined : await rows.journal.get(call);
  if (record !== undefined) return redact(callEntry(record));
  // Of those before what comes right after it, it is the newest.
  const [act] = await rows.acts.find({ order: "newest", limit: 1, beyond: `${id}0` as ActId });
  if (act?.act.id !== id) throw new Refused("not-found", "There is no such record.");
  return redact(actEntry(act));
}

/** Sends an export while it is made; it was put on record before. */
export async function sendExport(
  parts: GovernanceParts,
  reply: FastifyReply,
  who: { readonly credential: Principal; readonly tenant: TenantId },
  what: { readonly query: RecordQuery; readonly form: Form; readonly level: Redaction },
): Promise<FastifyReply> {
  const { credential, tenant } = who;
  const { form, level } = what;
  demand(credential, "records.read", tenant);
  if (level === "none" || level === "personal") demand(credential, "payload.open", tenant);
  const { gate, store } = parts;
  const rows = store.forTenant(tenant);
  const until = Math.min(what.query.until ?? gate.now(), gate.now());
  const query = { ...what.query, until };
  const { order: _, ...said } = query;
  await putOnRecord(parts, rows, credential, "records.exported", "-", {
    format: form,
    redact: level,
    filter: { ...said },
  });
  const encoder = await encoderOf(form, { version: gate.version });
  const redact = redactFor(level, credential, tenant);
  const bytes = exported(rows, query, redact, encoder, undefined, redact);
  const name = `records-${tenant}-${new Date(until).toISOString().slice(0, 10)}.${form === "json" || form === "csv" || form === "parquet" ? form : "ndjson"}`;
  return reply
    .type(MEDIA[form])
    .header("content-disposition", `attachment; filename="${name}"`)
    .send(Readable.from(bytes));
}

/** `GET /audit/entries` and `/audit/entries/{id}`. */
function entryRoutes(app: Routes, parts: GovernanceParts): void {
  app.get(
    `${BASE}/audit/entries`,
    {
      config,
      schema: {
        operationId: "listRecords",
        tags: ["records"],
        summary: "Calls and administrative acts on record",
        description:
          "A page may have less than `limit` items and still a `next`: it takes a bounded time, whatever is asked.",
        querystring: entryQuery,
        response: { 200: entryPageSchema, ...problems("invalid-request", "unrecorded") },
      },
    },
    async ({ credential, query }) => {
      const { order = "newest", payload, limit = PAGE, cursor, tenant_id, ...filters } = query;
      const asked = recordQuery(filters, order);
      const filter = { ...filters };
      const view = await viewFor(parts, credential, tenant_id, payload === "true", "records", { filter });
      const page = await readPage(view.rows, asked, limit, cursor, view.redact);
      return {
        items: page.items.map((entry) => view.show(view.redact(entry))) as never,
        next: page.next ?? null,
      };
    },
  );
  app.get(
    `${BASE}/audit/entries/:id`,
    {
      config,
      schema: {
        operationId: "getRecord",
        tags: ["records"],
        summary: "One call or act on record",
        params: z.object({ id: z.string().max(64) }),
        querystring: oneQuery,
        response: { 200: entrySchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async ({ credential, query, params }) => {
      const { tenant_id, payload } = query;
      const view = await viewFor(parts, credential, tenant_id, payload === "true", params.id);
      return view.show(await entryAt(view, params.id));
    },
  );
}

/** `GET /audit/trace/{id}` and `/audit/export`. */
function storyRoutes(app: Routes, parts: GovernanceParts): void {
  app.get(
    `${BASE}/audit/trace/:id`,
    {
      config,
      schema: {
        operationId: "traceRecord",
        tags: ["records"],
        summary: "All that is on record of one call or question to people, by time",
        params: z.object({ id: z.string().max(64) }),
        querystring: z.strictObject({ tenant_id: entryQuery.shape.tenant_id }),
        response: { 200: traceSchema, ...problems("invalid-request", "not-found", "unrecorded") },
      },
    },
    async ({ credential, query, params }) => {
      const view = await viewFor(parts, credential, query.tenant_id, false, params.id);
      const id = parseCallId(params.id) ?? parseApprovalId(params.id);
      const found = id === undefined ? undefined : await trace(view.rows, id, false);
      if (found === undefined) throw new Refused("not-found", "There is no such record.");
      const calls = found.calls.map((record) => view.show(view.redact(callEntry(record))));
      const steps = found.steps.map(({ at, ...rest }) => ({ at: new Date(at).toISOString(), ...rest }));
      return { calls: calls as never, steps };
    },
  );
  app.get(
    `${BASE}/audit/export`,
    {
      config,
      schema: {
        operationId: "exportRecords",
        tags: ["records"],
        summary: "Records as a file, sent while it is made; that is put on record",
        querystring: exportQuery,
        response: {
          200: {
            description: "In the form that was asked for; the media type says which.",
            content: Object.fromEntries(
              Object.values(MEDIA).map((media) => [
                media.split(";", 1)[0] ?? "",
                { schema: media === "application/json" ? z.array(entrySchema) : z.string() },
              ]),
            ),
          },
          ...problems("invalid-request", "unrecorded"),
        },
      },
    },
    async ({ credential, query }, reply) => {
      const { format = "ndjson", redact = "payload", tenant_id, ...filters } = query;
      const who = { credential, tenant: tenant_id ?? credential.tenant };
      return await sendExport(parts, reply, who, {
        query: recordQuery(filters, "oldest"),
        form: format,
        level: redact,
      });
    },
  );
}

/** `GET /audit/…`: what is on record, for who may read it: pages, one entry, the story of one, a file. */
export function recordRoutes(app: Routes, parts: GovernanceParts): void {
  entryRoutes(app, parts);
  storyRoutes(app, parts);
}
