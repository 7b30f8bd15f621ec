import type { JWTPayload } from "jose";
import type { Issuer } from "../config/issuers.ts";
import type { Metadata } from "./discovery.ts";
import { type Fetch, fetchObject, unavailable } from "./fetched.ts";
import { Refused } from "./refused.ts";
import { SKEW_S, type Tokens } from "./tokens.ts";

/** RFC 6749 §2.3.1: both are form-encoded before they are put together. */
function basic(client_id: string, client_secret: string): string {
  const form = (text: string): string => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${form(client_id)}:${form(client_secret)}`).toString("base64")}`;
}

const isSeconds = (value: unknown): value is number => typeof value === "number" && Number.isFinite(value);

/** What an answer says of its token. Throws Refused where it is not active, or not for one of these audiences. */
function read(answer: JWTPayload, issuer: string, audiences: readonly string[], at: number): JWTPayload {
  const wrong = (why: string): Refused => new Refused("invalid_token", `introspection: ${why}`);
  if (answer["active"] !== true) throw wrong("not active");
  if (answer.iss !== undefined && answer.iss !== issuer) throw wrong("another issuer");
  const aud: readonly unknown[] = Array.isArray(answer.aud) ? answer.aud : [answer.aud];
  if (!aud.some((each) => typeof each === "string" && audiences.includes(each)))
    throw wrong("another audience");
  const now_s = at / 1000;
  if (!isSeconds(answer.exp) || answer.exp <= now_s - SKEW_S) throw wrong("expired");
  if (answer.nbf !== undefined && !(isSeconds(answer.nbf) && answer.nbf <= now_s + SKEW_S))
    throw wrong("not yet valid");
  // A client that acts for itself: RFC 9068 §2.2 calls it by its own id, and so do JWTs of the same issuer.
  return answer.sub === undefined && typeof answer["client_id"] === "string"
    ? { ...answer, sub: answer["client_id"] }
    : answer;
}

/** Tokens that only their issuer can read (RFC 7662). */
export function introspectedOf(
  { issuer, introspection }: Issuer,
  metadata: () => Promise<Metadata>,
  fetch: Fetch,
): Tokens | undefined {
  if (introspection === undefined) return undefined;
  const { endpoint, client_id, client_secret } = introspection;
  return {
    async verify(token, audiences, at) {
      const url = endpoint ?? (await metadata()).address("introspection_endpoint");
      const answer = await fetchObject(fetch, url, {
        method: "POST",
        headers: { authorization: basic(client_id, client_secret), accept: "application/json" },
        body: new URLSearchParams({ token, token_type_hint: "access_token" }),
      }).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw unavailable(`introspection at ${issuer}: ${why}`, error);
      });
      return read(answer, issuer, audiences, at);
    },
  };
}
