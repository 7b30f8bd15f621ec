import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import type { Subject } from "../config/auth.ts";
import { AUTH, type Door, ISSUER, openDoor } from "./door.oracle.ts";
import { type FakeIssuer, fakeIssuer } from "./issuer.oracle.ts";

const pem = (name: string): string =>
  readFileSync(new URL(`../../test/identity/certificates/${name}`, import.meta.url), "utf8");

const subject = (match: string, more: Partial<Subject> = {}): Subject => ({
  match: [match],
  id: undefined,
  tenant: "acme",
  roles: ["agent"],
  scopes: [],
  ...more,
});
const SUBJECTS = [
  subject("spiffe://acme.example/agent/*"),
  subject("x509:O=Acme, CN=robot", { id: "robot", roles: [] }),
];

interface Came {
  readonly status: number;
  readonly principal: Principal | undefined;
  readonly said: string;
}

/** Asks over TLS with a client's certificate, or without. */
async function ask(
  url: string,
  name?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Came> {
  const own = name === undefined ? {} : { cert: pem(`${name}.pem`), key: pem(`${name}.key`) };
  const asking = request(`${url}/mcp`, { method: "POST", ca: pem("ca.pem"), agent: false, headers, ...own });
  asking.end();
  const [answer] = (await once(asking, "response")) as [IncomingMessage];
  let said = "";
  for await (const piece of answer) said += String(piece);
  const status = answer.statusCode ?? 0;
  return { status, said, principal: status === 200 ? (JSON.parse(said) as Principal) : undefined };
}

describe("over TLS", () => {
  let issuer: FakeIssuer;
  let door: Door;
  beforeAll(async () => {
    issuer = await fakeIssuer("https://gate.example/mcp");
    const mtls = { subjects: SUBJECTS, header: undefined };
    const tls = { cert: pem("gate.pem"), key: pem("gate.key"), ca: pem("ca.pem") };
    door = await openDoor({ mtls, issuers: [{ ...ISSUER, issuer: issuer.url }], api_keys: true }, tls);
  });
  afterAll(async () => {
    await door.close();
    issuer.stop();
  });

  test("a SPIFFE id is who it is, and its entry says what for", async () => {
    expect((await ask(door.url, "spiffe")).principal).toEqual({
      id: "spiffe://acme.example/agent/one",
      tenant: "acme",
      roles: ["agent"],
      scopes: [],
      source: "mtls",
      address: "127.0.0.1",
    });
  });

  test("another certificate is its subject", async () => {
    expect((await ask(door.url, "robot")).principal).toMatchObject({ id: "robot", source: "mtls" });
  });

  test.each([
    ["by another authority, whatever its subject", "stranger"],
    ["with two names of which either could be meant", "two-names"],
    ["that no entry is for", "gate"],
  ])("a certificate %s is refused", async (_, name) => {
    const { status, said } = await ask(door.url, name);
    expect([status, said]).toEqual([401, "This credential is not accepted."]);
  });

  test("no certificate is no credential", async () => {
    expect((await ask(door.url)).status).toBe(401);
  });

  test("beside a token only where the token is bound to it", async () => {
    const thumbprint = Buffer.from(
      new X509Certificate(pem("robot.pem")).fingerprint256.replaceAll(":", ""),
      "hex",
    ).toString("base64url");
    const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
    const bound = bearer(await issuer.sign({ cnf: { "x5t#S256": thumbprint } }));
    expect((await ask(door.url, "robot", bound)).principal?.id).toBe("ana");
    expect((await ask(door.url, "spiffe", bound)).status).toBe(401);
    expect((await ask(door.url, undefined, bound)).status).toBe(401);
    expect((await ask(door.url, "robot", bearer(await issuer.sign()))).status).toBe(400);
    expect((await ask(door.url, "robot", { "x-api-key": "pc_live_x" })).status).toBe(400);
  });
});

describe("forwarded by a proxy", () => {
  const der = (name: string): string => new X509Certificate(pem(name)).raw.toString("base64");
  const envoy = (name: string): string => `Hash=00;Cert="${encodeURIComponent(pem(name))}"`;
  let door: Door;
  const open = async (header: string, trusted_proxies: readonly string[]): Promise<void> => {
    door = await openDoor({ mtls: { subjects: SUBJECTS, header }, trusted_proxies });
  };
  beforeEach(() => () => door.close());

  test.each([
    ["client-cert", `:${der("spiffe.pem")}:`],
    ["x-forwarded-client-cert", envoy("spiffe.pem")],
  ])("%s of a trusted proxy is taken", async (header, value) => {
    await open(header, ["127.0.0.1"]);
    expect((await door.ask("/mcp", { [header]: value })).principal?.id).toBe(
      "spiffe://acme.example/agent/one",
    );
  });

  test.each([
    ["client-cert", `:${der("spiffe.pem")}:`],
    ["x-forwarded-client-cert", envoy("spiffe.pem")],
  ])("%s of anybody else is refused", async (header, value) => {
    await open(header, ["10.0.0.0/8"]);
    expect((await door.ask("/mcp", { [header]: value })).status).toBe(401);
  });

  test.each([
    ["client-cert", "rubbish"],
    ["client-cert", `:${der("spiffe.pem").slice(0, 40)}:`],
    ["x-forwarded-client-cert", "URI=spiffe://acme.example/agent/one"],
    ["x-forwarded-client-cert", `${envoy("spiffe.pem")},${envoy("robot.pem")}`],
    ["x-forwarded-client-cert", `Subject="x;Cert=";${envoy("robot.pem")},By=y`],
    ["x-forwarded-client-cert", 'Cert="%"'],
  ])("%s that cannot be read in one way is refused: %s", async (header, value) => {
    await open(header, ["127.0.0.1"]);
    expect((await door.ask("/mcp", { [header]: value })).status).toBe(401);
  });

  test("a header that is not configured is nothing", async () => {
    door = await openDoor({ api_keys: true, trusted_proxies: ["127.0.0.1"] });
    expect(AUTH.mtls).toBeUndefined();
    expect((await door.ask("/mcp", { "client-cert": `:${der("spiffe.pem")}:` })).said).toContain(
      "Show who you are",
    );
  });
});
