import type { JWK } from "jose";
import type { JsonObject } from "../../call/json.ts";
import type { RequiredAuth } from "../../config/auth.ts";
import type { TokenEndpointSettings } from "../../config/sign-in.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { Fetch } from "../fetched.ts";
import { isPart } from "../resource.ts";
import { type Asserted, assertions, isIdJag } from "./assertion.ts";
import { clientAssertion, clients, type Shown } from "./clients.ts";
import type { OwnKeys } from "./own-keys.ts";
import { minted } from "./own-tokens.ts";
import { GrantRefused } from "./refused.ts";

/** What a token endpoint answers who is granted one (RFC 6749 §5.1). */
export interface Granted {
  readonly access_token: string;
  readonly token_type: "Bearer";
  /** Seconds. */
  readonly expires_in: number;
  readonly scope: string;
}

/** The gate as an authorization server for its own addresses: whoever shows an assertion gets a short token (RFC 7523). */
export interface Grants {
  /** RFC 8414. */
  readonly issuer: string;
  metadata(): JsonObject;
  jwks(): Promise<{ readonly keys: readonly JWK[] }>;
  /** Rejects with GrantRefused, or Fault `identity-unavailable`. */
  grant(shown: Shown): Promise<Granted>;
}

export interface GrantParts {
  readonly settings: TokenEndpointSettings;
  readonly implies: RequiredAuth["implies"];
  /** The gate's public URL, without a slash at its end. */
  readonly issuer: string;
  readonly keys: OwnKeys;
  readonly fetch: Fetch;
  readonly spend: Credentials["spend"];
  readonly now: () => number;
}

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const ID_JAG_PROFILE = "urn:ietf:params:oauth:grant-profile:id-jag";
export const TOKEN_PATH = "/oauth/token";
export const AUTHORIZE_PATH = "/oauth/authorize";
export const JWKS_PATH = "/oauth/jwks";
const ONCE = [
  "grant_type",
  "assertion",
  "scope",
  "client_id",
  "client_secret",
  "client_assertion",
  "resource",
];

/** Whether an address is one of the gate's. */
function isOwn(resource: string, issuer: string): boolean {
  return resource.startsWith(`${issuer}/`) && isPart(resource.slice(issuer.length));
}

/** The one address that a token is for: what is asked for, within what the assertion names. */
function resourceOf(asserted: Asserted, form: URLSearchParams, issuer: string): string {
  const asked = form.get("resource");
  const named = asserted.resources;
  const resource = asked ?? (named.length === 0 ? `${issuer}/mcp` : (named[0] ?? ""));
  if (!isOwn(resource, issuer) || (named.length > 0 && !named.includes(resource)))
    throw new GrantRefused("invalid_target", "an address that is not this gate's, or not the assertion's");
  return resource;
}

/** The scopes that are asked for, within what the assertion lets them have; all of that where none is. */
function scopesOf({ scopes }: Asserted, form: URLSearchParams): readonly string[] {
  const asked = (form.get("scope") ?? "").split(" ").filter((each) => each !== "");
  if (asked.some((each) => !scopes.includes(each)))
    throw new GrantRefused("invalid_scope", "scopes that the assertion does not let them have");
  return asked.length > 0 ? asked : scopes;
}

export function grants({ settings, implies, issuer, keys, fetch, spend, now }: GrantParts): Grants {
  const read = assertions({ settings, implies, issuer, fetch, spend, now });
  const clientOf = clients(settings.clients, issuer, fetch, spend);
  const id_jag = settings.id_jag.length > 0;

  /** Who it is about, and which client asks: of a workload, the workload itself. */
  async function asserted(shown: Shown, at: number): Promise<readonly [Asserted, string]> {
    const { form } = shown;
    switch (form.get("grant_type") ?? "") {
      case JWT_BEARER: {
        const assertion = form.get("assertion") ?? "";
        if (isIdJag(assertion)) {
          const client_id = await clientOf(shown, at);
          return [await read.idJag(assertion, client_id, at), client_id];
        }
        const found = await read.workload(assertion, at);
        return [found, found.principal.id];
      }
      case "client_credentials": {
        const assertion = clientAssertion(shown);
        if (assertion === undefined) throw new GrantRefused("invalid_client", "no workload's token");
        const found = await read.workload(assertion, at);
        return [found, found.principal.id];
      }
      default:
        throw new GrantRefused("unsupported_grant_type", "a grant that is not given here");
    }
  }

  return {
    issuer,
    metadata: () => ({
      issuer,
      // Clients of the MCP SDK read no metadata without one. It sends nobody anywhere: no grant here begins at a browser.
      authorization_endpoint: `${issuer}${AUTHORIZE_PATH}`,
      token_endpoint: `${issuer}${TOKEN_PATH}`,
      jwks_uri: `${issuer}${JWKS_PATH}`,
      response_types_supported: [],
      grant_types_supported: [JWT_BEARER, ...(settings.workloads.length > 0 ? ["client_credentials"] : [])],
      token_endpoint_auth_methods_supported: [
        ...(id_jag ? ["client_secret_basic", "client_secret_post", "private_key_jwt"] : []),
        ...(settings.workloads.length > 0 ? ["none"] : []),
      ],
      token_endpoint_auth_signing_alg_values_supported: ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"],
      ...(id_jag && { authorization_grant_profiles_supported: [ID_JAG_PROFILE] }),
    }),
    jwks: async () => ({ keys: await keys.published() }),
    async grant(shown) {
      const at = now();
      for (const name of ONCE)
        if (shown.form.getAll(name).length > 1) throw new GrantRefused("invalid_request", `${name} twice`);
      const [of, client_id] = await asserted(shown, at);
      const resource = resourceOf(of, shown.form, issuer);
      const scopes = scopesOf(of, shown.form);
      const lasts_ms = Math.min(settings.lasts_ms, of.until - at);
      if (lasts_ms < 1_000) throw new GrantRefused("invalid_grant", "an assertion that has just ended");
      const { principal } = of;
      const access_token = await minted(issuer, keys, {
        principal,
        resource,
        client_id,
        scopes,
        at,
        lasts_ms,
      });
      return {
        access_token,
        token_type: "Bearer",
        expires_in: Math.floor(lasts_ms / 1_000),
        scope: scopes.join(" "),
      };
    },
  };
}
