import { z } from "zod";
import { globs, names, signer, tenant, text } from "./issuer-schema.ts";
import { commandLineSchema, signInSchema, tokenEndpointSchema } from "./sign-in-schema.ts";

const introspection = z
  .strictObject({
    endpoint: text.optional().describe("Built in: what the issuer's metadata names."),
    client_id: text.describe("What the gate calls itself there."),
    client_secret: text.describe("Best as ${NAME}."),
  })
  .optional()
  .describe("How tokens that are no JWT are asked about (RFC 7662). One issuer may have it.");

const issuer = signer
  .extend({ introspection })
  .describe("An authorization server whose access tokens are taken.");

const demand = z
  .strictObject({
    server: globs.optional().describe("Globs. Built in: every server."),
    tool: globs.optional().describe("Globs of tools, prompts or resource URIs. Built in: whatever it has."),
    require: names.min(1).describe("Scopes that who calls it must have, all of them."),
  })
  .describe("Scopes that calls need.");

const oauth = z
  .strictObject({
    issuers: z.array(issuer).min(1).max(32).describe("Whose access tokens are taken."),
    scopes: z.array(demand).max(1000).optional().describe("What calls need; all that fit count."),
    implies: z
      .record(z.string().min(1).max(256), names)
      .optional()
      .describe("Which scopes another one includes: { files.write: [files.read] }."),
    dpop: z
      .enum(["accepted", "required"])
      .optional()
      .describe(
        "Whether tokens must be bound to a key of the client's (RFC 9449). Bound ones always need proof.",
      ),
  })
  .optional()
  .describe("The gate as a resource server.");

const mtls = z
  .strictObject({
    subjects: z
      .array(
        z.strictObject({
          match: globs.describe("Globs: spiffe://…, or x509: and the subject, as in x509:O=Acme, CN=robot."),
          id: text.optional().describe("Who it is. Built in: the subject itself."),
          tenant,
          roles: names.optional(),
          scopes: names.optional(),
        }),
      )
      .min(1)
      .max(1000)
      .describe("Whose certificates are taken; the first that fits says who it is."),
    header: z
      .enum(["client-cert", "x-forwarded-client-cert"])
      .optional()
      .describe("Where a trusted proxy puts the certificate: RFC 9440, or Envoy with Cert. Else TLS itself."),
  })
  .optional()
  .describe("Client certificates.");

/** `auth:` of a configuration. */
export const authSchema = z
  .strictObject({
    mode: z
      .enum(["none", "required"])
      .optional()
      .describe("none: whoever reaches the address on this machine. required: nobody without a credential."),
    oauth,
    api_keys: z.boolean().optional().describe("Whether keys of `portcullis keys` are taken."),
    mtls,
    sign_in: signInSchema.optional(),
    command_line: commandLineSchema.optional(),
    token_endpoint: tokenEndpointSchema.optional(),
    trusted_proxies: z
      .array(text)
      .min(1)
      .max(1000)
      .optional()
      .describe("Addresses or ranges of proxies in front, whose word on the client's address is taken."),
  })
  .describe("How callers show who they are.");

/** `tls:` of a configuration. */
export const tlsSchema = z
  .strictObject({
    cert: text.describe("A PEM file with the certificate and its chain, relative to this file."),
    key: text.describe("A PEM file with its key."),
    client_ca: text.optional().describe("A PEM file: who signs the certificates of clients."),
  })
  .describe("HTTPS on every listener.");

export type AuthFile = z.output<typeof authSchema>;
