import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import type { Problem } from "../document/problem.ts";
import { alternatives } from "../policy/glob.ts";
import { isLoopback } from "./address.ts";
import type { AuthFile } from "./auth-schema.ts";
import type { Reading } from "./build.ts";
import type { Address } from "./config.ts";
import { buildIssuers, type Issuer } from "./issuers.ts";
import { isNetwork } from "./network.ts";
import { shown } from "./paths.ts";
import {
  buildCommandLine,
  buildSignIn,
  buildTokenEndpoint,
  type CommandLineSettings,
  type SignInSettings,
  type TokenEndpointSettings,
} from "./sign-in.ts";
import { expand } from "./references.ts";

/** Scopes that calls need. Globs; an empty list fits everything. */
export interface Demand {
  readonly servers: readonly string[];
  /** Tools, prompts and resource URIs. */
  readonly targets: readonly string[];
  readonly require: readonly string[];
}

export interface Subject {
  /** Globs. */
  readonly match: readonly string[];
  readonly id: string | undefined;
  readonly tenant: string;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
}

export interface RequiredAuth {
  readonly mode: "required";
  /** Without a slash at its end; undefined: what clients on this machine call it. */
  readonly public_url: string | undefined;
  readonly issuers: readonly Issuer[];
  readonly demands: readonly Demand[];
  readonly implies: Readonly<Record<string, readonly string[]>>;
  readonly dpop: "accepted" | "required";
  readonly api_keys: boolean;
  readonly mtls: { readonly subjects: readonly Subject[]; readonly header: string | undefined } | undefined;
  readonly sign_in?: SignInSettings | undefined;
  readonly command_line?: CommandLineSettings | undefined;
  readonly token_endpoint?: TokenEndpointSettings | undefined;
  /** Addresses and CIDR ranges. */
  readonly trusted_proxies: readonly string[];
}

/** How callers show who they are. */
export type Auth = { readonly mode: "none" } | RequiredAuth;

/** Absolute paths of PEM files. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
  readonly client_ca: string | undefined;
  /** Where each is named, for who reads them: that is only who listens. */
  readonly written: Readonly<Record<"cert" | "key" | "client_ca", Problem>>;
}

const globs = (value: string | readonly string[] | undefined): readonly string[] =>
  value === undefined ? [] : alternatives(value);

function problem({ findings, origin }: Reading, path: JsonPath, message: string, hint: string): void {
  findings.problems.push(origin.problem(path, message, hint));
}

function proxies(reading: Reading, written: readonly string[]): readonly string[] {
  for (const [index, text] of written.entries()) {
    if (isNetwork(text)) continue;
    problem(
      reading,
      ["auth", "trusted_proxies", index],
      "is no address and no range",
      "for example 10.0.0.0/8",
    );
  }
  return written;
}

function mtls(reading: Reading, { mtls: written, trusted_proxies }: AuthFile): RequiredAuth["mtls"] {
  if (written === undefined) return undefined;
  const path = ["auth", "mtls"];
  if (written.header !== undefined && trusted_proxies === undefined)
    problem(reading, [...path, "header"], "anybody could send it", "name the proxy under `trusted_proxies:`");
  if (written.header === undefined && reading.file.tls?.client_ca === undefined)
    problem(reading, path, "nothing asks for certificates", "write `tls: { …, client_ca: FILE }`");
  const subjects = written.subjects.map(({ match, id, tenant, roles, scopes }) => ({
    match: globs(match),
    id,
    tenant: tenant ?? "default",
    roles: roles ?? [],
    scopes: scopes ?? [],
  }));
  return { subjects, header: written.header };
}

/** How callers show who they are. What is wrong is in the findings, here and below. */
export function buildAuth(reading: Reading, public_url: string | undefined): Auth {
  const auth = reading.file.auth ?? {};
  const { mode = "none", ...rest } = auth;
  if (mode === "none") {
    for (const key of Object.keys(rest))
      problem(reading, ["auth", key], "has no effect without `mode: required`", "write `mode: required`");
    return { mode };
  }
  const none = auth.oauth === undefined && auth.api_keys !== true && auth.mtls === undefined;
  if (none && auth.token_endpoint === undefined)
    problem(
      reading,
      ["auth", "mode"],
      "nobody could show who they are",
      "write `api_keys: true`, `oauth:` or `mtls:` beside it",
    );
  const issuers = buildIssuers(reading, auth.oauth?.issuers ?? []);
  return {
    mode,
    public_url,
    issuers,
    demands: (auth.oauth?.scopes ?? []).map(({ server, tool, require }) => ({
      servers: globs(server),
      targets: globs(tool),
      require,
    })),
    implies: auth.oauth?.implies ?? {},
    dpop: auth.oauth?.dpop ?? "accepted",
    api_keys: auth.api_keys ?? false,
    mtls: mtls(reading, auth),
    sign_in: buildSignIn(reading, auth, issuers),
    command_line: buildCommandLine(reading, auth, issuers),
    token_endpoint: buildTokenEndpoint(reading, auth, public_url, issuers),
    trusted_proxies: proxies(reading, auth.trusted_proxies ?? []),
  };
}

/** HTTPS; undefined where it is not asked for. */
export function buildTls(reading: Reading): Tls | undefined {
  const { tls, auth } = reading.file;
  if (tls === undefined) return undefined;
  const fileOf = (key: "cert" | "key" | "client_ca", written: string): string => {
    const text = expand(written, ["tls", key], reading.env, reading.origin, reading.findings);
    const found = resolve(reading.folder, text);
    if (!existsSync(found))
      problem(reading, ["tls", key], `${shown(found)} does not exist`, "name a PEM file");
    return found;
  };
  const at = (key: keyof Tls["written"]): Problem => reading.origin.problem(["tls", key], "");
  if (tls.client_ca !== undefined && auth?.mtls === undefined)
    problem(
      reading,
      ["tls", "client_ca"],
      "nobody reads the certificates of clients",
      "write `auth: { mtls: … }`",
    );
  return {
    cert: fileOf("cert", tls.cert),
    key: fileOf("key", tls.key),
    client_ca: tls.client_ca === undefined ? undefined : fileOf("client_ca", tls.client_ca),
    written: { cert: at("cert"), key: at("key"), client_ca: at("client_ca") },
  };
}

/** Addresses that others could reach: only where they must show who they are, and nobody in between reads it. */
export function checkReachable(reading: Reading, address: Address, path: JsonPath): void {
  const { auth, tls } = reading.file;
  if (isLoopback(address.host) || reading.doubts(["auth"])) return;
  const here = `${address.host.includes(":") ? "[::1]" : "127.0.0.1"}:${address.port}`;
  if (auth?.mode !== "required")
    return problem(
      reading,
      path,
      "others could reach this, and nobody has to show who they are",
      `write \`auth: { mode: required, … }\`, or listen on ${here}`,
    );
  if (tls === undefined && auth.trusted_proxies === undefined)
    problem(
      reading,
      path,
      "others could read what goes to this address",
      "write `tls: { cert, key }`, or name the proxy in front under `auth.trusted_proxies`",
    );
  if (auth.oauth !== undefined && reading.file.public_url === undefined)
    problem(
      reading,
      ["auth"],
      "tokens are for an address, and it is not known what clients call this one",
      "write `public_url: https://…`",
    );
}
