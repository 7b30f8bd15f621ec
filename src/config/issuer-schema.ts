import { z } from "zod";

export const text = z.string().min(1).max(2048);
export const names = z.array(z.string().min(1).max(256)).max(100);
export const globs = z.union([text, z.array(text).min(1).max(100)]);
export const tenant = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a tenant is up to 64 letters, digits, `.`, `_` and `-`")
  .optional()
  .describe("Whose data theirs is. Built in: default.");

/** Signatures that two parties need no common secret for; `none` and HMAC are none of them. */
export const ALGORITHMS = [
  "RS256",
  "RS384",
  "RS512",
  "PS256",
  "PS384",
  "PS512",
  "ES256",
  "ES384",
  "ES512",
  "EdDSA",
  "Ed25519",
] as const;

const claims = z
  .strictObject({
    id: text.optional().describe("Who it is. Built in: sub."),
    tenant: text.optional().describe("Their tenant; then every token must have it. Built in: none."),
    roles: text.optional().describe("Their roles: a list, or text with blanks between. Built in: roles."),
    scopes: text.optional().describe("Built in: scope, else scp."),
  })
  .optional()
  .describe("Names of the claims that say so; `a.b` is member b of claim a.");

/** Who signs, and what its claims mean here. */
export const signer = z.strictObject({
  issuer: text.describe("Its identifier: https://…, exactly as its tokens have it."),
  audience: globs
    .optional()
    .describe(
      "What tokens are for, where the issuer cannot name the resource: taken at every address, unless they name one. Each gate needs its own.",
    ),
  jwks_uri: text.optional().describe("Its keys. Built in: what its metadata names."),
  algorithms: z.array(z.enum(ALGORITHMS)).min(1).optional().describe("Signatures that are taken."),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}:$/, "a prefix is a word with a colon behind it")
    .optional()
    .describe("Put before who it is. With several issuers each has one: their names may be the same."),
  tenant,
  claims,
});
