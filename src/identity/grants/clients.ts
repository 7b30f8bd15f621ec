import { hash, timingSafeEqual } from "node:crypto";
import { decodeJwt } from "jose";
import type { TokenEndpointSettings } from "../../config/sign-in.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { type Fetch, unavailable } from "../fetched.ts";
import { Refused } from "../refused.ts";
import { SKEW_S, type Tokens, tokensOf } from "../tokens.ts";
import { ownIssuer } from "./own-tokens.ts";
import { GrantRefused } from "./refused.ts";

/** What a client shows of itself. */
export interface Shown {
  readonly authorization: string | undefined;
  readonly form: URLSearchParams;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/** Where a client's own assertion may be for so long. */
const MOST_S = 600;

const wrong = (why: string, cause?: unknown): GrantRefused => new GrantRefused("invalid_client", why, cause);

const same = (one: string, other: string): boolean =>
  timingSafeEqual(hash("sha256", one, "buffer"), hash("sha256", other, "buffer"));

/** `client_secret_basic` (RFC 6749 §2.3.1: form-encoded) or `client_secret_post`; never both. */
function secretIn({ authorization, form }: Shown): readonly [id: string, secret: string] | undefined {
  const [id, secret] = [form.get("client_id"), form.get("client_secret")];
  if (authorization === undefined) return id !== null && secret !== null ? [id, secret] : undefined;
  if (secret !== null) throw wrong("a client that shows its secret twice");
  const [, encoded = ""] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization) ?? [];
  const [first, ...rest] = Buffer.from(encoded, "base64").toString("utf8").split(":");
  if (first === undefined || rest.length !== 1) throw wrong("an Authorization that is none");
  const plain = (text = ""): string => new URLSearchParams(`_=${text}`).get("_") ?? "";
  if (id !== null && id !== plain(first)) throw wrong("a client with two names");
  return [plain(first), plain(rest[0])];
}

/** Whether an assertion is a client's of its own (RFC 7523 §2.2), in the place of a secret. */
export function clientAssertion({ form }: Shown): string | undefined {
  const assertion = form.get("client_assertion");
  if (assertion === null) return undefined;
  if (form.get("client_assertion_type") !== ASSERTION_TYPE)
    throw wrong("a client assertion of no known type");
  return assertion;
}

/** Which client asks; rejects with GrantRefused `invalid_client`. `at` is ms. */
export function clients(
  settings: TokenEndpointSettings["clients"],
  issuer: string,
  fetch: Fetch,
  spend: Credentials["spend"],
): (shown: Shown, at: number) => Promise<string> {
  const known = new Map(settings.map((client) => [client.client_id, client]));
  const signing = new Map<string, Tokens>();
  for (const { client_id, jwks_uri } of settings) {
    if (jwks_uri === undefined) continue;
    const of = {
      ...ownIssuer(client_id),
      jwks_uri,
      algorithms: ["ES256", "RS256", "PS256", "EdDSA", "Ed25519"] as const,
    };
    const nowhere = () => Promise.reject(unavailable("the keys of a client stand in the configuration"));
    const fits = (typ: string): boolean => typ === "" || typ === "jwt" || typ === "client-authentication+jwt";
    signing.set(
      client_id,
      tokensOf(of, nowhere, fetch, () => undefined, fits),
    );
  }

  async function signed(assertion: string, at: number): Promise<string> {
    let named = "";
    try {
      named = decodeJwt(assertion).sub ?? "";
    } catch (error) {
      throw wrong("a client assertion that is no JWT", error);
    }
    const tokens = signing.get(named);
    if (tokens === undefined) throw wrong("a client that is not known, or has no keys");
    try {
      const { sub, aud, jti, exp = 0 } = await tokens.verify(assertion, [issuer], at);
      if (sub !== named || (Array.isArray(aud) && aud.length !== 1))
        throw wrong("a client assertion for others");
      if (typeof jti !== "string" || jti === "" || jti.length > 256 || exp > at / 1_000 + MOST_S)
        throw wrong("a client assertion without jti, or for too long");
      const used = hash("sha256", `client ${named} ${jti}`, "base64url");
      if (!(await spend(used, (exp + SKEW_S) * 1_000, at)))
        throw wrong("a client assertion that was used before");
      return named;
    } catch (error) {
      if (error instanceof Refused && !(error instanceof GrantRefused)) throw wrong(error.message, error);
      throw error;
    }
  }

  return async (shown, at) => {
    const assertion = clientAssertion(shown);
    if (assertion !== undefined) {
      if (shown.authorization !== undefined || shown.form.has("client_secret"))
        throw wrong("a client that shows itself in two ways");
      return await signed(assertion, at);
    }
    const [id, secret] = secretIn(shown) ?? [];
    const client = id === undefined ? undefined : known.get(id);
    // Whoever guesses names takes as long as whoever guesses secrets.
    const fits = same(secret ?? "", client?.client_secret ?? "no client of that name");
    if (client?.client_secret === undefined || !fits)
      throw wrong("another secret, or a client that is not known");
    return client.client_id;
  };
}
