import { hash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, type JWTPayload } from "jose";
import type { Principal } from "../../call/principal.ts";
import type { RequiredAuth } from "../../config/auth.ts";
import type { TokenEndpointSettings } from "../../config/sign-in.ts";
import { anyOf } from "../../policy/glob.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { principalOf } from "../claims.ts";
import { included } from "../demands.ts";
import { discovery } from "../discovery.ts";
import type { Fetch } from "../fetched.ts";
import { Refused } from "../refused.ts";
import { SKEW_S, type Tokens, tokensOf } from "../tokens.ts";
import { GrantRefused } from "./refused.ts";

/** Who an assertion is about, and what it lets them have. */
export interface Asserted {
  readonly principal: Principal;
  /** Addresses that it names; empty: none in particular. */
  readonly resources: readonly string[];
  readonly scopes: readonly string[];
  /** ms. No token that comes of it lasts longer. */
  readonly until: number;
}

/** Reads assertions. Reject with GrantRefused, or Fault `identity-unavailable`. `at` is ms. */
export interface Assertions {
  /** An identity assertion grant (ID-JAG), which its identity provider gave to this client. */
  idJag(assertion: string, client_id: string, at: number): Promise<Asserted>;
  /** A workload's own token: a JWT-SVID, or that of a Kubernetes service account. */
  workload(assertion: string, at: number): Promise<Asserted>;
}

export interface AssertionParts {
  readonly settings: TokenEndpointSettings;
  readonly implies: RequiredAuth["implies"];
  /** The gate's own name as an authorization server: what every assertion must be for, and for nobody else. */
  readonly issuer: string;
  readonly fetch: Fetch;
  readonly spend: Credentials["spend"];
  readonly now: () => number;
}

const ID_JAG = "oauth-id-jag+jwt";
/** RFC 7519 §5.1; SPIFFE JWT-SVID §2 lets it be left out, and Kubernetes does. */
const WORKLOAD: ReadonlySet<string> = new Set(["", "jwt", "jose"]);
const CHARS = 16_384;
/** An assertion that is good for longer was not made for one use. */
const MOST_MS = 3_600_000;
const JTI_CHARS = 256;

export const isIdJag = (assertion: string): boolean => {
  try {
    return decodeProtectedHeader(assertion).typ?.toLowerCase() === ID_JAG;
  } catch {
    return false;
  }
};

const wrong = (why: string, cause?: unknown): GrantRefused => new GrantRefused("invalid_grant", why, cause);

/** Refused as a grant is. */
async function asGrant<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Refused && !(error instanceof GrantRefused)) throw wrong(error.message, error);
    throw error;
  }
}

function issuerIn(assertion: string): string {
  if (assertion.length > CHARS) throw wrong(`an assertion of more than ${CHARS} characters`);
  try {
    return decodeJwt(assertion).iss ?? "";
  } catch (error) {
    throw wrong("an assertion that is no JWT", error);
  }
}

/** For one audience, and made before now. */
function checkOwn({ aud, iat }: JWTPayload, issuer: string, at: number): void {
  if (Array.isArray(aud) ? aud.length !== 1 || aud[0] !== issuer : aud !== issuer)
    throw wrong("an assertion that is also for somebody else");
  if (iat !== undefined && iat * 1_000 > at + SKEW_S * 1_000) throw wrong("an assertion from the future");
}

const list = (value: unknown, what: string): readonly string[] => {
  const found: readonly unknown[] = value === undefined ? [] : Array.isArray(value) ? value : [value];
  if (found.length > 100 || found.some((each) => typeof each !== "string")) throw wrong(`${what} is no list`);
  return found as readonly string[];
};

export function assertions(parts: AssertionParts): Assertions {
  const { settings, implies, issuer: own, fetch, spend, now } = parts;
  const sourceOf = (issuer: (typeof settings.id_jag)[number], fits: (typ: string) => boolean): Tokens =>
    tokensOf(issuer, discovery(fetch, issuer.issuer, now), fetch, () => undefined, fits);
  const people = new Map(
    settings.id_jag.map((issuer) => [
      issuer.issuer,
      { issuer, tokens: sourceOf(issuer, (typ) => typ === ID_JAG) },
    ]),
  );
  const workloads = new Map(
    settings.workloads.map(({ issuer, subjects }) => [
      issuer.issuer,
      {
        tokens: sourceOf(issuer, (typ) => WORKLOAD.has(typ)),
        subjects: subjects.map((subject) => ({ ...subject, fits: anyOf(subject.match) })),
      },
    ]),
  );

  return {
    idJag: (assertion, client_id, at) =>
      asGrant(async () => {
        const found = people.get(issuerIn(assertion));
        if (found === undefined) throw wrong("an ID-JAG of an issuer that is not configured");
        const payload = await found.tokens.verify(assertion, [own], at);
        checkOwn(payload, own, at);
        const { jti, iat, exp = 0, client_id: of, resource, scope = "" } = payload;
        if (of !== client_id) throw wrong("an ID-JAG that was given to another client");
        if (iat === undefined) throw wrong("an ID-JAG without iat");
        if (exp * 1_000 > at + MOST_MS) throw wrong("an ID-JAG that is good for more than an hour");
        if (typeof jti !== "string" || jti === "" || jti.length > JTI_CHARS)
          throw wrong("an ID-JAG without jti");
        if (typeof scope !== "string") throw wrong("scope is no text");
        const principal = principalOf(payload, found.issuer, implies);
        const resources = list(resource, "resource");
        const until = exp * 1_000;
        const used = hash("sha256", `id-jag ${found.issuer.issuer} ${jti}`, "base64url");
        if (!(await spend(used, until + SKEW_S * 1_000, at))) throw wrong("an ID-JAG that was used before");
        return { principal, resources, scopes: scope.split(" ").filter((each) => each !== ""), until };
      }),
    workload: (assertion, at) =>
      asGrant(async () => {
        const found = workloads.get(issuerIn(assertion));
        if (found === undefined) throw wrong("a workload's token of an issuer that is not configured");
        const payload = await found.tokens.verify(assertion, [own], at);
        checkOwn(payload, own, at);
        const { sub = "" } = payload;
        const entry = found.subjects.find(({ fits }) => fits(sub));
        if (sub === "" || entry === undefined) throw wrong(`no workload of auth.token_endpoint fits ${sub}`);
        const { id = sub, tenant, roles, scopes } = entry;
        const held = included(scopes, implies);
        const principal: Principal = { id, tenant, roles, scopes: held, source: "token" };
        return { principal, resources: [], scopes: held, until: (payload.exp ?? 0) * 1_000 };
      }),
  };
}
