import { z } from "zod";
import { globs, names, signer, tenant, text } from "./issuer-schema.ts";

const duration = z.string().regex(/^[1-9]\d{0,5}[smhd]$/, "is no stretch of time: write 30m, 8h or 1d");

/** `auth.sign_in`. */
export const signInSchema = z
  .strictObject({
    oidc: z
      .strictObject({
        issuer: text.optional().describe("Which of `oauth.issuers`. Built in: the only one."),
        client_id: text.describe(
          "What the gate is called there. Its redirect URI is PUBLIC_URL/signin/callback.",
        ),
        client_secret: text.optional().describe("Best as ${NAME}. Absent: a public client."),
        scopes: names.optional().describe("Asked for beside `openid`."),
        acr_values: names.optional().describe("How people are to sign in; the first is preferred."),
      })
      .optional()
      .describe("At an OpenID Connect provider: authorization code flow with PKCE."),
    one_time_passwords: z
      .boolean()
      .optional()
      .describe(
        "With an API key and a one-time password of `portcullis users totp`, for those without a provider.",
      ),
    idle: duration.optional().describe("Unused for so long a session is over. Built in: 30m."),
    lasts: duration.optional().describe("And after so long in any case. Built in: 8h."),
  })
  .describe("How people sign in with a browser, to look at the gate's pages.");

/** `auth.command_line`. */
export const commandLineSchema = z
  .strictObject({
    issuer: text.optional().describe("Which of `oauth.issuers`. Built in: the first."),
    client_id: text.describe("What the command line is called there: a public client with the device flow."),
    scopes: names.optional().describe("What it asks for; `offline_access` is what renews a sign-in."),
  })
  .describe("How `portcullis login` signs people in: the gate's metadata tells it (RFC 8628).");

const client = z
  .strictObject({
    client_id: text,
    client_secret: text.optional().describe("Best as ${NAME}."),
    jwks_uri: text.optional().describe("Its keys, where it signs assertions of its own (private_key_jwt)."),
  })
  .describe("Who may bring an ID-JAG; with a secret, or keys.");

/** `auth.token_endpoint`. */
export const tokenEndpointSchema = z
  .strictObject({
    lasts: duration.optional().describe("How long its tokens are good, at most 1h. Built in: 5m."),
    clients: z.array(client).max(1000).optional().describe("MCP clients that a company manages."),
    id_jag: z
      .array(signer.describe("A company's identity provider."))
      .max(32)
      .optional()
      .describe("Whose identity assertion grants (ID-JAG) are taken: enterprise-managed authorization."),
    workloads: z
      .array(
        z.strictObject({
          issuer: text.describe(
            "As its tokens have it: of a SPIFFE trust domain, or of a Kubernetes cluster.",
          ),
          jwks_uri: text.optional().describe("Its keys. Built in: what its metadata names."),
          algorithms: signer.shape.algorithms,
          subjects: z
            .array(
              z.strictObject({
                match: globs.describe("Globs of `sub`: spiffe://… or system:serviceaccount:NAMESPACE:NAME."),
                id: text.optional().describe("Who it is. Built in: the subject itself."),
                tenant,
                roles: names.optional(),
                scopes: names.optional(),
              }),
            )
            .min(1)
            .max(1000)
            .describe("Which workloads; the first that fits says who it is."),
        }),
      )
      .max(32)
      .optional()
      .describe("Whose workload tokens (JWT-SVIDs, service account tokens) are taken."),
  })
  .describe("The gate as an authorization server for its own addresses (RFC 7523). Needs `public_url`.");
