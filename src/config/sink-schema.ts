import { z } from "zod";

/** In which form entries go to a sink; each is a line. */
const forms = z.enum(["ndjson", "atom", "guardian", "ocsf", "cef", "tool_logs"]).optional();
const common = {
  redact: z
    .enum(["none", "personal", "payload", "identity"])
    .optional()
    .describe(
      "What is let out. personal (built in): personal data is masked. payload: no arguments. identity: pseudonyms too.",
    ),
  tenants: z
    .array(z.string().min(1).max(64))
    .min(1)
    .max(100)
    .optional()
    .describe("Whose records. Everybody's, if absent."),
  from: z
    .enum(["now", "beginning"])
    .optional()
    .describe("Where a sink begins that was never there: now (built in), or with the first record."),
};
const headers = z
  .record(z.string().regex(/^[A-Za-z0-9-]{1,100}$/, "is no name of a header"), z.string().min(1).max(4096))
  .optional()
  .describe("Sent along; credentials as ${NAME}.");
const url = z.string().min(1).max(2048);

const syslog = z.strictObject({
  type: z.literal("syslog"),
  url: url.describe("tls://HOST:6514, or tcp://HOST:601 inside. RFC 5424, frames with octet counting."),
  ca: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe("A PEM file, where the receiver's certificate is of one's own."),
  form: forms.describe("Built in: cef."),
  ...common,
});
const http = z.strictObject({
  type: z.literal("http"),
  url: url.describe("https://…"),
  envelope: z
    .enum(["ndjson", "splunk", "datadog", "elastic"])
    .optional()
    .describe(
      "ndjson (built in): a line each. splunk: HTTP Event Collector. datadog: its intake of logs. elastic: _bulk.",
    ),
  headers,
  form: forms.describe("Built in: ndjson."),
  ...common,
});
const otlp = z.strictObject({
  type: z.literal("otlp"),
  url: url.describe("https://COLLECTOR:4318/v1/logs. OTLP over HTTP, in JSON."),
  headers,
  ...common,
});
const file = z.strictObject({
  type: z.literal("file"),
  path: z.string().min(1).max(4096).describe("Relative to this file. Made for its owner only (0600)."),
  max_bytes: z
    .int()
    .min(65_536)
    .max(10_737_418_240)
    .optional()
    .describe("Then a new one is begun. Built in: 100 MiB."),
  keep: z.int().min(1).max(1000).optional().describe("Older files that stay. Built in: 10."),
  form: forms.describe("Built in: ndjson."),
  ...common,
});

/** `sinks`. */
export const sinkSchema = z.discriminatedUnion("type", [syslog, http, otlp, file]);
export type SinkFile = z.output<typeof sinkSchema>;
