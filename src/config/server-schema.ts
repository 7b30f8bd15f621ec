import { z } from "zod";
import { DATA_CLASSES, readClass } from "../call/classification.ts";
import { entitledSchema } from "./guard-schema.ts";
import { serverAuthSchema } from "./upstream-auth-schema.ts";

const NOT_READ = "Only clients use this; it is accepted and has no effect here.";
const client = z.json().optional().describe(NOT_READ);

/** Keys that only clients know, and what to say to whoever pasted one. */
export const CLIENT_KEYS = {
  alwaysAllow: "policy decides here",
  autoApprove: "policy decides here",
  trust: "policy decides here",
  disabledTools: "deny the tools by a policy rule",
  excludeTools: "deny the tools by a policy rule",
  includeTools: "allow the tools by a policy rule",
  tools: "allow the tools by a policy rule",
  timeout: "use timeout_ms",
  envFile: "name what the server needs under env, as ${NAME}",
  auth: "write what the gate shows the server: auth: { kind: secret, secret: ${NAME} }",
  oauth: "name what the server needs under headers, as ${NAME}",
  description: undefined,
  dev: undefined,
  gallery: undefined,
  icon: undefined,
  sandbox: undefined,
  sandboxEnabled: undefined,
  source: undefined,
  version: undefined,
} as const satisfies Record<string, string | undefined>;

export type ClientKey = keyof typeof CLIENT_KEYS;
const clientShape = Object.fromEntries(Object.keys(CLIENT_KEYS).map((key) => [key, client])) as Record<
  ClientKey,
  typeof client
>;

/** One entry of `mcpServers`: as clients write it, and what the gate adds. */
export const serverSchema = z.strictObject({
  command: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe("The program that is the server (stdio). No shell reads it."),
  args: z.array(z.string().max(32_768)).max(1000).optional().describe("Its arguments, one entry each."),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "not a name that a variable can have"), z.string())
    .optional()
    .describe("Given to it beside a minimal environment. Write secrets as ${NAME}."),
  cwd: z
    .string()
    .min(1)
    .optional()
    .describe("Where it runs, relative to this file; this file's folder if absent."),
  url: z.string().min(1).optional().describe("Address of a server that is reached over HTTP or WebSocket."),
  serverUrl: z.string().min(1).optional().describe("Some clients' name for url."),
  httpUrl: z.string().min(1).optional().describe("Some clients' name for url."),
  headers: z
    .record(z.string(), z.string())
    .optional()
    .describe("Sent on every request, or with the handshake of a WebSocket. Write secrets as ${NAME}."),
  transport: z
    .enum(["stdio", "streamable-http", "sse", "websocket"])
    .optional()
    .describe(
      "stdio where there is a command, streamable-http where there is a url, websocket where that begins ws. A server that turns Streamable HTTP down is spoken to over sse.",
    ),
  type: z
    .enum(["stdio", "local", "http", "streamable-http", "streamableHttp", "remote", "sse", "ws", "websocket"])
    .optional()
    .describe("The clients' name for transport."),
  disabled: z.boolean().optional().describe("true: this entry is left out."),
  enabled: z.boolean().optional().describe("false: this entry is left out."),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, "a prefix is up to 32 letters, digits, `.`, `_` and `-`")
    .optional()
    .describe(
      "Put before each tool and prompt name of this server. If absent: only where two servers share a name.",
    ),
  timeout_ms: z
    .int()
    .min(100)
    .max(86_400_000)
    .optional()
    .describe("Silence after which a call is given up. 60000 if absent."),
  sessions: z.int().min(1).max(100_000).optional().describe("Conversations open at once."),
  record: z
    .union([
      z.enum(["required", "observe"]),
      z.strictObject({
        observe: z.array(z.string().min(1).max(256)).min(1).max(64).describe('Globs of tools: ["read_*"].'),
      }),
    ])
    .optional()
    .describe(
      "What a call does that cannot be recorded. required (built in): it is refused. observe: it passes, unless a limit or an approval counts it; with globs, calls of those tools alone.",
    ),
  resource_args: z
    .array(z.string().min(1))
    .max(64)
    .optional()
    .describe("Argument names that `match.resource` of a policy rule reads."),
  classification: z
    .string()
    .refine((text) => readClass(text) !== undefined, { error: `is one of ${DATA_CLASSES.join(", ")}` })
    .optional()
    .meta({ enum: [...DATA_CLASSES, ...DATA_CLASSES.map((each) => each.toUpperCase())] })
    .describe("What this server's data is at least. `internal` where nobody says anything."),
  entitled: entitledSchema.optional(),
  expose: z
    .enum(["unified", "separate"])
    .optional()
    .describe("Under `exposure: hybrid`: behind the common address, or at a port of its own."),
  port: z
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .describe(
      "Of a server with an address of its own; 0 takes a free one. One after the other from `listen` on if absent.",
    ),
  ...clientShape,
  auth: serverAuthSchema
    .optional()
    .describe("What the gate shows the server: see `auth` of a server. What names no kind is for clients."),
});

export type ServerEntry = z.output<typeof serverSchema>;
