import type { JsonPath } from "../call/json.ts";
import { readDuration } from "../document/duration.ts";
import { alternatives } from "../policy/glob.ts";
import type { Subject } from "./auth.ts";
import type { AuthFile } from "./auth-schema.ts";
import type { Reading } from "./build.ts";
import { buildIssuer, type Issuer } from "./issuers.ts";
import { expand } from "./references.ts";
import { webAddress } from "./web-address.ts";

/** How people sign in with a browser. */
export interface SignInSettings {
  readonly oidc:
    | {
        readonly issuer: Issuer;
        readonly client_id: string;
        /** A secret. */
        readonly client_secret: string | undefined;
        /** With `openid`. */
        readonly scopes: readonly string[];
        readonly acr_values: readonly string[];
      }
    | undefined;
  readonly one_time_passwords: boolean;
  readonly idle_ms: number;
  readonly lasts_ms: number;
}

/** How the command line signs people in. */
export interface CommandLineSettings {
  readonly issuer: string;
  readonly client_id: string;
  readonly scopes: readonly string[];
}

/** The gate as an authorization server. */
export interface TokenEndpointSettings {
  readonly lasts_ms: number;
  readonly clients: readonly {
    readonly client_id: string;
    /** A secret. */
    readonly client_secret: string | undefined;
    readonly jwks_uri: string | undefined;
  }[];
  readonly id_jag: readonly Issuer[];
  readonly workloads: readonly { readonly issuer: Issuer; readonly subjects: readonly Subject[] }[];
}

const IDLE_MS = 30 * 60_000;
const LASTS_MS = 8 * 3_600_000;
const TOKEN_MS = 5 * 60_000;
const TOKEN_MOST_MS = 3_600_000;

function problem({ findings, origin }: Reading, path: JsonPath, message: string, hint: string): void {
  findings.problems.push(origin.problem(path, message, hint));
}

const expanded = ({ env, origin, findings }: Reading, path: JsonPath, text: string): string =>
  expand(text, path, env, origin, findings);

/** What gates of the store know together is made beside a file; elsewhere somebody has to write it. */
function checkSecret(reading: Reading, path: JsonPath): void {
  if (reading.file.secret === undefined && /^postgres(?:ql)?:/.test(reading.file.store ?? ""))
    problem(reading, path, "needs a secret that the gates of the store share", "write `secret: ${NAME}`");
}

/** The issuer that is named, else the only one, else the first. */
function issuerNamed(
  reading: Reading,
  path: JsonPath,
  named: string | undefined,
  issuers: readonly Issuer[],
): Issuer | undefined {
  const text = named === undefined ? undefined : expanded(reading, path, named);
  const found = text === undefined ? issuers[0] : issuers.find(({ issuer }) => issuer === text);
  if (found === undefined)
    problem(reading, path, "is none of `auth.oauth.issuers`", "write it there too: it says what claims mean");
  return found;
}

/** `auth.sign_in`; what is wrong is in the findings. */
export function buildSignIn(
  reading: Reading,
  { sign_in: written, api_keys }: AuthFile,
  issuers: readonly Issuer[],
): SignInSettings | undefined {
  if (written === undefined) return undefined;
  const path = ["auth", "sign_in"];
  const { oidc, one_time_passwords = false, idle, lasts } = written;
  checkSecret(reading, path);
  if (oidc === undefined && !one_time_passwords)
    problem(reading, path, "names no way to sign in", "write `oidc: …` or `one_time_passwords: true`");
  if (one_time_passwords && api_keys !== true)
    problem(
      reading,
      [...path, "one_time_passwords"],
      "is the second factor beside an API key, and none is taken",
      "write `api_keys: true`",
    );
  if (oidc !== undefined && oidc.issuer === undefined && issuers.length > 1)
    problem(reading, [...path, "oidc"], "there are several issuers", "write `issuer:` with one of them");
  const at = [...path, "oidc"];
  const issuer = oidc && issuerNamed(reading, [...at, "issuer"], oidc.issuer, issuers);
  return {
    oidc:
      oidc === undefined || issuer === undefined
        ? undefined
        : {
            issuer,
            client_id: expanded(reading, [...at, "client_id"], oidc.client_id),
            client_secret:
              oidc.client_secret === undefined
                ? undefined
                : expanded(reading, [...at, "client_secret"], oidc.client_secret),
            scopes: ["openid", ...(oidc.scopes ?? []).filter((scope) => scope !== "openid")],
            acr_values: oidc.acr_values ?? [],
          },
    one_time_passwords,
    idle_ms: (idle === undefined ? undefined : readDuration(idle)) ?? IDLE_MS,
    lasts_ms: (lasts === undefined ? undefined : readDuration(lasts)) ?? LASTS_MS,
  };
}

/** `auth.command_line`; what is wrong is in the findings. */
export function buildCommandLine(
  reading: Reading,
  { command_line: written }: AuthFile,
  issuers: readonly Issuer[],
): CommandLineSettings | undefined {
  if (written === undefined) return undefined;
  const path = ["auth", "command_line"];
  const issuer = issuerNamed(reading, [...path, "issuer"], written.issuer, issuers);
  return {
    issuer: issuer?.issuer ?? "",
    client_id: expanded(reading, [...path, "client_id"], written.client_id),
    scopes: written.scopes ?? [],
  };
}

type WrittenEndpoint = NonNullable<AuthFile["token_endpoint"]>;

function clientsOf(reading: Reading, at: JsonPath, written: WrittenEndpoint["clients"] = []) {
  return written.map(({ client_id, client_secret, jwks_uri }, index) => {
    const path = [...at, index];
    if ((client_secret === undefined) === (jwks_uri === undefined))
      problem(reading, path, "has a secret or keys, one of them", "write `client_secret:` or `jwks_uri:`");
    return {
      client_id: expanded(reading, [...path, "client_id"], client_id),
      client_secret:
        client_secret === undefined
          ? undefined
          : expanded(reading, [...path, "client_secret"], client_secret),
      jwks_uri: jwks_uri === undefined ? undefined : webAddress(reading, [...path, "jwks_uri"], jwks_uri),
    };
  });
}

/** `auth.token_endpoint`; what is wrong is in the findings. */
export function buildTokenEndpoint(
  reading: Reading,
  { token_endpoint: written, oauth }: AuthFile,
  public_url: string | undefined,
  issuers: readonly Issuer[],
): TokenEndpointSettings | undefined {
  if (written === undefined) return undefined;
  const path = ["auth", "token_endpoint"];
  checkSecret(reading, path);
  if (public_url === undefined)
    problem(reading, path, "the gate's own name stands in its tokens", "write `public_url: https://…`");
  if ((written.id_jag ?? []).length === 0 && (written.workloads ?? []).length === 0)
    problem(reading, path, "nobody's assertions are taken", "write `id_jag:` or `workloads:`");
  if ((written.id_jag ?? []).length > 0 && (written.clients ?? []).length === 0)
    problem(reading, [...path, "id_jag"], "no client may bring one", "write `clients:`");
  if (oauth?.dpop === "required")
    problem(reading, path, "its tokens are not bound to keys, and others are not taken", "leave out `dpop`");
  const lasts_ms = (written.lasts === undefined ? undefined : readDuration(written.lasts)) ?? TOKEN_MS;
  if (lasts_ms > TOKEN_MOST_MS)
    problem(reading, [...path, "lasts"], "is more than an hour", "clients get another with a new assertion");
  const id_jag = (written.id_jag ?? []).map((each, index) =>
    buildIssuer(reading, each, [...path, "id_jag", index]),
  );
  for (const [index, { issuer, prefix }] of id_jag.entries())
    if ([...issuers, ...id_jag].some((other) => other.issuer !== issuer && other.prefix === prefix))
      problem(
        reading,
        [...path, "id_jag", index, "issuer"],
        "it and another issuer may call different people the same",
        "write `prefix: NAME:` for each of them",
      );
  return {
    lasts_ms,
    clients: clientsOf(reading, [...path, "clients"], written.clients),
    id_jag,
    workloads: (written.workloads ?? []).map(({ subjects, ...each }, index) => ({
      issuer: buildIssuer(reading, each, [...path, "workloads", index]),
      subjects: subjects.map(({ match, id, tenant, roles, scopes }) => ({
        match: alternatives(match),
        id,
        tenant: tenant ?? "default",
        roles: roles ?? [],
        scopes: scopes ?? [],
      })),
    })),
  };
}
