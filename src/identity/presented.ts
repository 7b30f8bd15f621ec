import type { IncomingMessage } from "node:http";
import { Refused } from "./refused.ts";

/** What a request brings to show who sent it; the certificate of its connection aside. */
export type Presented =
  | { readonly kind: "nothing" }
  | { readonly kind: "key"; readonly key: string }
  /** `proof` is the DPoP header of RFC 9449. */
  | { readonly kind: "token"; readonly token: string; readonly proof: string | undefined };

/** Longer than any honest token; Node bounds all fields together at 16 KiB. */
const TOKEN_CHARS = 8192;
/** `b64token` of RFC 6750. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const CREDENTIALS: ReadonlySet<string> = new Set(["authorization", "x-api-key", "dpop"]);
/** Names under which credentials end up in addresses, and so in logs and histories. */
const IN_QUERY = /[?&](?:access_token|token|id_token|api[-_]?key|authorization|dpop)=|=pc_(?:live|boot)_/i;

const NOTHING: Presented = Object.freeze({ kind: "nothing" });

/**
 * What a request presents. Throws Refused `invalid_request` where it is more than one credential or one in the query
 * (RFC 6750 §2, MCP authorization), `invalid_token` where it cannot be one.
 */
export function presentedBy({ headers, rawHeaders, url = "/" }: IncomingMessage): Presented {
  if (url.includes("?") && IN_QUERY.test(url))
    throw new Refused("invalid_request", "a credential in the query string");
  const { authorization, dpop, "x-api-key": key } = headers;
  if (authorization === undefined && key === undefined && dpop === undefined) return NOTHING;
  if (repeats(rawHeaders)) throw new Refused("invalid_request", "a credential twice");
  if (key !== undefined) {
    if (authorization !== undefined || dpop !== undefined)
      throw new Refused("invalid_request", "an API key beside another credential");
    return { kind: "key", key: bounded(String(key)) };
  }
  if (authorization === undefined) throw new Refused("invalid_request", "a DPoP proof without a token");
  const blank = authorization.indexOf(" ");
  const scheme = authorization.slice(0, Math.max(blank, 0)).toLowerCase();
  const token = bounded(authorization.slice(blank + 1).trim());
  if (scheme === "dpop") {
    if (typeof dpop !== "string") throw new Refused("invalid_dpop_proof", "no DPoP proof");
    return { kind: "token", token, proof: bounded(dpop) };
  }
  if (scheme !== "bearer") throw new Refused("invalid_token", "neither Bearer nor DPoP");
  if (dpop !== undefined) throw new Refused("invalid_request", "a DPoP proof with a bearer token");
  return token.startsWith("pc_") ? { kind: "key", key: token } : { kind: "token", token, proof: undefined };
}

function bounded(token: string): string {
  if (token.length > TOKEN_CHARS) throw new Refused("invalid_token", `more than ${TOKEN_CHARS} characters`);
  if (!TOKEN.test(token)) throw new Refused("invalid_token", "characters that no token has");
  return token;
}

/** Node keeps the first of two `Authorization` fields; another reader may take the last. */
function repeats(raw: readonly string[]): boolean {
  const seen = new Set<string>();
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? "";
    if (!CREDENTIALS.has(name)) continue;
    if (seen.has(name)) return true;
    seen.add(name);
  }
  return false;
}
