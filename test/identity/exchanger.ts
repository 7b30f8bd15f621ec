import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTPayload, jwtVerify } from "jose";
import { Provider } from "oidc-provider";

/** What the provider's own grants are made of; it exports no other, and no types of it. */
const MADE_OF: string = "oidc-provider/lib/helpers/resource_server.js";
const { default: ResourceServer } = (await import(MADE_OF)) as {
  readonly default: new (resource: string, info: object) => object;
};

/** What the token endpoint was asked for. */
interface Asked {
  readonly client: string;
  readonly grant: string;
  readonly form: Readonly<Record<string, unknown>>;
}

/** A real authorization server with the grants that a gate needs for its servers. */
export interface Exchanger {
  readonly issuer: string;
  readonly asked: Asked[];
  /** How long its tokens live, s. */
  ttl: number;
  /** Answers nothing but 503 while it is so. */
  down: boolean;
  /** A token of somebody who calls the gate. */
  caller(who: string, resource: string): Promise<string>;
  readonly verify: (token: string, audience: string) => Promise<JWTPayload>;
  stop(): void;
}

export const GATE_SECRET = "the-gates-secret-at-the-issuer";
export const OTHER_SECRET = "the-gates-other-secret-there";
/** The key of the client `gate-key`. */
export const GATE_KEY = generateKeyPairSync("ec", { namedCurve: "P-256" });
const CALLER_SECRET = "a-callers-secret";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";

const clientOf = (id: string, more: object) => ({
  client_id: id,
  grant_types: ["client_credentials", EXCHANGE],
  redirect_uris: [],
  response_types: [],
  id_token_signed_response_alg: "ES256" as const,
  ...more,
});

export async function exchanger(): Promise<Exchanger> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    if (self.down) return void response.writeHead(503).end();
    return void handler(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signing = await generateKeyPair("ES256", { extractable: true });
  const info = (resource: string) => ({
    audience: resource,
    scope: "mcp",
    accessTokenTTL: self.ttl,
    accessTokenFormat: "jwt" as const,
    jwt: { sign: { alg: "ES256" as const } },
  });
  const jwk = { ...GATE_KEY.publicKey.export({ format: "jwk" }), kid: "gate-1", use: "sig" };
  const provider = new Provider(issuer, {
    clients: [
      clientOf("gate", { client_secret: GATE_SECRET }),
      clientOf("gate-other", { client_secret: OTHER_SECRET }),
      clientOf("gate-key", {
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "ES256",
        jwks: { keys: [jwk] },
      }),
      ...["ana", "ben"].map((id) => clientOf(id, { client_secret: CALLER_SECRET })),
    ],
    jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), alg: "ES256", use: "sig", kid: "one" }] },
    scopes: ["mcp"],
    clientAuthMethods: ["client_secret_basic", "private_key_jwt"],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: { enabled: true, getResourceServerInfo: (_, resource) => info(resource) },
    },
  });
  const verify = async (token: string, audience?: string): Promise<JWTPayload> =>
    (await jwtVerify(token, signing.publicKey, { issuer, ...(audience !== undefined && { audience }) }))
      .payload;
  provider.registerGrantType(
    EXCHANGE,
    async (ctx) => {
      const { client, params } = ctx.oidc;
      const { subject_token, resource } = params as Record<string, string>;
      if (client === undefined || subject_token === undefined || resource === undefined)
        throw new Error("unfit");
      const { sub = "" } = await verify(subject_token);
      const token = new provider.AccessToken({ client, accountId: sub, scope: "mcp" } as never);
      Object.assign(token, { resourceServer: new ResourceServer(resource, info(resource)) });
      ctx.body = {
        access_token: await token.save(),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
        expires_in: self.ttl,
      };
    },
    new Set(["subject_token", "subject_token_type", "requested_token_type", "resource", "audience", "scope"]),
    new Set(["resource", "audience"]),
  );
  provider.use(async (ctx, next) => {
    await next();
    const { oidc } = ctx;
    if (ctx.path === "/token" && oidc?.client !== undefined)
      asked.push({
        client: oidc.client.clientId,
        grant: String(oidc.params?.["grant_type"]),
        form: { ...oidc.params },
      });
  });
  const handler = provider.callback();
  const self: Exchanger = {
    issuer,
    asked,
    ttl: 300,
    down: false,
    verify,
    async caller(who, resource) {
      const basic = Buffer.from(`${who}:${CALLER_SECRET}`).toString("base64");
      const answer = await fetch(`${issuer}/token`, {
        method: "POST",
        headers: { authorization: `Basic ${basic}` },
        body: new URLSearchParams({ grant_type: "client_credentials", resource, scope: "mcp" }),
      });
      const { access_token, error_description = "" } = (await answer.json()) as Record<string, string>;
      if (access_token === undefined) throw new Error(`no token: ${error_description}`);
      return access_token;
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
  return self;
}
