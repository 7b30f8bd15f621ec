import type { JsonObject } from "../call/json.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Demands } from "./demands.ts";
import { DPOP_ALGORITHMS } from "./dpop.ts";
import type { ChallengeError } from "./refused.ts";
import { metadataUrl } from "./resource.ts";

/** An address of the gate as tokens know it. */
export interface Resource {
  readonly base: string;
  /** `/mcp`, `/mcp/NAME`, `/sse`, … */
  readonly part: string;
  /** The server behind it; "" where it is all of them. */
  readonly server: string;
}

type Fields = Readonly<Record<string, string>>;

/** What a challenge says. */
interface Said {
  readonly error?: ChallengeError | "insufficient_scope" | "insufficient_user_authentication";
  readonly scopes: readonly string[];
  readonly acr_values?: readonly string[];
  readonly max_age_s?: number;
  readonly nonce?: string | undefined;
}

/** Whether there is an authorization server to name. */
const namesServers = ({ issuers, token_endpoint }: RequiredAuth): boolean =>
  issuers.length > 0 || token_endpoint !== undefined;

const quoted = (text: string): string => `"${text.replaceAll(/["\\]/g, "")}"`;

/**
 * `WWW-Authenticate` (RFC 6750 §3, RFC 9728 §5.1, RFC 9449 §7.1, RFC 9470 §3). Where no issuer is configured there is no metadata to
 * point at.
 */
export function challenge(auth: RequiredAuth, { base, part }: Resource, said: Said): Fields {
  const oauth = namesServers(auth);
  const parameters = [
    ...(said.error === undefined ? [] : [`error=${quoted(said.error)}`]),
    ...(said.acr_values?.length ? [`acr_values=${quoted(said.acr_values.join(" "))}`] : []),
    ...(said.max_age_s === undefined ? [] : [`max_age=${quoted(String(said.max_age_s))}`]),
    ...(oauth ? [`resource_metadata=${quoted(metadataUrl(base, part))}`] : []),
    ...(oauth && said.scopes.length > 0 ? [`scope=${quoted(said.scopes.join(" "))}`] : []),
  ];
  const ofProof = said.error === "use_dpop_nonce" || said.error === "invalid_dpop_proof";
  const scheme = ofProof || auth.dpop === "required" ? "DPoP" : "Bearer";
  const algs = scheme === "DPoP" ? [`algs=${quoted(DPOP_ALGORITHMS.join(" "))}`] : [];
  const words = [...parameters, ...algs].join(", ");
  return {
    "www-authenticate": words === "" ? scheme : `${scheme} ${words}`,
    ...(said.nonce !== undefined && { "dpop-nonce": said.nonce }),
  };
}

/** What `portcullis login` reads of how it signs people in; other clients pass over members that they do not know. */
export const COMMAND_LINE = "dev.portcullis/command_line";

/** RFC 9728 §2. Undefined where there is no authorization server to name. */
export function metadataOf(
  auth: RequiredAuth,
  { base, part, server }: Resource,
  demands: Demands,
): JsonObject | undefined {
  if (!namesServers(auth)) return undefined;
  const own = auth.token_endpoint === undefined || auth.public_url === undefined ? [] : [auth.public_url];
  const scopes = demands.all(server);
  return {
    resource: `${base}${part}`,
    authorization_servers: [...auth.issuers.map(({ issuer }) => issuer), ...own],
    bearer_methods_supported: ["header"],
    ...(scopes.length > 0 && { scopes_supported: scopes }),
    dpop_signing_alg_values_supported: DPOP_ALGORITHMS,
    dpop_bound_access_tokens_required: auth.dpop === "required",
    ...(auth.command_line !== undefined &&
      part === "/governance" && { [COMMAND_LINE]: { ...auth.command_line } }),
  };
}
