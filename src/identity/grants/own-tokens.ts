import { decodeProtectedHeader, type JWTPayload, jwtVerify, SignJWT } from "jose";
import type { Principal } from "../../call/principal.ts";
import type { Issuer } from "../../config/issuers.ts";
import { Fault } from "../../call/fault.ts";
import { Refused } from "../refused.ts";
import type { Tokens } from "../tokens.ts";
import type { OwnKeys } from "./own-keys.ts";

/** What a token of the gate is good for. */
export interface Minted {
  readonly principal: Principal;
  readonly resource: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
  /** ms. */
  readonly at: number;
  readonly lasts_ms: number;
}

/** How the gate's own tokens say who somebody is. */
export const ownIssuer = (issuer: string): Issuer => ({
  issuer,
  audience: [],
  jwks_uri: undefined,
  algorithms: ["ES256"],
  prefix: "",
  tenant: "default",
  claims: { id: "sub", tenant: "tenant", roles: "roles", scopes: ["scope"] },
  introspection: undefined,
});

/** An access token (RFC 9068) for one address of the gate. */
export async function minted(
  issuer: string,
  keys: OwnKeys,
  { principal, resource, client_id, scopes, at, lasts_ms }: Minted,
): Promise<string> {
  const { kid, key } = await keys.current();
  const { id, tenant, roles, amr, acr, auth_at } = principal;
  const claims: JWTPayload = {
    client_id,
    scope: scopes.join(" "),
    tenant,
    roles: [...roles],
    ...(amr !== undefined && { amr: [...amr] }),
    ...(acr !== undefined && { acr }),
    ...(auth_at !== undefined && { auth_time: Math.floor(auth_at / 1_000) }),
  };
  return await new SignJWT(claims)
    .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid })
    .setIssuer(issuer)
    .setSubject(id)
    .setAudience(resource)
    .setJti(crypto.randomUUID())
    .setIssuedAt(Math.floor(at / 1_000))
    .setExpirationTime(Math.floor((at + lasts_ms) / 1_000))
    .sign(key);
}

/** The gate's own tokens, as it takes them back: its clock is its own, so there is no skew. */
export function ownTokens(issuer: string, keys: OwnKeys): Tokens {
  return {
    async verify(token, audiences, at) {
      try {
        const key = await keys.verifying(decodeProtectedHeader(token).kid ?? "");
        if (key === undefined) throw new Refused("invalid_token", "a key that this gate does not have");
        const { payload } = await jwtVerify(token, key, {
          issuer,
          audience: [...audiences],
          algorithms: ["ES256"],
          typ: "at+jwt",
          requiredClaims: ["exp", "sub"],
          currentDate: new Date(at),
        });
        return payload;
      } catch (error) {
        if (error instanceof Refused || error instanceof Fault) throw error;
        const why = error instanceof Error ? error.message : String(error);
        throw new Refused("invalid_token", why, { cause: error });
      }
    },
  };
}
