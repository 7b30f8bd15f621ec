import { z } from "zod";

const text = z.string().min(1).max(2048);
const path = z.string().min(1).max(4096);

/** Signatures with which the gate shows who it is. */
export const ASSERTION_ALGORITHMS = ["RS256", "PS256", "ES256", "ES384", "ES512", "EdDSA"] as const;

/** A name under which `portcullis secrets set` keeps a secret. */
export const SECRET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

const secret = z.union([
  z.string().min(1).max(65_536),
  z.strictObject({
    file: path.describe("Relative to this file. It is read again within a second of a change."),
  }),
  z.strictObject({
    stored: z
      .string()
      .regex(SECRET_NAME, "a secret's name is up to 64 letters, digits, `.`, `_` and `-`")
      .describe("What `portcullis secrets set NAME` keeps for the tenant of whoever asks."),
  }),
]);

const shown = z
  .strictObject({
    kind: z.literal("secret"),
    secret: secret.describe("${NAME}, { file: PATH } or { stored: NAME }."),
    header: z
      .string()
      .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, "no name that a header can have")
      .optional()
      .describe("Where it is sent. Built in: Authorization, with Bearer before it."),
    env: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, "not a name that a variable can have")
      .optional()
      .describe("Of a server with a command: the variable that it is started with."),
  })
  .describe("A secret that does not change from call to call.");

const client = {
  issuer: text
    .optional()
    .describe("The authorization server: https://…. Its metadata names the token endpoint."),
  token_endpoint: text.optional().describe("Where tokens are asked for, if no metadata says it."),
  client_id: text.describe("What the gate calls itself there."),
  client_secret: secret.optional().describe("${NAME}, { file: PATH } or { stored: NAME }."),
  private_key: secret
    .optional()
    .describe(
      "Instead of a secret: a key as PEM (PKCS #8), with which the gate signs who it is (private_key_jwt).",
    ),
  key_id: text.optional().describe("The `kid` under which the server knows that key."),
  algorithm: z.enum(ASSERTION_ALGORITHMS).optional().describe("Built in: the usual one of the key."),
  scopes: z.array(z.string().min(1).max(256)).max(100).optional().describe("What is asked for."),
  resource: text
    .optional()
    .describe(
      "What the token is for (RFC 8707). Built in: the server's url without query and `/` at the end.",
    ),
};

const clientCredentials = z
  .strictObject({ kind: z.literal("client_credentials"), ...client })
  .describe("Access tokens that the gate gets for itself (RFC 6749 §4.4).");

const exchange = z
  .strictObject({
    kind: z.literal("token_exchange"),
    ...client,
    audience: text
      .optional()
      .describe("What the authorization server calls the server, if it asks for that."),
  })
  .describe("Access tokens in the caller's name, for what they signed in with (RFC 8693).");

const one = z.discriminatedUnion("kind", [shown, clientCredentials, exchange], {
  error: "is one of secret, client_credentials, token_exchange and by_tenant",
});

const byTenant = z
  .strictObject({
    kind: z.literal("by_tenant"),
    tenants: z
      .record(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "no name that a tenant can have"), one)
      .describe("What each tenant's calls are made with."),
    others: one.optional().describe("For all other tenants. Built in: they are refused."),
  })
  .describe("A credential for each tenant.");

/** `auth:` of a server, as the gate reads it. */
const upstreamAuthSchema = z
  .discriminatedUnion("kind", [shown, clientCredentials, exchange, byTenant], {
    error: "is one of secret, client_credentials, token_exchange and by_tenant",
  })
  .describe("What the gate shows the server. Other forms are the clients', and have no effect here.");

/** What clients write under `auth`: anything that names no kind. */
const ofClients = z.json().check(({ value, issues }) => {
  if (typeof value === "object" && value !== null && !Array.isArray(value) && "kind" in value)
    issues.push({ code: "invalid_value", values: [], input: value });
});

/** `auth:` of a server, as it may be written. */
export const serverAuthSchema = z.union([upstreamAuthSchema, ofClients]);

export type SecretEntry = z.output<typeof secret>;
export type UpstreamAuthEntry = z.output<typeof upstreamAuthSchema>;
export type OneAuthEntry = z.output<typeof one>;
