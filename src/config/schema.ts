import { z } from "zod";
import { keysSchema } from "./keys-schema.ts";
import { anchorsSchema, logSchema } from "./anchor-schema.ts";
import { authSchema, tlsSchema } from "./auth-schema.ts";
import { guardsSchema, profileSchema } from "./guard-schema.ts";
import { pluginSchema } from "./plugin-schema.ts";
import { notificationSchema, outboundSchema } from "./notification-schema.ts";
import { serverSchema } from "./server-schema.ts";
import { tenantsSchema } from "./tenant-schema.ts";
import { sinkSchema } from "./sink-schema.ts";
import { voterSchema } from "./voter-schema.ts";

const seconds = (least: number, most: number) => z.int().min(least).max(most).optional();
const texts = z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(100)]);

/** The shape of portcullis.yaml: what the loader accepts and what editors know. One source for both. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).optional().describe("The version of this file's format."),
    preset: z
      .enum(["development", "production", "high_security", "gdpr_focused"])
      .optional()
      .describe(
        "Defaults for everything else. production and high_security also promise: nobody unknown, default deny, guards. This version has these and development.",
      ),
    mode: z
      .enum(["enforce", "observe"])
      .optional()
      .describe(
        "enforce: policy decides. observe: nothing is refused, and what would have been is recorded.",
      ),
    listen: texts
      .optional()
      .describe("host:port, or a list of them. Port 0 takes a free one. Beyond loopback only with auth."),
    store: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where the records are: sqlite:FILE (relative to this file) or postgres://…, best as ${NAME}.",
      ),
    cluster: z
      .string()
      .min(1)
      .optional()
      .describe(
        "Where gates on one store count limits: memory, which is the store, or redis://… (rediss:// for TLS), best as ${NAME}.",
      ),
    exposure: z
      .enum(["unified", "multi_port", "hybrid"])
      .optional()
      .describe(
        "unified: all servers behind one address. multi_port: each at a port of its own. hybrid: as each server's `expose` says.",
      ),
    policy: texts
      .optional()
      .describe(
        "Policy files, or folders of them, relative to this file. store: what `policy apply` put in force. git+file:///PATH#REF:FOLDER: a folder of a Git repository.",
      ),
    voters: z
      .record(
        z
          .string()
          .regex(
            /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
            "a voter's name is up to 64 letters, digits, `.`, `_` and `-`",
          ),
        voterSchema,
      )
      .optional()
      .describe(
        "Engines that are asked after policy, and can only tighten its verdict: OPA, Rego as Wasm, Cedar.",
      ),
    mcpServers: z
      .record(
        z
          .string()
          .regex(
            /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
            "a server's name is up to 64 letters, digits, `.`, `_` and `-`",
          ),
        serverSchema,
      )
      .optional()
      .describe("The governed servers, in the shape that clients use."),
    auth: authSchema.optional(),
    tls: tlsSchema.optional(),
    tenants: tenantsSchema.optional(),
    profile: profileSchema.optional(),
    guards: guardsSchema.optional(),
    plugins: z
      .record(
        z
          .string()
          .regex(/^[a-z][a-z0-9_-]{0,47}$/, "a plugin's name is up to 48 small letters, digits, `_` and `-`"),
        pluginSchema,
      )
      .refine((all) => Object.keys(all).length <= 16, "a gate has up to 16 plugins")
      .optional()
      .describe("Guards of your own. A gate whose plugin cannot be loaded does not start."),
    public_url: z
      .string()
      .min(1)
      .max(2048)
      .optional()
      .describe(
        "What clients and people call this gate: https://gate.example.com. Tokens are for its addresses, and links lead there.",
      ),
    keys: keysSchema.optional(),
    secret: z
      .string()
      .min(1)
      .max(1024)
      .optional()
      .describe(
        "What all gates of one store sign links with: at least 32 characters, best as ${NAME}. With a SQLite store one is made beside the file.",
      ),
    notifications: notificationSchema.optional(),
    outbound: outboundSchema.optional(),
    audit: z
      .strictObject({
        detail: z
          .enum(["full", "summary"])
          .optional()
          .describe("full: redacted arguments too. summary: digests only."),
      })
      .optional()
      .describe("How much of a call is written down."),
    log: logSchema.optional(),
    anchors: anchorsSchema.optional(),
    sinks: z
      .record(
        z
          .string()
          .regex(
            /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
            "a sink's name is up to 64 letters, digits, `.`, `_` and `-`",
          ),
        sinkSchema,
      )
      .optional()
      .describe(
        "Where records go on their own: a SIEM, a collector, a file. Each at least once, in its order.",
      ),
    limits: z
      .strictObject({
        body_bytes: z.int().min(1024).max(1_073_741_824).optional().describe("Of one message."),
        depth: z.int().min(8).max(512).optional().describe("Nested lists and objects in one message."),
        sessions: z.int().min(1).max(1_000_000).optional().describe("Open at once, of all clients."),
        session_idle_ms: seconds(1000, 86_400_000).describe("Silence after which a session ends."),
        calls_per_session: z.int().min(256).max(100_000).optional().describe("In flight at once."),
        streams_per_session: z.int().min(1).max(1000).optional().describe("Open at once."),
        drain_ms: seconds(0, 600_000).describe("How long a stop waits for calls in flight."),
      })
      .optional()
      .describe("Bounds on everything that comes in."),
    allowed_origins: z
      .array(z.string().min(1))
      .max(100)
      .optional()
      .describe("Web pages that may call: scheme://host[:port]."),
    allowed_hosts: z
      .array(z.string().min(1))
      .max(100)
      .optional()
      .describe("Host names the gate answers to, beside loopback."),
  })
  .meta({
    title: "Portcullis configuration",
    description:
      "portcullis.yaml: servers, listeners, records. Every value may also come as PORTCULLIS_… from the environment.",
  });

export type ConfigFile = z.output<typeof configSchema>;
