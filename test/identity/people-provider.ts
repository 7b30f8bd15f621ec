import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, generateKeyPair } from "jose";
import { Provider } from "oidc-provider";

/** A real OpenID Connect provider where people sign in: whoever gives a name is believed. */
export interface PeopleProvider {
  readonly issuer: string;
  /** Does what a browser would, from an address of it until it leaves; gives where to. Cookies of the provider are kept in `jar`. */
  signIn(location: string, name: string, jar?: Map<string, string>, done?: string): Promise<string>;
  /** Does what somebody does at the address that a command line showed them. */
  approveDevice(address: string, name: string): Promise<void>;
  stop(): void;
}

export const GATE_CLIENT = { id: "portcullis", secret: "the-gates-own-secret-at-the-provider" };
export const COMMAND_LINE_CLIENT = "portcullis-cli";
/** An MCP client on somebody's machine. */
export const DESKTOP_CLIENT = { id: "desktop", redirect_uri: "http://127.0.0.1:1/callback" };
/** Whoever has this name signs in surely enough for everything. */
export const SURE = "sure@example.com";

/** One request of a browser that keeps cookies and follows nothing. */
async function visit(
  url: string,
  jar: Map<string, string>,
  form?: Readonly<Record<string, string>>,
): Promise<Response> {
  const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  const answer = await fetch(url, {
    method: form === undefined ? "GET" : "POST",
    redirect: "manual",
    headers: { cookie },
    ...(form !== undefined && { body: new URLSearchParams(form) }),
  });
  for (const set of answer.headers.getSetCookie()) {
    const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
    if (value === "") jar.delete(name);
    else jar.set(name, value);
  }
  return answer;
}

/** `redirect_uris`: of the gate, and of other clients that people sign in to. */
export async function peopleProvider(redirect_uris: readonly string[]): Promise<PeopleProvider> {
  const server = createServer((request, response) => void handler(request, response));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const signing = await generateKeyPair("ES256", { extractable: true });
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: GATE_CLIENT.id,
        client_secret: GATE_CLIENT.secret,
        redirect_uris: [...redirect_uris],
        application_type: "native",
      },
      {
        client_id: DESKTOP_CLIENT.id,
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [DESKTOP_CLIENT.redirect_uri],
        application_type: "native",
      },
      {
        client_id: COMMAND_LINE_CLIENT,
        token_endpoint_auth_method: "none",
        grant_types: ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
        redirect_uris: [],
        response_types: [],
        application_type: "native",
      },
    ],
    clientDefaults: { id_token_signed_response_alg: "ES256" },
    jwks: { keys: [{ ...(await exportJWK(signing.privateKey)), alg: "ES256", use: "sig", kid: "one" }] },
    cookies: { keys: ["a key of the test"] },
    scopes: ["openid", "offline_access", "mcp"],
    claims: { openid: ["sub", "roles"], acr: null, amr: null, auth_time: null },
    acrValues: ["gold"],
    extraTokenClaims: (_, token) =>
      "accountId" in token && token.accountId === SURE
        ? { acr: "gold", auth_time: Math.floor(Date.now() / 1_000) }
        : undefined,
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, roles: id === "ops-lead@example.com" ? ["approver"] : [] }),
    }),
    features: {
      devInteractions: { enabled: true },
      deviceFlow: { enabled: true },
      revocation: { enabled: true, allowedPolicy: () => true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => [],
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          audience: resource,
          scope: "mcp",
          accessTokenTTL: 300,
          accessTokenFormat: "jwt" as const,
          jwt: { sign: { alg: "ES256" as const } },
        }),
      },
    },
    ttl: { Interaction: 600, Session: 600, Grant: 600, RefreshToken: 600 },
  });
  const handler = provider.callback();
  async function signIn(
    location: string,
    name: string,
    jar = new Map<string, string>(),
    done = "",
  ): Promise<string> {
    let at = location;
    for (let step = 0; step < 20; step += 1) {
      if (!at.startsWith(issuer)) return at;
      const answer = await visit(at, jar);
      const next = answer.headers.get("location");
      if (next !== null) {
        at = new URL(next, issuer).href;
        continue;
      }
      const text = await answer.text();
      if (done !== "" && text.includes(done)) return at;
      const [, action] = /<form[^>]* action="([^"]+)"/.exec(text) ?? [];
      const [, prompt] = /name="prompt" value="(\w+)"/.exec(text) ?? [];
      if (action === undefined || prompt === undefined) throw new Error(`no way on from ${at}: ${text}`);
      const form = prompt === "login" ? { prompt, login: name, password: "any" } : { prompt };
      const sent = await visit(new URL(action, issuer).href, jar, form);
      at = new URL(sent.headers.get("location") ?? "", issuer).href;
    }
    throw new Error("the provider sends on and on");
  }
  const hidden = (text: string): Record<string, string> =>
    Object.fromEntries(
      [...text.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map(
        ([, name = "", value = ""]) => [name, value],
      ),
    );
  return {
    issuer,
    async approveDevice(address, name) {
      const jar = new Map<string, string>();
      const asked = await (await visit(address, jar)).text();
      const shown = await (await visit(`${issuer}/device`, jar, hidden(asked))).text();
      const confirmed = await visit(`${issuer}/device`, jar, { ...hidden(shown), confirm: "yes" });
      await signIn(
        new URL(confirmed.headers.get("location") ?? "", issuer).href,
        name,
        jar,
        "Sign-in Success",
      );
    },
    signIn,
    stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
