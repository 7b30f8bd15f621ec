import { createSecretKey } from "node:crypto";
import { request } from "node:http";
import { exportJWK, exportSPKI, generateKeyPair, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { type Door, ISSUER, openDoor } from "./door.oracle.ts";
import { type FakeIssuer, fakeIssuer } from "./issuer.oracle.ts";

const RESOURCE = "https://gate.example/mcp";
const METADATA = 'resource_metadata="https://gate.example/.well-known/oauth-protected-resource/mcp"';
let issuer: FakeIssuer;
let door: Door;

beforeAll(async () => {
  issuer = await fakeIssuer(RESOURCE);
});
afterAll(() => issuer.stop());
beforeEach(async () => {
  const introspection = { endpoint: undefined, client_id: "gate", client_secret: "s3cret" };
  door = await openDoor({
    issuers: [
      {
        ...ISSUER,
        issuer: issuer.url,
        claims: { ...ISSUER.claims, roles: "realm_access.roles" },
        introspection,
      },
    ],
    demands: [
      { servers: [], targets: [], require: ["mcp"] },
      { servers: ["files"], targets: ["write_*"], require: ["files.write"] },
    ],
    implies: { "files.write": ["files.read"], "files.read": ["mcp"] },
  });
  return () => door.close();
});

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const now = (): number => Math.floor(Date.now() / 1000);

describe("a token that is good", () => {
  test("says who it is, with what its claims give", async () => {
    const claims = { scope: "files.write x", realm_access: { roles: ["dev"] }, amr: ["pwd", "mfa"] };
    const { principal } = await door.ask("/mcp", bearer(await issuer.sign(claims)));
    expect(principal).toEqual({
      id: "ana",
      tenant: "default",
      roles: ["dev"],
      scopes: ["files.write", "x", "files.read", "mcp"],
      source: "token",
      expires: expect.any(Number),
      amr: ["pwd", "mfa"],
      address: "127.0.0.1",
    });
  });

  test("is verified once, and the issuer is asked once", async () => {
    const token = await issuer.sign();
    issuer.asked.length = 0;
    for (let times = 0; times < 3; times += 1)
      expect((await door.ask("/mcp", bearer(token))).status).toBe(200);
    expect(issuer.asked).toEqual(["GET /.well-known/oauth-authorization-server", "GET /jwks"]);
  });

  test("is no longer good when it has expired, however lately it was", async () => {
    const token = await issuer.sign({ exp: now() + 10 });
    expect((await door.ask("/mcp", bearer(token))).status).toBe(200);
    door.ahead = 45_000;
    expect((await door.ask("/mcp", bearer(token))).status).toBe(401);
  });

  test("is good under the issuer's next key, and what the last one signed is forgotten", async () => {
    const old = await issuer.sign();
    expect((await door.ask("/mcp", bearer(old))).status).toBe(200);
    await issuer.rotate();
    // The key set is asked for again, for a key nobody knows, half a minute after the last time.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
    try {
      expect((await door.ask("/mcp", bearer(old))).status).toBe(200);
      expect((await door.ask("/mcp", bearer(await issuer.sign()))).status).toBe(200);
      expect((await door.ask("/mcp", bearer(old))).status).toBe(401);
    } finally {
      vi.useRealTimers();
    }
  });

  test("may be one that only its issuer can read", async () => {
    issuer.opaque.set("opaque-1", { active: true, sub: "ana", aud: RESOURCE, exp: now() + 60, scope: "mcp" });
    expect((await door.ask("/mcp", bearer("opaque-1"))).principal).toMatchObject({
      id: "ana",
      scopes: ["mcp"],
    });
    issuer.opaque.delete("opaque-1");
    door.ahead = 1_500;
    expect((await door.ask("/mcp", bearer("opaque-1"))).status).toBe(401);
  });
});

describe("a token that is refused, and the answer says nothing about why", () => {
  const attacks: readonly (readonly [string, () => Promise<string> | string])[] = [
    ["for another audience", () => issuer.sign({ aud: "https://other.example/mcp" })],
    ["for another resource of this gate", () => issuer.sign({ aud: "https://gate.example/mcp/files" })],
    ["for this resource with something behind it", () => issuer.sign({ aud: `${RESOURCE}/` })],
    ["for nobody", () => issuer.sign({ aud: [] })],
    ["of another issuer", () => issuer.sign({ iss: "https://evil.example" })],
    ["of no issuer", () => issuer.sign({ iss: undefined as never })],
    ["signed by another key", async () => issuer.sign({}, {}, (await generateKeyPair("ES256")).privateKey)],
    [
      "signed by another key that it brings along",
      async () => {
        const own = await generateKeyPair("ES256", { extractable: true });
        return issuer.sign({}, { jwk: await exportJWK(own.publicKey), kid: "own" }, own.privateKey);
      },
    ],
    [
      "signed with the public key as a common secret",
      async () => {
        const keys = (await (await fetch(`${issuer.url}/jwks`)).json()) as { keys: readonly object[] };
        const secret = createSecretKey(Buffer.from(JSON.stringify(keys.keys[0])));
        return new SignJWT({ iss: issuer.url, aud: RESOURCE, sub: "ana", exp: now() + 60 })
          .setProtectedHeader({ alg: "HS256", typ: "at+jwt", kid: "k0" })
          .sign(secret);
      },
    ],
    [
      "signed with PEM text as a common secret",
      async () => {
        const { publicKey } = await generateKeyPair("ES256", { extractable: true });
        return new SignJWT({ iss: issuer.url, aud: RESOURCE, sub: "ana", exp: now() + 60 })
          .setProtectedHeader({ alg: "HS256", typ: "at+jwt" })
          .sign(createSecretKey(Buffer.from(await exportSPKI(publicKey))));
      },
    ],
    [
      "not signed: alg none",
      () => new UnsecuredJWT({ iss: issuer.url, aud: RESOURCE, sub: "ana", exp: now() + 60 }).encode(),
    ],
    ["expired", () => issuer.sign({ exp: now() - 40 })],
    ["that never expires", () => issuer.sign({ exp: undefined as never })],
    ["not yet valid", () => issuer.sign({ nbf: now() + 60 })],
    ["of another type: an id token by its header", () => issuer.sign({}, { typ: "id+jwt" })],
    ["an id token of the type that access tokens had", () => issuer.sign({ at_hash: "x" }, { typ: "JWT" })],
    ["a logout token of that type", () => issuer.sign({ events: {} }, { typ: "JWT" })],
    ["of another type: a DPoP proof", () => issuer.sign({}, { typ: "dpop+jwt" })],
    ["of no type", () => issuer.sign({}, { typ: undefined as never })],
    [
      "with a critical extension that nobody knows",
      async () => {
        const [, ...rest] = (await issuer.sign()).split(".");
        const header = { alg: "ES256", typ: "at+jwt", crit: ["x"], x: 1 };
        return [Buffer.from(JSON.stringify(header)).toString("base64url"), ...rest].join(".");
      },
    ],
    ["altered", async () => `${(await issuer.sign()).slice(0, -4)}AAAA`],
    ["that is oversized", () => issuer.sign({ padding: "x".repeat(9_000) })],
    ["that names nobody", () => issuer.sign({ sub: "" })],
    ["with a name of another proof", () => issuer.sign({ sub: "spiffe://a/b" })],
    ["called anonymous", () => issuer.sign({ sub: "anonymous" })],
    ["with a name that holds a line end", () => issuer.sign({ sub: "ana\nroles: admin" })],
    ["with roles that are no list", () => issuer.sign({ realm_access: { roles: [{ admin: true }] } })],
    ["bound to what is not known here", () => issuer.sign({ cnf: { kid: "x" } })],
    ["bound to a certificate that is not there", () => issuer.sign({ cnf: { "x5t#S256": "AAAA" } })],
    ["that is no JWT, and revoked", () => "opaque-revoked"],
  ];
  test.each(attacks)("%s", async (_, make) => {
    const { status, said, challenge } = await door.ask("/mcp", bearer(await make()));
    expect({ status, said, challenge }).toEqual({
      status: 401,
      said: "This credential is not accepted.",
      challenge: `Bearer error="invalid_token", ${METADATA}, scope="mcp"`,
    });
    expect(JSON.stringify(door.logged)).toContain("a credential was refused");
  });

  test("is in no line of the log", async () => {
    const token = await issuer.sign({ aud: "x" });
    await door.ask("/mcp", bearer(token));
    expect(JSON.stringify(door.logged)).not.toContain(token.slice(-40));
  });
});

describe("more or less than one credential", () => {
  test("nothing: how to sign in, and for what", async () => {
    const { status, challenge } = await door.ask("/mcp");
    expect({ status, challenge }).toEqual({ status: 401, challenge: `Bearer ${METADATA}, scope="mcp"` });
  });

  test.each([
    ["in the query string", "/mcp?access_token=TOKEN", (): Record<string, string> => ({})],
    ["in the query string, beside one in the header", "/mcp?access_token=x", bearer],
    ["a key in the query string", "/mcp?k=pc_live_x", bearer],
    ["an API key beside it", "/mcp", (token: string) => ({ ...bearer(token), "x-api-key": "pc_live_x" })],
    [
      "a proof beside it, that it does not need",
      "/mcp",
      (token: string) => ({ ...bearer(token), dpop: "a.b.c" }),
    ],
    ["a proof alone", "/mcp", () => ({ dpop: "a.b.c" })],
  ])("%s", async (_, path, headers) => {
    const token = await issuer.sign();
    const { status, challenge } = await door.ask(path.replace("TOKEN", token), headers(token));
    expect({ status, challenge }).toEqual({
      status: 400,
      challenge: `Bearer error="invalid_request", ${METADATA}, scope="mcp"`,
    });
  });

  test("the same field twice, of which two readers could take another one", async () => {
    const [good, evil] = [await issuer.sign(), await issuer.sign({ sub: "eve" })];
    const status = await new Promise((done) => {
      const asking = request(`${door.url}/mcp`, { method: "POST" }, (answer) => done(answer.statusCode));
      asking.setHeader("authorization", [`Bearer ${good}`, `Bearer ${evil}`]);
      asking.end();
    });
    expect(status).toBe(400);
  });

  test.each(["Basic dXNlcjpwYXNz", "Bearer", "Bearer a b", "Negotiate x"])(
    "%s is no way in",
    async (value) => {
      expect((await door.ask("/mcp", { authorization: value })).status).toBe(401);
    },
  );
});

describe("an issuer that is away", () => {
  test("lets nobody in, and is not the client's fault", async () => {
    const token = await issuer.sign();
    issuer.down = true;
    const { status, challenge } = await door.ask("/mcp", bearer(token));
    issuer.down = false;
    expect({ status, challenge }).toEqual({ status: 503, challenge: undefined });
  });
});

describe("guessing", () => {
  test("is held up per address, and those who are known are not", async () => {
    const token = await issuer.sign();
    await door.ask("/mcp", bearer(token));
    for (let times = 0; times < 30; times += 1) await door.ask("/mcp", bearer("a.b.c"));
    const { status, headers } = await door.ask("/mcp", bearer(await issuer.sign({ sub: "ben" })));
    expect([status, Number(headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect((await door.ask("/mcp", bearer(token))).status).toBe(200);
  });
});

describe("several issuers", () => {
  test("call their own people only", async () => {
    const other = await fakeIssuer(RESOURCE);
    const both = await openDoor({
      issuers: [
        { ...ISSUER, issuer: issuer.url, prefix: "a:" },
        { ...ISSUER, issuer: other.url, prefix: "b:", claims: { ...ISSUER.claims, tenant: "org" } },
      ],
    });
    try {
      expect((await both.ask("/mcp", bearer(await issuer.sign()))).principal?.id).toBe("a:ana");
      const { principal } = await both.ask("/mcp", bearer(await other.sign({ org: "acme" })));
      expect([principal?.id, principal?.tenant]).toEqual(["b:ana", "acme"]);
      expect((await both.ask("/mcp", bearer(await other.sign()))).status).toBe(401);
      expect(
        (await both.ask("/mcp", bearer(await other.sign({ iss: issuer.url, org: "acme" })))).status,
      ).toBe(401);
    } finally {
      await both.close();
      other.stop();
    }
  });
});

describe("an audience that is taken at every address", () => {
  let shared: Door;
  beforeEach(async () => {
    const own = { ...ISSUER, issuer: issuer.url, audience: ["api://gate", "https://gate.example/mcp/all"] };
    shared = await openDoor({ issuers: [own] });
    return () => shared.close();
  });

  test.each<readonly [string, Record<string, unknown>, number]>([
    ["alone", { aud: "api://gate" }, 200],
    ["beside what is no gate's address", { aud: ["api://gate", "https://id.example/userinfo"] }, 200],
    ["that is an address itself", { aud: "https://gate.example/mcp/all" }, 200],
    ["beside this very address", { aud: ["api://gate", RESOURCE], resource: RESOURCE }, 200],
    ["beside another address of this gate", { aud: ["api://gate", `${RESOURCE}/files`] }, 401],
    ["beside an address of another gate", { aud: ["api://gate", "https://other.example/mcp"] }, 401],
    [
      "where the token is for another resource",
      { aud: "api://gate", resource: "https://other.example/mcp" },
      401,
    ],
    ["where it is for several others", { aud: "api://gate", resource: ["api://x", "api://y"] }, 401],
  ])("%s", async (_, claims, status) => {
    expect((await shared.ask("/mcp", bearer(await issuer.sign(claims)))).status).toBe(status);
  });
});
