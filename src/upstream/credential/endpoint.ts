import { createPrivateKey, type KeyObject, randomUUID } from "node:crypto";
import { SignJWT } from "jose";
import { isObject, type JsonObject } from "../../call/json.ts";
import type { ClientProof, TokenAuth } from "../../config/upstream-auth.ts";
import type { Token } from "./kept.ts";
import { Missing, NoToken } from "./source.ts";

/** How authorization servers are asked: bounded in time and size, and nowhere inside that is not listed. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** How long an assertion is good for. */
const ASSERTION_S = 60;
/** A token is used until so long before its end; one that lives for less than a minute, for half its life. */
const BEFORE_MS = 30_000;
const TOKEN_CHARS = 16_384;
/** What can stand in a header after `Bearer `. */
const TOKEN = /^[A-Za-z0-9._~+/-]+=*$/;
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

const CURVES: Readonly<Record<string, string>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};

function algorithmOf(key: KeyObject): string {
  const curve = key.asymmetricKeyDetails?.namedCurve ?? "";
  if (key.asymmetricKeyType === "rsa") return "RS256";
  if (key.asymmetricKeyType === "ed25519") return "EdDSA";
  return CURVES[curve] ?? "ES256";
}

function keyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    // What is wrong with a key may quote it.
    throw new Missing("private_key is no key as PEM (PKCS #8)");
  }
}

/** Who the gate is, signed with its key (RFC 7523 §2.2). */
async function assertion(
  { client_id }: TokenAuth,
  { key_id, algorithm }: Extract<ClientProof, { kind: "key" }>,
  pem: string,
  audience: string,
): Promise<string> {
  const key = keyOf(pem);
  return new SignJWT({ iss: client_id, sub: client_id, jti: randomUUID() })
    .setProtectedHeader({ alg: algorithm ?? algorithmOf(key), ...(key_id !== undefined && { kid: key_id }) })
    .setAudience(audience)
    .setIssuedAt()
    .setExpirationTime(`${ASSERTION_S}s`)
    .sign(key)
    .catch((error: unknown) => {
      throw new Missing("private_key does not sign with that algorithm", { cause: error });
    });
}

/** RFC 6749 §2.3.1: both are form-encoded before they are put together. */
function basic(client_id: string, client_secret: string): string {
  const form = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${form(client_id)}:${form(client_secret)}`).toString("base64")}`;
}

/** `error` of RFC 6749 §5.2 as it may be shown: nothing of what was asked comes back in it. */
function errorIn(said: unknown): string {
  const error = isObject(said) ? said["error"] : undefined;
  return typeof error === "string" && /^[\w-]{1,64}$/.test(error) ? `: ${error}` : "";
}

function tokenIn(said: JsonObject, asked_at: number): Token {
  const { access_token: text, token_type, expires_in } = said;
  if (typeof text !== "string" || text.length > TOKEN_CHARS || !TOKEN.test(text))
    throw new NoToken("it answers without a token");
  // A token that is bound to a key, or of no kind (`N_A`), is none that can be shown as it is.
  if (typeof token_type !== "string" || token_type.toLowerCase() !== "bearer")
    throw new NoToken("it gives a token that is no bearer token");
  const lasts = typeof expires_in === "string" ? Number(expires_in) : expires_in;
  if (typeof lasts !== "number" || !Number.isFinite(lasts) || lasts <= 0) return { text, until: undefined };
  const life_ms = lasts * 1000;
  return { text, until: asked_at + Math.max(life_ms - BEFORE_MS, life_ms / 2) };
}

export interface TokenRequest {
  readonly auth: TokenAuth;
  readonly secret: string;
  readonly endpoint: string;
  readonly fetch: Fetch;
  /** Monotonic ms. */
  readonly ticks: () => number;
}

/**
 * Asks a token endpoint for a token for the server (RFC 6749 §3.2, RFC 8707). `grant` are the parameters of the grant.
 * Rejects with NoToken, Missing, or as `fetch` does.
 */
export async function askToken(
  { auth, secret, endpoint, fetch, ticks }: TokenRequest,
  grant: Readonly<Record<string, string>>,
): Promise<Token> {
  const { client_id, proof, scopes, resource, issuer } = auth;
  const body = new URLSearchParams({
    ...grant,
    ...(scopes.length > 0 && { scope: scopes.join(" ") }),
    ...(resource !== "" && { resource }),
  });
  const headers: Record<string, string> = { accept: "application/json" };
  if (proof.kind === "secret") headers["authorization"] = basic(client_id, secret);
  else {
    body.set("client_id", client_id);
    body.set("client_assertion_type", JWT_BEARER);
    body.set("client_assertion", await assertion(auth, proof, secret, issuer ?? endpoint));
  }
  const asked_at = ticks();
  const answer = await fetch(endpoint, { method: "POST", headers, body, redirect: "manual" });
  const said: unknown = await answer.json().catch(() => undefined);
  if (answer.status !== 200) throw new NoToken(`it answers ${answer.status}${errorIn(said)}`);
  if (!isObject(said)) throw new NoToken("it answers without JSON");
  return tokenIn(said, asked_at);
}
