import { hash } from "node:crypto";
import type { Principal } from "../../call/principal.ts";
import type { Server } from "../../config/config.ts";
import type { OneAuth, SecretAuth, TokenAuth } from "../../config/upstream-auth.ts";
import { Fault } from "../../call/fault.ts";
import { uncredentialed, wordsOf } from "../failure.ts";
import type { Credential, Shown, Whom } from "./credential.ts";
import type { Fetch } from "./endpoint.ts";
import { kept, type Token } from "./kept.ts";
import { Missing, NoToken, type SecretPorts, secretAt } from "./source.ts";

export interface CredentialPorts extends SecretPorts {
  readonly fetch: Fetch;
  /** The token endpoint that an issuer's metadata names. */
  readonly endpointOf: (issuer: string) => Promise<string>;
  /** The access token that a caller signed in with; undefined where it was another credential. */
  readonly tokenOf: (principal: Principal) => string | undefined;
}

const NO_CREDENTIAL = "the gate has no credential for it now; its operator can mend that.";
const NO_TOKEN = "it wants an access token in your name, and you did not sign in with one.";
const NO_TENANT = "the gate has no credential of your tenant for it.";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";
/** What a header can hold. */
const HEADER_TEXT = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

/** What is known of a failure, for the operator; nothing of it quotes a secret. */
function detailOf(error: unknown): string {
  if (error instanceof Missing || error instanceof Fault) return wordsOf(error);
  if (error instanceof NoToken) return `the token endpoint: ${error.message}`;
  return `the token endpoint cannot be asked: ${wordsOf(error)}`;
}

async function explained<T>(server: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Fault && error.code === "upstream-refused") throw error;
    throw uncredentialed(server, NO_CREDENTIAL, detailOf(error));
  }
}

const tenantOf = (whom: Whom | undefined): string => whom?.principal.tenant ?? "default";
const bearer = (text: string): Shown => ({ authorization: `Bearer ${text}` });

/** The same for all calls, or for all of a tenant. */
function secretCredential(
  server: string,
  { secret, header, env }: SecretAuth,
  ports: SecretPorts,
): Credential {
  const read = secretAt(secret, ports);
  const shownAs = (value: string): Shown => {
    if (header === undefined) return value.includes("\0") ? fail() : { [env ?? ""]: value };
    if (!HEADER_TEXT.test(value)) return fail();
    return header === "authorization" && !/^\S+ /.test(value) ? bearer(value) : { [header]: value };
  };
  const fail = (): never => {
    throw new Missing("the secret holds a character that cannot be sent");
  };
  return {
    show: (whom) => explained(server, async () => shownAs(await read(tenantOf(whom)))),
    renew: (whom, shown) =>
      explained(server, async () => {
        const again = shownAs(await read(tenantOf(whom), true));
        return Object.keys(again).every((name) => again[name] === shown[name]) ? undefined : again;
      }),
  };
}

/** Tokens of an authorization server, for the gate itself or in the caller's name. */
function tokenCredential(server: string, auth: TokenAuth, ports: CredentialPorts): Credential {
  const { kind, proof, issuer, token_endpoint, audience } = auth;
  const read = secretAt(proof.kind === "key" ? proof.key : proof.secret, ports);
  const tokens = kept(ports.ticks);

  function grantFor(whom: Whom | undefined): Readonly<Record<string, string>> {
    if (kind === "client_credentials") return { grant_type: "client_credentials" };
    const subject = whom === undefined ? undefined : ports.tokenOf(whom.principal);
    if (subject === undefined)
      throw uncredentialed(server, NO_TOKEN, "the caller came without an access token");
    return {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: subject,
      subject_token_type: ACCESS_TOKEN,
      requested_token_type: ACCESS_TOKEN,
      ...(audience !== undefined && { audience }),
    };
  }

  /** By the credential itself, and by whom it is used for: never by the server's name. */
  function nameOf(secret: string, whom: Whom | undefined): string {
    const { client_id, scopes, resource } = auth;
    const of = [kind, issuer, token_endpoint, client_id, audience, resource, scopes, secret];
    const { id = "", scopes: may = [], roles = [], amr = [], acr = "" } = whom?.principal ?? {};
    // How they signed in may stand in the token, so who came otherwise has another.
    const whose = kind === "token_exchange" ? [may.toSorted(), roles.toSorted(), amr.toSorted(), acr] : [];
    return JSON.stringify([hash("sha256", JSON.stringify(of)), tenantOf(whom), id, ...whose]);
  }

  /** What it takes to have a token: its name, and how it is fetched. */
  async function wanted(whom: Whom | undefined) {
    const grant = grantFor(whom);
    const secret = await read(tenantOf(whom));
    const fetch = async (): Promise<Token> => {
      const endpoint = token_endpoint ?? (await ports.endpointOf(issuer ?? ""));
      const { askToken } = await import("./endpoint.ts");
      return askToken({ auth, secret, endpoint, fetch: ports.fetch, ticks: ports.ticks }, grant);
    };
    return { name: nameOf(secret, whom), fetch };
  }

  return {
    show: (whom) =>
      explained(server, async () => {
        const { name, fetch } = await wanted(whom);
        return bearer((await tokens.get(name, fetch)).text);
      }),
    renew: (whom, shown) =>
      explained(server, async () => {
        const { name, fetch } = await wanted(whom);
        const refused = shown["authorization"]?.slice("Bearer ".length) ?? "";
        const token = await tokens.renew(name, refused, fetch);
        return token === undefined ? undefined : bearer(token.text);
      }),
  };
}

function one(server: string, auth: OneAuth, ports: CredentialPorts): Credential {
  return auth.kind === "secret"
    ? secretCredential(server, auth, ports)
    : tokenCredential(server, auth, ports);
}

/** What the gate shows a server, for each tenant its own where the configuration says so. */
export function credentialOf({ name, auth }: Server, ports: CredentialPorts): Credential | undefined {
  if (auth?.kind !== "by_tenant") return auth && one(name, auth, ports);
  const others = auth.others && one(name, auth.others, ports);
  const own = new Map(Object.entries(auth.tenants).map(([tenant, each]) => [tenant, one(name, each, ports)]));
  const find = (whom: Whom | undefined): Credential => {
    const found = own.get(tenantOf(whom)) ?? others;
    if (found === undefined) throw uncredentialed(name, NO_TENANT, `none of tenant ${tenantOf(whom)}`);
    return found;
  };
  return {
    show: async (whom) => find(whom).show(whom),
    renew: async (whom, shown) => find(whom).renew(whom, shown),
  };
}
