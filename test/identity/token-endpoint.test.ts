// The gate as an authorization server for its own addresses: enterprise-managed authorization (ID-JAG) and workload identity (RFC 7523).
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { openBeside } from "../../src/admin/open.ts";
import type { Config } from "../../src/config/config.ts";
import type { TokenEndpointSettings } from "../../src/config/sign-in.ts";
import { AUTH, ISSUER } from "../../src/identity/door.oracle.ts";
import { openGrants } from "../../src/identity/grants/open.ts";
import { identityOf } from "../../src/identity/identify.ts";
import { type FakeIssuer, fakeIssuer } from "../../src/identity/issuer.oracle.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";

const GATE = "https://gate.example";
const MCP = `${GATE}/mcp`;
const CLIENT = { id: "desk-client", secret: "a-clients-own-secret" };
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const SVID = "spiffe://acme.example/ns/build/runner";

let company: FakeIssuer;
let cluster: FakeIssuer;
let store: Store;
let url: string;
let clients: Awaited<ReturnType<typeof generateKeyPair>>;
const logged: unknown[] = [];
const clock = { ahead: 0 };
const closing: (() => unknown)[] = [];

async function listening(answer: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

beforeAll(async () => {
  [company, cluster, clients] = [
    await fakeIssuer(GATE),
    await fakeIssuer(GATE),
    await generateKeyPair("ES256", { extractable: true }),
  ];
  const keys = JSON.stringify({
    keys: [{ ...(await exportJWK(clients.publicKey)), kid: "c", alg: "ES256" }],
  });
  const jwks_uri = await listening((_, response) => response.end(keys));
  const folder = mkdtempSync(join(tmpdir(), "grants-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "g.db") });
  const settings: TokenEndpointSettings = {
    lasts_ms: 300_000,
    clients: [
      { client_id: CLIENT.id, client_secret: CLIENT.secret, jwks_uri: undefined },
      { client_id: "signing-client", client_secret: undefined, jwks_uri },
    ],
    id_jag: [{ ...ISSUER, issuer: company.url, claims: { ...ISSUER.claims, roles: "groups" } }],
    workloads: [
      {
        issuer: { ...ISSUER, issuer: cluster.url },
        subjects: [
          { match: [SVID], id: undefined, tenant: "acme", roles: ["builder"], scopes: ["notes.read"] },
          { match: ["system:serviceaccount:ci:*"], id: "ci", tenant: "default", roles: [], scopes: [] },
        ],
      },
    ],
  };
  const auth = { ...AUTH, public_url: GATE, token_endpoint: settings };
  const { credentials, people, signIns } = store;
  const note = (...words: unknown[]): void => void logged.push(words);
  const log = { debug: note, info: note, warn: note, error: note } as never;
  const ports = {
    credentials,
    people,
    signIns,
    actsOf: (tenant: string) => store.forTenant(tenant).acts,
    log,
    secret: () => Buffer.alloc(32, 7),
    fetch: (to: string, init: RequestInit) => fetch(to, init),
    now: () => Date.now() + clock.ahead,
    ticks: () => performance.now() + clock.ahead,
  };
  const identity = identityOf({ ...ports, auth, tls: false, own: openGrants(auth, settings, ports) });
  const config = { auth, servers: [], voters: [], allowed_origins: [], allowed_hosts: [] };
  const beside = openBeside({ gate: { log }, store, identity } as never, config as unknown as Config);
  const at = { host: "127.0.0.1", port: 0 };
  url = await listening((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const metadata = identity.metadata(request, at);
    if (metadata !== undefined) return void response.end(JSON.stringify(metadata));
    const identify = () => identity.identify(request, at);
    const answer = beside(path, at);
    if (answer !== undefined) return void answer(request, response, { draining: false, identify });
    return void (async () => response.end(JSON.stringify(await identify())))().catch(() =>
      response.writeHead(401).end("{}"),
    );
  });
  closing.push(
    () => identity.close(),
    () => store.close(),
    () => rmSync(folder, { recursive: true, force: true }),
  );
});
afterAll(async () => {
  company.stop();
  cluster.stop();
  for (const close of closing) await close();
});
// Guesses of one test hold nobody up in the next.
beforeEach(() => {
  clock.ahead += 61_000;
});

const now_s = (): number => Math.floor((Date.now() + clock.ahead) / 1_000);
type Header = Parameters<FakeIssuer["sign"]>[1];

/** What a company's identity provider gives a client of its own for somebody. */
const idJag = (claims: JWTPayload = {}, header: Header = {}, by?: Parameters<FakeIssuer["sign"]>[2]) =>
  company.sign(
    {
      jti: crypto.randomUUID(),
      client_id: CLIENT.id,
      resource: MCP,
      scope: "mcp notes.read",
      iat: now_s(),
      exp: now_s() + 300,
      ...claims,
    },
    { typ: "oauth-id-jag+jwt", ...header },
    by,
  );
const svid = (claims: JWTPayload = {}, header: Header = {}) =>
  cluster.sign({ sub: SVID, iat: now_s(), exp: now_s() + 300, ...claims }, { typ: "JWT", ...header });

interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}
const BASIC = { authorization: `Basic ${Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString("base64")}` };

async function ask(form: Record<string, string> | [string, string][], headers = {}): Promise<Answer> {
  const body = new URLSearchParams(form);
  const answer = await fetch(`${url}/oauth/token`, { method: "POST", headers, body });
  return { status: answer.status, body: (await answer.json()) as Answer["body"] };
}
const bring = async (assertion: string, more: Record<string, string> = {}, headers: object = BASIC) =>
  await ask({ grant_type: JWT_BEARER, assertion, ...more }, headers);
async function who(token: string | undefined, path = "/mcp"): Promise<unknown> {
  const answer = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${token}` } });
  return answer.status === 200 ? await answer.json() : answer.status;
}

test("says of itself what a client needs to know (RFC 8414), and names itself at its addresses (RFC 9728)", async () => {
  const found = await (await fetch(`${url}/.well-known/oauth-authorization-server`)).json();
  expect(found).toMatchObject({
    issuer: GATE,
    token_endpoint: `${GATE}/oauth/token`,
    jwks_uri: `${GATE}/oauth/jwks`,
    grant_types_supported: [JWT_BEARER, "client_credentials"],
    authorization_grant_profiles_supported: ["urn:ietf:params:oauth:grant-profile:id-jag"],
  });
  const resource = await (await fetch(`${url}/.well-known/oauth-protected-resource/mcp`)).json();
  expect(resource).toMatchObject({ resource: MCP, authorization_servers: [GATE] });
});

describe("enterprise-managed authorization", () => {
  test("an ID-JAG becomes a short token for the address that it names, of who it is about", async () => {
    const { status, body } = await bring(await idJag({ groups: ["clerk"], acr: "gold", amr: ["mfa"] }));
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.any(String) as unknown,
        token_type: "Bearer",
        expires_in: expect.any(Number) as unknown,
        scope: "mcp notes.read",
      },
    ]);
    expect(Number(body["expires_in"])).toBeLessThanOrEqual(300);
    expect(await who(body["access_token"])).toMatchObject({
      id: "ana",
      tenant: "default",
      roles: ["clerk"],
      scopes: ["mcp", "notes.read"],
      acr: "gold",
      amr: ["mfa"],
      source: "token",
    });
    expect(await who(body["access_token"], "/mcp/notes")).toBe(401);
    const { keys } = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: [] };
    expect(JSON.stringify(keys)).not.toContain('"d"');
    const { payload, protectedHeader } = await jwtVerify(
      body["access_token"] ?? "",
      createLocalJWKSet({ keys }),
      {
        issuer: GATE,
        audience: MCP,
        currentDate: new Date(now_s() * 1_000),
      },
    );
    expect([protectedHeader.typ, payload["client_id"]]).toEqual(["at+jwt", CLIENT.id]);
    clock.ahead += 301_000;
    expect(await who(body["access_token"])).toBe(401);
  });

  test("nobody is sent to sign in here", async () => {
    const answer = await fetch(`${url}/oauth/authorize?response_type=code`, { redirect: "manual" });
    expect([answer.status, await answer.json()]).toEqual([400, { error: "unsupported_response_type" }]);
  });

  test("a client may ask for less, and for no more", async () => {
    expect((await bring(await idJag(), { scope: "mcp" })).body["scope"]).toBe("mcp");
    expect(await bring(await idJag(), { scope: "mcp admin" })).toEqual({
      status: 400,
      body: { error: "invalid_scope" },
    });
  });

  test("a client may sign for itself (private_key_jwt), once with each assertion", async () => {
    const own = (claims: JWTPayload = {}) =>
      new SignJWT({
        jti: crypto.randomUUID(),
        sub: "signing-client",
        iss: "signing-client",
        aud: GATE,
        ...claims,
      })
        .setProtectedHeader({ alg: "ES256", kid: "c", typ: "JWT" })
        .setExpirationTime(now_s() + 60)
        .sign(clients.privateKey);
    const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    const signed = async (client_assertion: string) =>
      await bring(
        await idJag({ client_id: "signing-client" }),
        { client_assertion, client_assertion_type: type },
        {},
      );
    const once = await own();
    expect((await signed(once)).status).toBe(200);
    for (const wrong of [
      once,
      await own({ aud: [GATE, "https://other.example"] }),
      await own({ sub: CLIENT.id }),
    ])
      expect(await signed(wrong)).toEqual({ status: 401, body: { error: "invalid_client" } });
  });

  test.each<[string, JWTPayload, Header]>([
    ["for another authorization server", { aud: "https://other.example" }, {}],
    ["for others as well", { aud: [GATE, "https://other.example"] }, {}],
    ["of another issuer", { iss: "https://evil.example" }, {}],
    ["given to another client", { client_id: "other" }, {}],
    ["without jti", { jti: "" }, {}],
    ["that has expired", { exp: 1 }, {}],
    ["from the future", { iat: 9_999_999_999 }, {}],
    ["not valid yet", { nbf: 9_999_999_999 }, {}],
    ["good for more than an hour", { exp: 9_999_999_999 }, {}],
    ["about nobody", { sub: "" }, {}],
    ["about a name of another proof", { sub: "spiffe://acme.example/x" }, {}],
    ["that is an access token", {}, { typ: "at+jwt" }],
    ["that is an ID token", {}, { typ: "JWT" }],
    ["by a key that is not the issuer's", {}, { kid: "other" }],
  ])("an ID-JAG %s is refused", async (_, claims, header) => {
    expect(await bring(await idJag(claims, header))).toEqual({
      status: 400,
      body: { error: "invalid_grant" },
    });
  });

  test("nor one that was used, tampered with, unsigned, signed with a secret, or by somebody else", async () => {
    const used = await idJag();
    expect((await bring(used)).status).toBe(200);
    const [head = "", body = "", signature = ""] = (await idJag()).split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "oauth-id-jag+jwt" })).toString("base64url");
    const { publicKey, privateKey } = await generateKeyPair("ES256");
    void publicKey;
    const attacks = [
      used,
      `${head}.${body}.${signature.slice(0, -4)}AAAA`,
      `${none}.${body}.`,
      await new SignJWT({ iss: company.url, aud: GATE })
        .setProtectedHeader({ alg: "HS256", typ: "oauth-id-jag+jwt" })
        .sign(Buffer.alloc(32)),
      await idJag({}, {}, privateKey),
      "no.jwt.at-all",
      "x".repeat(20_000),
      "",
    ];
    for (const attack of attacks)
      expect(await bring(attack)).toEqual({ status: 400, body: { error: "invalid_grant" } });
    expect(JSON.stringify(logged)).not.toContain(signature);
  });

  test.each([
    ["no client", {}],
    ["another secret", { authorization: `Basic ${Buffer.from(`${CLIENT.id}:guess`).toString("base64")}` }],
    ["an unknown client", { authorization: `Basic ${Buffer.from("eve:x").toString("base64")}` }],
    [
      "a client that has no secret",
      { authorization: `Basic ${Buffer.from("signing-client:").toString("base64")}` },
    ],
  ])("%s is told the same", async (_, headers) => {
    expect(await bring(await idJag(), {}, headers)).toEqual({
      status: 401,
      body: { error: "invalid_client" },
    });
  });

  test.each([
    ["another gate's", { resource: "https://other.example/mcp" }, {}],
    ["one that the ID-JAG does not name", {}, { resource: `${GATE}/governance` }],
    ["none of this gate's", { resource: `${GATE}/health` }, {}],
    ["almost this gate's", { resource: `${GATE}.evil.example/mcp` }, {}],
  ])("a token for an address that is %s is not given", async (_, claims, more) => {
    expect(await bring(await idJag(claims), more)).toEqual({
      status: 400,
      body: { error: "invalid_target" },
    });
  });
});

describe("workload identity", () => {
  test.each([
    ["a JWT-SVID", { sub: SVID }, { id: SVID, tenant: "acme", roles: ["builder"], scopes: ["notes.read"] }],
    ["a service account's", { sub: "system:serviceaccount:ci:nightly" }, { id: "ci", tenant: "default" }],
  ])(
    "%s token becomes a token of the gate, as grant and as client assertion",
    async (_, claims, principal) => {
      const assertion = await svid(claims);
      const { status, body } = await bring(assertion, {}, {});
      expect(status).toBe(200);
      expect(await who(body["access_token"])).toMatchObject(principal);
      const type = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
      const form = {
        client_assertion: assertion,
        client_assertion_type: type,
        resource: `${GATE}/mcp/notes`,
      };
      const other = await ask({ grant_type: "client_credentials", ...form });
      expect(await who(other.body["access_token"], "/mcp/notes")).toMatchObject(principal);
    },
  );

  test("a token of the gate lasts no longer than what it came of", async () => {
    expect(Number((await bring(await svid({ exp: now_s() + 30 }), {}, {})).body["expires_in"])).toBeLessThan(
      31,
    );
  });

  test.each<[string, JWTPayload, Header]>([
    ["a workload that is not listed", { sub: "spiffe://acme.example/ns/other" }, {}],
    ["a token for others as well", { aud: [GATE, "https://vault.example"] }, {}],
    ["a token for the cluster itself", { aud: "https://kubernetes.default.svc" }, {}],
    ["a token that has expired", { exp: 1 }, {}],
    ["an access token", {}, { typ: "at+jwt" }],
  ])("%s is refused", async (_, claims, header) => {
    expect((await bring(await svid(claims, header), {}, {})).body).toEqual({ error: "invalid_grant" });
  });

  test("the company's provider speaks for no workload, and the cluster for nobody of the company", async () => {
    const theirs = await company.sign({ sub: SVID, exp: now_s() + 60 }, { typ: "JWT" });
    expect((await bring(theirs, {}, {})).body).toEqual({ error: "invalid_grant" });
    const ours = await cluster.sign(
      { sub: "ana", client_id: CLIENT.id, jti: "1", iat: now_s(), exp: now_s() + 60 },
      { typ: "oauth-id-jag+jwt" },
    );
    expect((await bring(ours)).body).toEqual({ error: "invalid_grant" });
  });
});

test("what is asked twice, or for another grant, is refused; whoever guesses on is held up", async () => {
  expect(
    (
      await ask([
        ["scope", "a"],
        ["scope", "b"],
      ])
    ).body,
  ).toEqual({ error: "invalid_request" });
  expect((await ask({ grant_type: "password" })).body).toEqual({ error: "unsupported_grant_type" });
  const statuses = new Set<number>();
  for (let guess = 0; guess < 40; guess += 1) statuses.add((await bring("x", {}, {})).status);
  expect([...statuses]).toEqual([400, 429]);
});

test("what was refused is on record", async () => {
  await bring(await idJag({ aud: "https://other.example" }));
  await vi.waitFor(async () => {
    const acts = await store.forTenant("default").acts.list({ action: "signin.failed", limit: 1_000 });
    expect(acts.length).toBeGreaterThan(0);
    expect(JSON.stringify(acts)).not.toContain(CLIENT.secret);
  });
});

test("keys are sealed in the store, and another signs after a week while the old one is still known", async () => {
  const kids = async (): Promise<readonly string[]> => {
    const { keys } = (await (await fetch(`${url}/oauth/jwks`)).json()) as { keys: { kid: string }[] };
    return keys.map(({ kid }) => kid);
  };
  const [first] = await kids();
  const [kept] = await store.signIns.signingKeys();
  expect(kept?.sealed).toMatch(/^eyJ[^.]+\.\.[^.]+\.[^.]+\.[^.]+$/);
  clock.ahead += 8 * 24 * 3_600_000;
  const both = await kids();
  expect(both).toHaveLength(2);
  expect(both).toContain(first);
  clock.ahead += 8 * 24 * 3_600_000;
  expect(await kids()).not.toContain(first);
});
