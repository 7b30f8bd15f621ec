import { hash } from "node:crypto";
import { calculateJwkThumbprint, EmbeddedJWK, type JWTPayload, type JWTVerifyResult, jwtVerify } from "jose";
import type { Credentials } from "../store/people/credentials.ts";
import { unavailable } from "./fetched.ts";
import type { Nonces } from "./nonces.ts";
import { Refused } from "./refused.ts";

/** A request as a proof must describe it. */
interface Proven {
  readonly method: string;
  /** Without query and fragment. */
  readonly url: string;
  readonly token: string;
  /** Thumbprint of the key that the token is bound to. */
  readonly thumbprint: string;
  /** ms. */
  readonly at: number;
}

/** Rejects with Refused where a proof does not prove it, was used before, or holds no nonce of now. */
export type ProofCheck = (proof: string, of: Proven) => Promise<void>;

/** A proof is of now: so much older or younger at most. */
const WINDOW_MS = 60_000;
const ALGORITHMS = ["ES256", "ES384", "PS256", "RS256", "EdDSA", "Ed25519"];
const JTI_CHARS = 256;

export const DPOP_ALGORITHMS: readonly string[] = ALGORITHMS;

const wrong = (why: string, cause?: unknown): Refused =>
  new Refused("invalid_dpop_proof", why, cause === undefined ? {} : { cause });

async function read(proof: string): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(proof, EmbeddedJWK, { typ: "dpop+jwt", algorithms: ALGORITHMS });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error), error);
  }
}

function sameAddress(htu: unknown, url: string): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu)) return false;
  const { origin, pathname } = new URL(htu);
  const own = new URL(url);
  return origin === own.origin && pathname === own.pathname;
}

function describes(payload: JWTPayload, { method, url, token, at }: Proven): void {
  const { htm, htu, ath, iat, jti } = payload;
  if (htm !== method) throw wrong("htm is another method");
  if (!sameAddress(htu, url)) throw wrong("htu is another address");
  if (ath !== hash("sha256", token, "base64url")) throw wrong("ath is another token");
  if (typeof iat !== "number" || Math.abs(iat * 1000 - at) > WINDOW_MS) throw wrong("iat is not of now");
  if (typeof jti !== "string" || jti === "" || jti.length > JTI_CHARS) throw wrong("no jti");
}

/** RFC 9449 §4.3, in its order; the nonce last, so that only who has the key is told one. */
export function proofCheck(nonces: Nonces, { spend }: Pick<Credentials, "spend">): ProofCheck {
  return async (proof, of) => {
    const { payload, protectedHeader } = await read(proof);
    describes(payload, of);
    const { jwk } = protectedHeader;
    if (jwk === undefined || (await calculateJwkThumbprint(jwk)) !== of.thumbprint)
      throw wrong("the key is not the one that the token is bound to");
    const { nonce, jti } = payload;
    if (typeof nonce !== "string" || !(await nonces.takes(nonce, of.at)))
      throw new Refused("use_dpop_nonce", "no nonce of now", { nonce: await nonces.current(of.at) });
    const until = of.at + 2 * WINDOW_MS;
    const used = hash("sha256", `${of.thumbprint} ${jti ?? ""}`, "base64url");
    const first = await spend(used, until, of.at).catch((error: unknown) => {
      throw unavailable("the used proofs of the store", error);
    });
    if (!first) throw wrong("used before");
  };
}
