import type { JWTPayload } from "jose";
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  ClientError,
  ClientSecretBasic,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  ResponseBodyError,
} from "openid-client";
import { Fault } from "../../call/fault.ts";
import type { Principal } from "../../call/principal.ts";
import type { SignInSettings } from "../../config/sign-in.ts";
import { bounded } from "../bounded.ts";
import { principalOf } from "../claims.ts";
import { type Fetch, unavailable } from "../fetched.ts";
import { Refused } from "../refused.ts";

/** What a browser that is away at the provider must come back with, and what shows that it is the same one. */
export interface Away {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** Signs people in at an OpenID Connect provider: authorization code flow with PKCE (OpenID Connect Core §3.1, RFC 9700 §2.1). */
export interface Provider {
  /** Where to send a browser. Rejects with Fault `identity-unavailable`. */
  begin(redirect_uri: string): Promise<{ readonly location: string; readonly away: Away }>;
  /** Who came back to this address. Rejects with Refused, or Fault `identity-unavailable`. */
  finish(came: URL, away: Away): Promise<Principal>;
}

const HOLDS_MS = 3_600_000;
const TIMEOUT_S = 5;

export interface ProviderParts {
  readonly oidc: NonNullable<SignInSettings["oidc"]>;
  readonly implies: Readonly<Record<string, readonly string[]>>;
  readonly fetch: Fetch;
  /** Monotonic ms. */
  readonly ticks: () => number;
}

/** Codes of the library for a provider that did not answer, or not as one. */
const NO_ANSWER: ReadonlySet<string> = new Set(["OAUTH_TIMEOUT", "OAUTH_RESPONSE_IS_NOT_CONFORM"]);

/** An error of the library as what it means for whoever signs in. */
function meaning(error: unknown): Error {
  if (error instanceof Fault || error instanceof Refused) return error;
  const message = error instanceof Error ? error.message : String(error);
  const away =
    (error instanceof ResponseBodyError && error.status >= 500) ||
    error instanceof TypeError ||
    (error instanceof ClientError && NO_ANSWER.has(error.code ?? ""));
  if (away) return unavailable(`sign-in at the provider: ${message}`, error);
  return new Refused("invalid_token", `sign-in at the provider: ${message}`, { cause: error });
}

const has = (payload: JWTPayload, name: string): boolean => Object.hasOwn(payload, name.split(".")[0] ?? "");

export function provider({ oidc, implies, fetch, ticks }: ProviderParts): Provider {
  const { issuer, client_id, client_secret, scopes, acr_values } = oidc;
  let known: { readonly at_ms: number; readonly configuration: Promise<Configuration> } | undefined;

  function configured(): Promise<Configuration> {
    if (known !== undefined && ticks() - known.at_ms < HOLDS_MS) return known.configuration;
    const insecure = issuer.issuer.startsWith("http:") ? [allowInsecureRequests] : [];
    const configuration = discovery(
      new URL(issuer.issuer),
      client_id,
      undefined,
      client_secret === undefined ? None() : ClientSecretBasic(client_secret),
      {
        timeout: TIMEOUT_S,
        execute: [enableNonRepudiationChecks, ...insecure],
        [customFetch]: bounded(fetch),
      },
    );
    known = { at_ms: ticks(), configuration };
    return configuration.catch((error: unknown) => {
      known = undefined;
      const why = error instanceof Error ? error.message : String(error);
      throw unavailable(`no metadata of ${issuer.issuer}: ${why}`, error);
    });
  }

  return {
    async begin(redirect_uri) {
      const configuration = await configured();
      const away: Away = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri,
        scope: scopes.join(" "),
        state: away.state,
        nonce: away.nonce,
        code_challenge: await calculatePKCECodeChallenge(away.verifier),
        code_challenge_method: "S256",
        ...(acr_values.length > 0 && { acr_values: acr_values.join(" ") }),
      });
      return { location: url.href, away };
    },
    async finish(came, { state, nonce, verifier }) {
      const configuration = await configured();
      try {
        const tokens = await authorizationCodeGrant(configuration, came, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims();
        if (claims === undefined) throw new Refused("invalid_token", "no ID token");
        const { id, tenant, roles } = issuer.claims;
        const wanted = [id, roles, ...(tenant === undefined ? [] : [tenant])];
        const asks = configuration.serverMetadata().userinfo_endpoint !== undefined;
        const more =
          asks && wanted.some((name) => !has(claims, name))
            ? await fetchUserInfo(configuration, tokens.access_token, claims.sub)
            : {};
        const found = principalOf({ ...more, ...claims }, issuer, implies);
        if (acr_values.length > 0 && !acr_values.includes(found.acr ?? ""))
          throw new Refused("invalid_token", `they signed in as ${found.acr ?? "nobody says"}`);
        return { ...found, source: "session" };
      } catch (error) {
        throw meaning(error);
      }
    },
  };
}
