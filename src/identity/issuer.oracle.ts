import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair, type JWTHeaderParameters, type JWTPayload, SignJWT } from "jose";

type Key = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer of tokens that says what it is told to say: what a real one would never sign. */
export interface FakeIssuer {
  readonly url: string;
  /** A token with everything it needs, as far as nothing else is given; `by` signs it. */
  sign(claims?: JWTPayload, header?: Partial<JWTHeaderParameters>, by?: Key["privateKey"]): Promise<string>;
  /** Signs with a new key from now on and publishes no other. */
  rotate(): Promise<void>;
  /** What introspection says of a token. */
  readonly opaque: Map<string, Readonly<Record<string, unknown>>>;
  /** Every request that came, by method and path. */
  readonly asked: string[];
  down: boolean;
  stop(): void;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  for await (const piece of request) text += String(piece);
  return text;
}

export async function fakeIssuer(audience: string): Promise<FakeIssuer> {
  let serial = 0;
  let key = await generateKeyPair("ES256");
  const opaque: FakeIssuer["opaque"] = new Map();
  const asked: string[] = [];
  const state = { down: false };
  const server = createServer((request, response) => {
    void (async () => {
      const path = request.url ?? "";
      asked.push(`${request.method ?? ""} ${path}`);
      const say = (body: unknown): void => void response.end(JSON.stringify(body));
      if (state.down) return void response.writeHead(503).end();
      if (path === "/jwks")
        return say({ keys: [{ ...(await exportJWK(key.publicKey)), kid: `k${serial}`, alg: "ES256" }] });
      if (path === "/introspect") {
        const token = new URLSearchParams(await bodyOf(request)).get("token") ?? "";
        return say(opaque.get(token) ?? { active: false });
      }
      if (path === "/.well-known/oauth-authorization-server")
        return say({ issuer: url, jwks_uri: `${url}/jwks`, introspection_endpoint: `${url}/introspect` });
      return void response.writeHead(404).end();
    })();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    opaque,
    asked,
    get down() {
      return state.down;
    },
    set down(down) {
      state.down = down;
    },
    async sign(claims = {}, header = {}, by = key.privateKey) {
      const now = Math.floor(Date.now() / 1000);
      const whole = { iss: url, aud: audience, sub: "ana", iat: now, exp: now + 300, ...claims };
      return await new SignJWT(whole)
        .setProtectedHeader({ alg: "ES256", kid: `k${serial}`, typ: "at+jwt", ...header })
        .sign(by);
    },
    async rotate() {
      serial += 1;
      key = await generateKeyPair("ES256");
    },
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
