import type { JWTPayload } from "jose";
import { isObject } from "../call/json.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Issuer } from "../config/issuers.ts";
import { bearing } from "./bearer.ts";
import { principalOf } from "./claims.ts";
import { discovery } from "./discovery.ts";
import type { Fetch } from "./fetched.ts";
import { ownIssuer } from "./grants/own-tokens.ts";
import { introspectedOf } from "./introspection.ts";
import { Refused } from "./refused.ts";
import { isAddress } from "./resource.ts";
import { type Remembered, remembered, type Verified } from "./remembered.ts";
import { claimedIssuer, KEYS_MS, SKEW_S, type Tokens, tokensOf } from "./tokens.ts";

/** Verifies access tokens of all configured issuers. */
export interface Verifier {
  /** What is remembered of a token for a resource: a look-up. */
  known(token: string, resource: string, at: number): Verified | undefined;
  /** Rejects with Refused, or with Fault `identity-unavailable`. `at` is ms. */
  verify(token: string, resource: string, at: number): Promise<Verified>;
}

/** A token that its issuer may take back at any time is asked about again after this. */
const INTROSPECTED_MS = 1_000;

interface Source {
  readonly issuer: Issuer;
  readonly tokens: Tokens;
  readonly holds_ms: number;
  /** Names that none of its tokens may have; undefined: those of other proofs. */
  readonly reserved?: RegExp;
}

/** The gate itself says who its tokens are of, whatever proof that was. */
const NOBODY = /(?!)/;

/** What a token is bound to. A binding that is not known here cannot be checked, so it opens nothing. */
function boundTo({ cnf }: JWTPayload): Pick<Verified, "key" | "certificate"> {
  if (cnf === undefined) return { key: undefined, certificate: undefined };
  if (!isObject(cnf)) throw new Refused("invalid_token", "cnf is no object");
  const { jkt, "x5t#S256": x5t, ...rest } = cnf;
  const isText = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === "string" && value !== "");
  if (Object.keys(rest).length > 0 || !isText(jkt) || !isText(x5t))
    throw new Refused("invalid_token", "cnf binds it to what is not known here");
  return { key: jkt, certificate: x5t };
}

/** What a claim says in one text or several. */
const textsOf = (claim: unknown): readonly unknown[] => (Array.isArray(claim) ? claim : [claim]);

/**
 * MCP authorization, token handling: a token is for the very resource. An `audience` that is taken at every address stands in for it only
 * where the token names no resource, of this gate or of another; one that does is for that.
 */
function checkResource(payload: JWTPayload, resource: string, { audience }: Issuer): void {
  const named = [...textsOf(payload.aud), ...textsOf(payload["resource"])];
  if (named.includes(resource)) return;
  const other = named.find((each) => typeof each === "string" && !audience.includes(each) && isAddress(each));
  if (other !== undefined || payload["resource"] !== undefined)
    throw new Refused("invalid_token", "it is for another resource");
}

/**
 * `lends`: whether servers are asked in a caller's name, for which their token is needed again: one that an issuer gave, for it
 * knows no others. `own`: the gate's own tokens.
 */
export function verifier(
  auth: RequiredAuth,
  fetch: Fetch,
  now: () => number,
  lends = false,
  own?: { readonly issuer: string; readonly tokens: Tokens },
): Verifier {
  const cache: Remembered = remembered();
  const signed = new Map<string, Source>();
  let opaque: Source | undefined;
  for (const issuer of auth.issuers) {
    const metadata = discovery(fetch, issuer.issuer, now);
    const tokens = tokensOf(issuer, metadata, fetch, () => cache.forget(issuer.issuer));
    signed.set(issuer.issuer, { issuer, tokens, holds_ms: KEYS_MS });
    const introspected = introspectedOf(issuer, metadata, fetch);
    if (introspected !== undefined) opaque = { issuer, tokens: introspected, holds_ms: INTROSPECTED_MS };
  }
  if (own !== undefined) {
    const issuer = ownIssuer(own.issuer);
    signed.set(own.issuer, { issuer, tokens: own.tokens, holds_ms: KEYS_MS, reserved: NOBODY });
  }
  function sourceOf(token: string): Source {
    const claimed = claimedIssuer(token);
    const source = claimed === undefined ? opaque : signed.get(claimed);
    if (source === undefined)
      throw new Refused(
        "invalid_token",
        claimed === undefined ? "no JWT" : "an issuer that is not configured",
      );
    return source;
  }
  return {
    known: (token, resource, at) => cache.get(token, resource, at),
    async verify(token, resource, at) {
      const { issuer, tokens, holds_ms, reserved } = sourceOf(token);
      const payload = await tokens.verify(token, [resource, ...issuer.audience], at);
      checkResource(payload, resource, issuer);
      const expires = (payload.exp ?? 0) * 1000 + SKEW_S * 1000;
      const verified: Verified = Object.freeze({
        principal: Object.freeze({
          ...principalOf(payload, issuer, auth.implies, reserved),
          expires,
          ...(lends && reserved === undefined && { bearer: bearing(token) }),
        }),
        issuer: issuer.issuer,
        until: Math.min(expires, at + holds_ms),
        ...boundTo(payload),
      });
      cache.keep(token, resource, verified);
      return verified;
    },
  };
}
