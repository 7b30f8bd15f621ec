// Each attack on a token, against a running gate whose people a real authorization server knows: refused, and on record.
import { createSecretKey, hash } from "node:crypto";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { send } from "../tenants/gates.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";
import { GATE, realProvider, type RealProvider } from "./provider.ts";

let provider: RealProvider;
let notes: NotesServer;
let gate: RunningGate;
let resource: string;

beforeAll(async () => {
  [provider, notes] = [await realProvider(), await notesServer()];
  const introspection = { client_id: GATE.id, client_secret: "${GATE_SECRET}" };
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      outbound: { allow: ["127.0.0.1"] },
      auth: {
        mode: "required",
        oauth: { issuers: [{ issuer: provider.issuer, claims: { tenant: "org" }, introspection }] },
      },
      tenants: { acme: {} },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder, { GATE_SECRET: GATE.secret });
  resource = gate.url;
});
afterAll(async () => {
  await gate.stop();
  removeFolder(gate.folder);
  provider.stop();
  notes.stop();
});

const now = (): number => Math.floor(Date.now() / 1000);
const claims = (other: JWTPayload = {}): JWTPayload => ({
  iss: provider.issuer,
  aud: resource,
  sub: "ana",
  org: "acme",
  client_id: "agent",
  iat: now(),
  exp: now() + 60,
  ...other,
});

const LIST = { jsonrpc: "2.0", id: 1, method: "tools/list", params: {} };
async function status(authorization: string, more: Readonly<Record<string, string>> = {}, query = "") {
  const modern = { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" };
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const message = { ...LIST, params: { _meta } };
  return (await send(gate, authorization, `/mcp${query}`, "POST", message, { ...modern, ...more })).status;
}

/** Name, the reason that is on record, and the token. */
const TOKENS: readonly (readonly [string, string, () => Promise<string> | string])[] = [
  ["of another audience", "claim_aud", () => provider.token("https://other.example/mcp")],
  ["of another resource of the gate", "claim_aud", () => provider.token(`${resource}/notes`)],
  ["of another issuer", "unknown_issuer", () => provider.forge(claims({ iss: "https://evil.example" }))],
  [
    "signed by another key",
    "signature",
    async () => {
      const { privateKey } = await generateKeyPair("ES256");
      const header = { alg: "ES256", typ: "at+jwt", kid: "one" };
      return new SignJWT(claims()).setProtectedHeader(header).sign(privateKey);
    },
  ],
  [
    "signed by another key that it brings along",
    "unknown_signer",
    async () => {
      const own = await generateKeyPair("ES256", { extractable: true });
      const header = { alg: "ES256", typ: "at+jwt", kid: "own", jwk: await exportJWK(own.publicKey) };
      return new SignJWT(claims()).setProtectedHeader(header).sign(own.privateKey);
    },
  ],
  [
    "signed with the public key as a common secret",
    "algorithm",
    async () => {
      const { keys } = (await (await fetch(`${provider.issuer}/jwks`)).json()) as { keys: readonly object[] };
      const secret = createSecretKey(Buffer.from(JSON.stringify(keys[0])));
      const header = { alg: "HS256", typ: "at+jwt", kid: "one" };
      return new SignJWT(claims()).setProtectedHeader(header).sign(secret);
    },
  ],
  ["not signed: alg none", "algorithm", () => new UnsecuredJWT(claims()).encode()],
  ["expired", "expired", () => provider.forge(claims({ exp: now() - 40 }))],
  ["not yet valid", "claim_nbf", () => provider.forge(claims({ nbf: now() + 60 }))],
  ["that never expires", "claim_exp", () => provider.forge(claims({ exp: undefined as never }))],
  ["of another type", "invalid_token", () => provider.forge(claims(), { typ: "id+jwt" })],
  ["of a tenant that is not there", "tenant_shut", () => provider.forge(claims({ org: "globex" }))],
  ["of no tenant", "invalid_token", () => provider.forge(claims({ org: undefined }))],
  ["that is oversized", "oversized", () => provider.forge(claims({ padding: "x".repeat(9_000) }))],
];

test("a token that is attacked is refused, and why is on record without it", async () => {
  const sent: string[] = [];
  // What the attacks change is all that is wrong with them.
  expect(await status(`Bearer ${await provider.forge(claims())}`)).toBe(200);
  expect(await status(`Bearer ${await provider.token(resource)}`)).toBe(200);
  for (const [name, , make] of TOKENS) {
    const token = await make();
    sent.push(token);
    expect([name, await status(`Bearer ${token}`)]).toEqual([name, 401]);
  }

  const inQuery = await provider.token(resource);
  expect(await status("", {}, `?access_token=${inQuery}`)).toBe(400);

  const { token, proof } = await provider.boundToken(resource, "mcp");
  const first = { htm: "POST", htu: resource, ath: hash("sha256", token, "base64url") };
  const asked = await send(gate, `DPoP ${token}`, "/mcp", "POST", LIST, { dpop: await proof(first) });
  const nonce = asked.headers.get("dpop-nonce");
  const dpop = await proof({ ...first, nonce });
  expect(await status(`DPoP ${token}`, { dpop })).toBe(200);
  expect(await status(`DPoP ${token}`, { dpop })).toBe(401);

  const revoked = await provider.token(resource, "mcp", "opaque");
  expect(await status(`Bearer ${revoked}`)).toBe(200);
  await provider.revoke(revoked);
  await vi.waitFor(async () => expect(await status(`Bearer ${revoked}`)).toBe(401), { timeout: 10_000 });

  await gate.stop();
  const { out } = await portcullis(["audit", "--acts", "--action", "signin.failed", "--json"], gate.folder);
  const acts = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { detail: { kind: string; reason: string; address: string } });
  expect(acts.map(({ detail }) => detail.reason)).toEqual([
    ...TOKENS.map(([, reason]) => reason),
    "in_query",
    "invalid_dpop_proof",
    "invalid_token",
  ]);
  expect(acts.every(({ detail }) => detail.address === "127.0.0.1")).toBe(true);
  for (const each of [...sent, inQuery, token, dpop, revoked])
    expect(`${out}${gate.errors()}`).not.toContain(each.slice(-40));
});
