import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";
import { Provider } from "oidc-provider";

/** A real authorization server, for clients that need no person: with resource indicators, introspection, revocation and DPoP. */
export interface RealProvider {
  readonly issuer: string;
  /** A token from its token endpoint, as a client asks for one (RFC 8707). `opaque`: one that is no JWT. */
  token(resource: string, scope?: string, kind?: "jwt" | "opaque"): Promise<string>;
  /** A token bound to a key (RFC 9449), and what makes proofs with it. */
  boundToken(resource: string, scope: string): Promise<Bound>;
  revoke(token: string): Promise<void>;
  /** What its own key signs, though it would never hand it out. */
  forge(claims: JWTPayload, header?: Partial<JWTHeaderParameters>): Promise<string>;
  stop(): void;
}

interface Bound {
  readonly token: string;
  readonly proof: (claims: Readonly<Record<string, unknown>>) => Promise<string>;
}

const SCOPES = ["mcp", "notes.read", "notes.write"];
/** What all clients of the provider show it. */
export const CLIENT = { id: "agent", secret: "an-agents-own-secret" };
export const GATE = { id: "gate", secret: "the-gates-own-secret" };

const clientOf = (id: string, secret: string) => ({
  client_id: id,
  client_secret: secret,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: "ES256" as const,
});

export async function realProvider(): Promise<RealProvider> {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signing = await generateKeyPair("ES256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [
      clientOf(CLIENT.id, CLIENT.secret),
      clientOf("opaque", CLIENT.secret),
      clientOf(GATE.id, GATE.secret),
    ],
    jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), alg: "ES256", use: "sig", kid: "one" }] },
    scopes: SCOPES,
    extraTokenClaims: () => ({ org: "acme" }),
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, resource, client) => ({
          audience: resource,
          scope: SCOPES.join(" "),
          accessTokenTTL: 300,
          ...(client.clientId === "opaque"
            ? { accessTokenFormat: "opaque" as const }
            : { accessTokenFormat: "jwt" as const, jwt: { sign: { alg: "ES256" as const } } }),
        }),
      },
    },
  });
  const handler = provider.callback();

  async function post(path: string, client: string, body: Readonly<Record<string, string>>, dpop?: string) {
    const basic = Buffer.from(`${client}:${client === GATE.id ? GATE.secret : CLIENT.secret}`).toString(
      "base64",
    );
    return await fetch(`${issuer}${path}`, {
      method: "POST",
      headers: { authorization: `Basic ${basic}`, ...(dpop !== undefined && { dpop }) },
      body: new URLSearchParams(body),
    });
  }
  async function granted(answer: Response): Promise<string> {
    const { access_token, error_description } = (await answer.json()) as Record<string, string>;
    if (access_token === undefined) throw new Error(`no token: ${error_description ?? ""}`);
    return access_token;
  }
  return {
    issuer,
    async token(resource, scope = "mcp", kind = "jwt") {
      const body = { grant_type: "client_credentials", resource, scope };
      return granted(await post("/token", kind === "opaque" ? "opaque" : CLIENT.id, body));
    },
    async boundToken(resource, scope) {
      const pair = await generateKeyPair("ES256", { extractable: true });
      const jwk = await exportJWK(pair.publicKey);
      const proof = (claims: Readonly<Record<string, unknown>>): Promise<string> =>
        new SignJWT({ jti: crypto.randomUUID(), ...claims })
          .setIssuedAt()
          .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk })
          .sign(pair.privateKey);
      const dpop = await proof({ htm: "POST", htu: `${issuer}/token` });
      const body = { grant_type: "client_credentials", resource, scope };
      const token = await granted(await post("/token", CLIENT.id, body, dpop));
      return { token, proof };
    },
    async revoke(token) {
      await post("/token/revocation", "opaque", { token });
    },
    forge: (claims, header = {}) =>
      new SignJWT(claims)
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "one", ...header })
        .sign(signing.privateKey),
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
