import {
  createRemoteJWKSet,
  customFetch,
  decodeJwt,
  decodeProtectedHeader,
  errors,
  type JWTPayload,
  jwtVerify,
} from "jose";
import { Fault } from "../call/fault.ts";
import type { Issuer } from "../config/issuers.ts";
import { type Metadata } from "./discovery.ts";
import { type Fetch, fetchText, unavailable } from "./fetched.ts";
import { Refused } from "./refused.ts";

/** Clocks of two machines differ by so much at most. */
export const SKEW_S = 30;
/** How long keys are used without asking again, and how long after an answer a key nobody knows is not asked for. */
export const KEYS_MS = 300_000;
const COOLDOWN_MS = 30_000;
/** RFC 9068, and what issuers of JWT access tokens wrote before it. */
const TYPES: ReadonlySet<string> = new Set(["at+jwt", "application/at+jwt", "jwt"]);
/** What only id tokens (OpenID Connect Core §3.1.3.6, §3.3.2.11) and logout tokens say, whatever their `typ`. */
const OF_OTHERS = ["at_hash", "c_hash", "events"];

/** The tokens of one issuer. */
export interface Tokens {
  /**
   * The claims of a token that this issuer signed for one of these audiences. Rejects with Refused, or with Fault
   * `identity-unavailable` where the issuer's keys cannot be had. `at` is ms.
   */
  verify(token: string, audiences: readonly string[], at: number): Promise<JWTPayload>;
}

/** What says that the token is wrong, and not that its issuer is away. */
const OF_THE_TOKEN = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
];

/** An error of `jose` as what it means for whoever presented the token. */
function meaning(error: unknown, what: string): Refused | Fault {
  if (error instanceof Refused || error instanceof Fault) return error;
  const message = error instanceof Error ? error.message : String(error);
  if (OF_THE_TOKEN.some((kind) => error instanceof kind))
    return new Refused("invalid_token", message, { cause: error });
  return unavailable(`${what}: ${message}`, error);
}

/** Whose a token says it is. Nothing of it is verified. Undefined where it is no JWT. */
export function claimedIssuer(token: string): string | undefined {
  try {
    decodeProtectedHeader(token);
    return decodeJwt(token).iss ?? "";
  } catch {
    return undefined;
  }
}

/** `rotated` is told when the issuer's keys are others than before; `fits` says which `typ` is taken, in small letters. */
export function tokensOf(
  issuer: Issuer,
  metadata: () => Promise<Metadata>,
  fetch: Fetch,
  rotated: () => void,
  fits: (typ: string) => boolean = (typ) => TYPES.has(typ),
): Tokens {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;
  let last: string | undefined;
  const keysOf = async (): Promise<ReturnType<typeof createRemoteJWKSet>> => {
    const address = issuer.jwks_uri ?? (await metadata()).address("jwks_uri");
    return createRemoteJWKSet(new URL(address), {
      cacheMaxAge: KEYS_MS,
      cooldownDuration: COOLDOWN_MS,
      [customFetch]: async (url, init) => {
        const text = await fetchText(fetch, url, init);
        if (last !== undefined && last !== text) rotated();
        last = text;
        return new Response(text, { headers: { "content-type": "application/json" } });
      },
    });
  };
  return {
    async verify(token, audiences, at) {
      try {
        keys ??= keysOf();
        const set = await keys.catch((error: unknown) => {
          keys = undefined;
          throw error;
        });
        const { payload, protectedHeader } = await jwtVerify(token, set, {
          issuer: issuer.issuer,
          audience: [...audiences],
          algorithms: [...issuer.algorithms],
          clockTolerance: SKEW_S,
          requiredClaims: ["exp"],
          currentDate: new Date(at),
        });
        // An id token, or a token for another use, is none that opens anything here.
        if (!fits(protectedHeader.typ?.toLowerCase() ?? ""))
          throw new Refused("invalid_token", `typ ${protectedHeader.typ ?? "is missing"}`);
        const foreign = OF_OTHERS.find((name) => Object.hasOwn(payload, name));
        if (foreign !== undefined) throw new Refused("invalid_token", `${foreign} is in no access token`);
        return payload;
      } catch (error) {
        throw meaning(error, `the keys of ${issuer.issuer}`);
      }
    },
  };
}
