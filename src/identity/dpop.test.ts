import { hash, randomUUID } from "node:crypto";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Answer, type Door, ISSUER, openDoor } from "./door.oracle.ts";
import { type FakeIssuer, fakeIssuer } from "./issuer.oracle.ts";

const RESOURCE = "https://gate.example/mcp";
type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

let issuer: FakeIssuer;
let door: Door;
let key: Pair;
let jwk: JWK;
let token: string;
let nonce: string;

beforeAll(async () => {
  issuer = await fakeIssuer(RESOURCE);
  key = await generateKeyPair("ES256", { extractable: true });
  jwk = await exportJWK(key.publicKey);
});
afterAll(() => issuer.stop());
beforeEach(async () => {
  door = await openDoor({ issuers: [{ ...ISSUER, issuer: issuer.url }] });
  token = await issuer.sign({ cnf: { jkt: await calculateJwkThumbprint(jwk) } });
  nonce = (await ask(await proof({}))).headers.get("dpop-nonce") ?? "";
  return () => door.close();
});

interface Other {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly by?: Pair["privateKey"];
}

/** A proof with everything it needs, but for what is given. */
async function proof(claims: JWTPayload, { header = {}, by = key.privateKey }: Other = {}): Promise<string> {
  const whole = {
    htm: "POST",
    htu: RESOURCE,
    iat: Math.floor(Date.now() / 1000),
    jti: randomUUID(),
    ath: hash("sha256", token, "base64url"),
    nonce,
    ...claims,
  };
  return await new SignJWT(whole)
    .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk, ...header })
    .sign(by);
}

const ask = (dpop: string, path = "/mcp"): Promise<Answer> =>
  door.ask(path, { authorization: `DPoP ${token}`, dpop });

test("a token in the hands it was given to opens, with a new proof each time", async () => {
  for (let times = 0; times < 2; times += 1) {
    const { status, principal } = await ask(await proof({}));
    expect([status, principal?.id]).toEqual([200, "ana"]);
  }
});

test("whoever has no nonce of now is told one, and it is no failure", async () => {
  const { status, challenge } = await ask(await proof({ nonce: "old" }));
  expect(status).toBe(401);
  expect(challenge).toMatch(/^DPoP error="use_dpop_nonce", .*algs="ES256 /);
  expect(nonce).not.toBe("");
  expect(JSON.stringify(door.logged)).not.toContain("refused");
});

test("a nonce is good for a minute after it was given, and no longer than two", async () => {
  door.ahead = 59_000;
  expect((await ask(await proof({ iat: Math.floor(Date.now() / 1000) + 59 }))).status).toBe(200);
  door.ahead = 121_000;
  const late = await ask(await proof({ iat: Math.floor(Date.now() / 1000) + 121 }));
  expect(late.challenge).toContain("use_dpop_nonce");
});

test("a nonce of one gate is good at another of the same store", async () => {
  const slot = Math.floor(Date.now() / 60_000);
  // The minute may have turned since it was given.
  const nonces = [slot - 1, slot].map((each) => door.store.credentials.nonce(each, `other-${each}`));
  expect(await Promise.all(nonces)).toContain(nonce);
});

describe("a proof that is refused", () => {
  const cases: readonly (readonly [string, () => Promise<string>])[] = [
    ["for another method", () => proof({ htm: "GET" })],
    ["for another address", () => proof({ htu: "https://gate.example/mcp/files" })],
    ["for another host", () => proof({ htu: "https://other.example/mcp" })],
    ["for another token", () => proof({ ath: hash("sha256", "x", "base64url") })],
    ["for no token", () => proof({ ath: undefined })],
    ["of yesterday", () => proof({ iat: Math.floor(Date.now() / 1000) - 86_400 })],
    ["of tomorrow", () => proof({ iat: Math.floor(Date.now() / 1000) + 86_400 })],
    ["without jti", () => proof({ jti: undefined as never })],
    ["with a jti that is oversized", () => proof({ jti: "x".repeat(300) })],
    ["of another type", () => proof({}, { header: { typ: "JWT" } })],
    [
      "by another key",
      async () => {
        const other = await generateKeyPair("ES256", { extractable: true });
        return proof({}, { header: { jwk: await exportJWK(other.publicKey) }, by: other.privateKey });
      },
    ],
    [
      "signed by a key that is not the one it shows",
      async () => proof({}, { by: (await generateKeyPair("ES256")).privateKey }),
    ],
    [
      "that shows its private key",
      async () => proof({}, { header: { jwk: await exportJWK(key.privateKey) } }),
    ],
    ["that is none", async () => "a.b.c"],
  ];
  test.each(cases)("%s", async (_, make) => {
    const { status, said, challenge } = await ask(await make());
    expect([status, said]).toEqual([401, "This credential is not accepted."]);
    expect(challenge).toMatch(/^DPoP error="invalid_dpop_proof"/);
  });

  test("used before", async () => {
    const once = await proof({});
    expect((await ask(once)).status).toBe(200);
    expect((await ask(once)).challenge).toContain("invalid_dpop_proof");
  });

  test("used before at another gate of the same store", async () => {
    const once = await proof({ jti: "shared" });
    const thumbprint = await calculateJwkThumbprint(jwk);
    const used = hash("sha256", `${thumbprint} shared`, "base64url");
    await door.store.credentials.spend(used, Date.now() + 60_000, Date.now());
    expect((await ask(once)).challenge).toContain("invalid_dpop_proof");
  });
});

describe("a bound token", () => {
  test("without its proof opens nothing", async () => {
    const { status } = await door.ask("/mcp", { authorization: `Bearer ${token}` });
    expect(status).toBe(401);
    expect((await door.ask("/mcp", { authorization: `DPoP ${token}` })).status).toBe(401);
  });

  test("is the only one that opens where that is asked for; a proof binds no other", async () => {
    const plain = await issuer.sign();
    expect((await door.ask("/mcp", { authorization: `DPoP ${plain}`, dpop: await proof({}) })).status).toBe(
      401,
    );
    const strict = await openDoor({ issuers: [{ ...ISSUER, issuer: issuer.url }], dpop: "required" });
    const { status, challenge } = await strict.ask("/mcp", { authorization: `Bearer ${plain}` });
    await strict.close();
    expect([status, challenge?.startsWith("DPoP ")]).toEqual([401, true]);
  });
});
