import { resolve } from "node:path";
import { isObject, type JsonPath } from "../call/json.ts";
import { isLoopback } from "./address.ts";
import type { Findings, Origin } from "./origin.ts";
import { type Environment, expand } from "./references.ts";
import type {
  ASSERTION_ALGORITHMS,
  OneAuthEntry,
  SecretEntry,
  UpstreamAuthEntry,
} from "./upstream-auth-schema.ts";

/** Where a secret is. `value` is one. */
export type SecretSource =
  | { readonly kind: "value"; readonly value: string }
  /** Absolute; read again when it changes. */
  | { readonly kind: "file"; readonly path: string }
  /** Kept in the store, for each tenant its own. */
  | { readonly kind: "stored"; readonly name: string };

/** The same for all calls. */
export interface SecretAuth {
  readonly kind: "secret";
  readonly secret: SecretSource;
  /** What it is sent in; a name in lower case. Undefined: it is sent in no header. */
  readonly header: string | undefined;
  /** The variable that a server with a command is started with. */
  readonly env: string | undefined;
}

/** How the gate shows an authorization server who it is. */
export type ClientProof =
  | { readonly kind: "secret"; readonly secret: SecretSource }
  | {
      readonly kind: "key";
      readonly key: SecretSource;
      readonly key_id: string | undefined;
      /** Undefined: the usual one of the key. */
      readonly algorithm: (typeof ASSERTION_ALGORITHMS)[number] | undefined;
    };

/** Access tokens of an authorization server: for the gate itself, or in the caller's name. */
export interface TokenAuth {
  readonly kind: "client_credentials" | "token_exchange";
  readonly issuer: string | undefined;
  /** Undefined: what the issuer's metadata names. */
  readonly token_endpoint: string | undefined;
  readonly client_id: string;
  readonly proof: ClientProof;
  readonly scopes: readonly string[];
  /** What tokens are for (RFC 8707). */
  readonly resource: string;
  readonly audience: string | undefined;
}

export type OneAuth = SecretAuth | TokenAuth;

/** What the gate shows a server. */
export type UpstreamAuth =
  | OneAuth
  | {
      readonly kind: "by_tenant";
      readonly tenants: Readonly<Record<string, OneAuth>>;
      /** Undefined: other tenants are refused. */
      readonly others: OneAuth | undefined;
    };

/** A server's entry while its credential is read. */
export interface AuthReading {
  /** Where it stands: `mcpServers.NAME.auth`. */
  readonly path: JsonPath;
  readonly folder: string;
  readonly env: Environment;
  readonly origin: Origin;
  readonly findings: Findings;
  /** Undefined where the server has a command. */
  readonly url: string | undefined;
  /** Names of configured headers, in lower case. */
  readonly headers: ReadonlySet<string>;
}

function problem(reading: AuthReading, at: JsonPath, message: string, hint?: string): void {
  reading.findings.problems.push(reading.origin.problem([...reading.path, ...at], message, hint));
}

function text(reading: AuthReading, at: JsonPath, value: string): string {
  return expand(value, [...reading.path, ...at], reading.env, reading.origin, reading.findings);
}

function sourceOf(reading: AuthReading, at: JsonPath, written: SecretEntry): SecretSource {
  if (typeof written !== "string")
    return "file" in written
      ? { kind: "file", path: resolve(reading.folder, text(reading, [...at, "file"], written.file)) }
      : { kind: "stored", name: written.stored };
  const before = reading.findings.problems.length;
  const value = text(reading, at, written);
  // What stands in the file itself is in every copy of it.
  if (value === written)
    problem(reading, at, "a secret stands in the file", "write ${NAME}, { file: PATH } or { stored: NAME }");
  else if (value === "" && reading.findings.problems.length === before)
    problem(reading, at, "is empty", "set the variable to the secret");
  return { kind: "value", value };
}

/** https, or http on this machine: others could read what goes there. Undefined where it is neither. */
function address(reading: AuthReading, at: JsonPath, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const found = text(reading, at, written);
  const url = URL.canParse(found) ? new URL(found) : undefined;
  const host = url?.hostname.replace(/^\[|\]$/g, "") ?? "";
  const open = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(host));
  if (url !== undefined && open && url.hash === "" && url.username === "" && url.password === "")
    return found;
  if (found !== "") problem(reading, at, "is no https:// address", "http:// is for loopback only");
  return undefined;
}

/** A server as tokens name it: its canonical URI (MCP authorization, RFC 8707 §2). */
function resourceOf(url: string): string {
  if (!URL.canParse(url)) return "";
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.replace(/\/+$/, "");
}

function proofOf(
  reading: AuthReading,
  at: JsonPath,
  entry: Exclude<OneAuthEntry, { kind: "secret" }>,
): ClientProof {
  const { client_secret, private_key, key_id, algorithm } = entry;
  if (private_key !== undefined) {
    if (client_secret !== undefined)
      problem(reading, [...at, "client_secret"], "stands beside private_key", "take one of them out");
    const key = sourceOf(reading, [...at, "private_key"], private_key);
    return { kind: "key", key, key_id, algorithm };
  }
  for (const key of ["key_id", "algorithm"] as const)
    if (entry[key] !== undefined) problem(reading, [...at, key], "is for private_key, and there is none");
  if (client_secret === undefined) {
    problem(reading, at, "has neither client_secret nor private_key", "write one of them");
    return { kind: "secret", secret: { kind: "value", value: "" } };
  }
  return { kind: "secret", secret: sourceOf(reading, [...at, "client_secret"], client_secret) };
}

function tokenAuth(
  reading: AuthReading,
  at: JsonPath,
  entry: Exclude<OneAuthEntry, { kind: "secret" }>,
): TokenAuth {
  if (reading.url === undefined)
    problem(reading, [...at, "kind"], "is for a server with a url", "use kind: secret with env");
  if (entry.issuer === undefined && entry.token_endpoint === undefined)
    problem(reading, at, "has neither issuer nor token_endpoint", "write issuer: https://…");
  const resource =
    entry.resource === undefined
      ? resourceOf(reading.url ?? "")
      : text(reading, [...at, "resource"], entry.resource);
  if (entry.resource !== undefined && (!URL.canParse(resource) || new URL(resource).hash !== ""))
    problem(reading, [...at, "resource"], "is no URI without `#`");
  return {
    kind: entry.kind,
    issuer: address(reading, [...at, "issuer"], entry.issuer),
    token_endpoint: address(reading, [...at, "token_endpoint"], entry.token_endpoint),
    client_id: text(reading, [...at, "client_id"], entry.client_id),
    proof: proofOf(reading, at, entry),
    scopes: entry.scopes ?? [],
    resource,
    audience: entry.kind === "token_exchange" ? entry.audience : undefined,
  };
}

/** The gate and the connection write these themselves. */
const OWN =
  /^(?:accept|connection|content-.*|cookie|host|keep-alive|last-event-id|mcp-.*|sec-websocket-.*|te|trailer|transfer-encoding|upgrade)$/;

function secretAuth(
  reading: AuthReading,
  at: JsonPath,
  entry: Extract<OneAuthEntry, { kind: "secret" }>,
): SecretAuth {
  const secret = sourceOf(reading, [...at, "secret"], entry.secret);
  const started = reading.url === undefined;
  const header = entry.header?.toLowerCase() ?? "authorization";
  if (started && entry.env === undefined)
    problem(reading, at, "names no variable for the server's process", "write env: NAME");
  if (started && entry.header !== undefined)
    problem(reading, [...at, "header"], "a server with a command takes no headers", "use env");
  if (!started && entry.env !== undefined)
    problem(reading, [...at, "env"], "is for a server with a command, and this one has a url", "use header");
  if (OWN.test(header)) problem(reading, [...at, "header"], "this header cannot be set");
  return { kind: "secret", secret, header: started ? undefined : header, env: entry.env };
}

function oneAuth(reading: AuthReading, at: JsonPath, entry: OneAuthEntry): OneAuth {
  const auth = entry.kind === "secret" ? secretAuth(reading, at, entry) : tokenAuth(reading, at, entry);
  const header = auth.kind === "secret" ? auth.header : "authorization";
  if (header !== undefined && reading.headers.has(header))
    problem(reading, at, `headers sets ${header} too`, "take one of them out");
  return auth;
}

/** What the gate shows a server; what is wrong is in the findings. Undefined where the gate has nothing of its own. */
export function buildUpstreamAuth(reading: AuthReading, written: unknown): UpstreamAuth | undefined {
  if (!isObject(written) || written["kind"] === undefined) return undefined;
  const entry = written as UpstreamAuthEntry;
  if (entry.kind !== "by_tenant") return oneAuth(reading, [], entry);
  const tenants = Object.entries(entry.tenants).map(
    ([tenant, each]) => [tenant, oneAuth(reading, ["tenants", tenant], each)] as const,
  );
  return {
    kind: "by_tenant",
    tenants: Object.fromEntries(tenants),
    others: entry.others === undefined ? undefined : oneAuth(reading, ["others"], entry.others),
  };
}

/** Every credential that a server may be shown. */
export function authsOf({ auth }: { readonly auth?: UpstreamAuth }): readonly OneAuth[] {
  if (auth === undefined) return [];
  if (auth.kind !== "by_tenant") return [auth];
  return [...Object.values(auth.tenants), ...(auth.others === undefined ? [] : [auth.others])];
}

/** Whether a server is asked in the name of whoever calls. */
export function asksInTheirName(server: { readonly auth?: UpstreamAuth }): boolean {
  return authsOf(server).some(({ kind }) => kind === "token_exchange");
}
