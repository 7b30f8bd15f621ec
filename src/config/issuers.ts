import type { JsonPath } from "../call/json.ts";
import type { AuthFile } from "./auth-schema.ts";
import type { ALGORITHMS } from "./issuer-schema.ts";
import type { Reading } from "./build.ts";
import { expand } from "./references.ts";
import { webAddress } from "./web-address.ts";

type Algorithm = (typeof ALGORITHMS)[number];

/** An authorization server whose access tokens are taken. */
export interface Issuer {
  readonly issuer: string;
  /** Taken at every address, beside the address itself. */
  readonly audience: readonly string[];
  /** Undefined: what its metadata names. */
  readonly jwks_uri: string | undefined;
  readonly algorithms: readonly Algorithm[];
  /** Put before who it is. */
  readonly prefix: string;
  /** Where no claim says it. */
  readonly tenant: string;
  readonly claims: {
    readonly id: string;
    readonly tenant: string | undefined;
    readonly roles: string;
    /** The first that a token has. */
    readonly scopes: readonly string[];
  };
  readonly introspection:
    | {
        readonly endpoint: string | undefined;
        readonly client_id: string;
        /** A secret. */
        readonly client_secret: string;
      }
    | undefined;
}

const list = (value: string | readonly string[] = []): readonly string[] =>
  typeof value === "string" ? [value] : value;

type Written = NonNullable<AuthFile["oauth"]>["issuers"][number];

const DEFAULT_ALGORITHMS: readonly Algorithm[] = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"];

/** An issuer as it stands at a path. */
export function buildIssuer(reading: Reading, written: Written, path: JsonPath): Issuer {
  const { env, origin, findings } = reading;
  const address = (key: "issuer" | "jwks_uri"): string | undefined => {
    const text = written[key];
    return text === undefined ? undefined : webAddress(reading, [...path, key], text);
  };
  const { introspection, claims } = written;
  const at = [...path, "introspection"];
  return {
    issuer: address("issuer") ?? "",
    audience: list(written.audience),
    jwks_uri: address("jwks_uri"),
    algorithms: written.algorithms ?? DEFAULT_ALGORITHMS,
    prefix: written.prefix ?? "",
    tenant: written.tenant ?? "default",
    claims: {
      id: claims?.id ?? "sub",
      tenant: claims?.tenant,
      roles: claims?.roles ?? "roles",
      scopes: claims?.scopes === undefined ? ["scope", "scp"] : [claims.scopes],
    },
    introspection:
      introspection === undefined
        ? undefined
        : {
            endpoint:
              introspection.endpoint === undefined
                ? undefined
                : webAddress(reading, [...at, "endpoint"], introspection.endpoint),
            client_id: expand(introspection.client_id, [...at, "client_id"], env, origin, findings),
            client_secret: expand(
              introspection.client_secret,
              [...at, "client_secret"],
              env,
              origin,
              findings,
            ),
          },
  };
}

/** The issuers; what is wrong with one, or between two of them, is in the findings. */
export function buildIssuers(reading: Reading, written: readonly Written[]): readonly Issuer[] {
  const { origin, findings } = reading;
  const issuers = written.map((each, index) =>
    buildIssuer(reading, each, ["auth", "oauth", "issuers", index]),
  );
  const wrong = (index: number, key: string, message: string, hint: string): void => {
    findings.problems.push(origin.problem(["auth", "oauth", "issuers", index, key], message, hint));
  };
  for (const [index, { issuer, prefix, introspection }] of issuers.entries()) {
    const before = issuers.slice(0, index);
    if (issuers.length > 1 && prefix === "")
      wrong(
        index,
        "issuer",
        "two issuers may call different people the same",
        "write `prefix: NAME:` for each of them",
      );
    if (prefix !== "" && before.some((other) => other.prefix === prefix))
      wrong(index, "prefix", "another issuer has it", "write another one");
    if (before.some((other) => other.issuer === issuer)) wrong(index, "issuer", "stands here twice", "");
    if (introspection !== undefined && before.some((other) => other.introspection !== undefined))
      wrong(
        index,
        "introspection",
        "a token that is no JWT does not say whose it is, so one issuer may have this",
        "take it out",
      );
  }
  return issuers;
}
