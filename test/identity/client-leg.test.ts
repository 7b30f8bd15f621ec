// Each line of the specification's authorization for the side of the client, against a real authorization server.
import { hash } from "node:crypto";
import {
  Client,
  ClientCredentialsProvider,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";
import { CLIENT, GATE, realProvider, type RealProvider } from "./provider.ts";

let provider: RealProvider;
let notes: NotesServer;
let gate: RunningGate;
let origin: string;

beforeAll(async () => {
  [provider, notes] = [await realProvider(), await notesServer()];
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      outbound: { allow: ["127.0.0.1"] },
      auth: {
        mode: "required",
        api_keys: true,
        oauth: {
          issuers: [
            {
              issuer: provider.issuer,
              introspection: { client_id: GATE.id, client_secret: "${GATE_SECRET}" },
            },
          ],
          scopes: [
            { require: ["mcp"] },
            { server: "notes", tool: "read_*", require: ["notes.read"] },
            { server: "notes", tool: "write_*", require: ["notes.write"] },
          ],
          implies: { "notes.write": ["notes.read"] },
        },
      },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder, { GATE_SECRET: GATE.secret });
  ({ origin } = new URL(gate.url));
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
  provider.stop();
  notes.stop();
});

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });
const resource = (path = "/mcp"): string => `${origin}${path}`;

type Fields = Readonly<Record<string, string>>;

/** One request of the modern era. */
async function ask(method: string, params: object, headers: Fields, path = "/mcp"): Promise<Response> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const name = (params as { name?: string }).name;
  return await fetch(`${origin}${path}`, {
    method: "POST",
    headers: {
      ...HEADERS,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(name !== undefined && { "mcp-name": name }),
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta } }),
  });
}

const call = (name: string, headers: Fields, path?: string): Promise<Response> =>
  ask("tools/call", { name, arguments: {} }, headers, path);

describe("protected resource metadata", () => {
  test.each([
    ["/.well-known/oauth-protected-resource/mcp", "/mcp"],
    ["/.well-known/oauth-protected-resource", "/mcp"],
    ["/.well-known/oauth-protected-resource/mcp/notes", "/mcp/notes"],
    ["/.well-known/oauth-protected-resource/sse", "/sse"],
  ])("%s describes its own resource, and names where tokens are from", async (path, of) => {
    const found = await fetch(`${origin}${path}`);
    expect(found.status).toBe(200);
    expect(await found.json()).toEqual({
      resource: resource(of),
      authorization_servers: [provider.issuer],
      bearer_methods_supported: ["header"],
      scopes_supported: ["mcp", "notes.read", "notes.write"],
      dpop_signing_alg_values_supported: expect.arrayContaining(["ES256"]),
      dpop_bound_access_tokens_required: false,
    });
  });

  test("names the resource as the client called it: no slash at its end, no fragment", async () => {
    const local = `http://localhost:${new URL(origin).port}`;
    const found = await fetch(`${local}/.well-known/oauth-protected-resource/mcp`);
    expect(await found.json()).toMatchObject({ resource: `${local}/mcp` });
  });
});

describe("tokens", () => {
  test("a token for this resource opens it", async () => {
    const answer = await call("read_note", bearer(await provider.token(resource(), "mcp notes.read")));
    expect(await answer.text()).toContain("did read_note");
  });

  test("a token that was not issued for this resource does not", async () => {
    for (const other of [resource("/mcp/notes"), "https://other.example/mcp"])
      expect((await call("read_note", bearer(await provider.token(other)))).status).toBe(401);
    const own = await provider.token(resource("/mcp/notes"), "mcp notes.read");
    expect((await call("read_note", bearer(own), "/mcp/notes")).status).toBe(200);
  });

  test("invalid or expired: 401, with invalid_token", async () => {
    const token = await provider.token(resource());
    const { status, headers } = await call("read_note", bearer(`${token.slice(0, -5)}AAAAA`));
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toContain('error="invalid_token"');
  });

  test("never in the query string", async () => {
    const token = await provider.token(resource());
    expect((await ask("tools/list", {}, {}, `/mcp?access_token=${token}`)).status).toBe(400);
    expect(gate.errors()).not.toContain(token);
  });

  test("that only the issuer can read are asked about, and are over when it takes them back", async () => {
    const token = await provider.token(resource(), "mcp notes.read", "opaque");
    expect((await call("read_note", bearer(token))).status).toBe(200);
    await provider.revoke(token);
    await vi.waitFor(async () => expect((await call("read_note", bearer(token))).status).toBe(401), {
      timeout: 10_000,
    });
  });

  test("bound to a key open with a proof that is new each time, and with nothing else", async () => {
    const { token, proof } = await provider.boundToken(resource(), "mcp notes.read");
    const claims = { htm: "POST", htu: resource(), ath: hash("sha256", token, "base64url") };
    const withProof = (dpop: string): Fields => ({ authorization: `DPoP ${token}`, dpop });
    const first = await call("read_note", withProof(await proof(claims)));
    expect([first.status, first.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining('error="use_dpop_nonce"'),
    ]);
    const nonce = first.headers.get("dpop-nonce");
    const once = await proof({ ...claims, nonce });
    expect((await call("read_note", withProof(once))).status).toBe(200);
    expect((await call("read_note", withProof(once))).status).toBe(401);
    expect((await call("read_note", bearer(token))).status).toBe(401);
  });

  test("do not pass through the gate, nor do cookies, proofs and keys", async () => {
    notes.came.length = 0;
    const token = await provider.token(resource(), "mcp notes.read");
    const cookie = "session=s3cret";
    const answer = await call("read_note", { ...bearer(token), cookie, "proxy-authorization": "Basic x" });
    expect(answer.status).toBe(200);
    expect(notes.came.length).toBeGreaterThan(0);
    const reached = JSON.stringify(notes.came);
    for (const secret of [token, "s3cret", "authorization", "Basic x"]) expect(reached).not.toContain(secret);
  });
});

describe("challenges", () => {
  test("without a token: where the metadata is, and what scopes every call needs", async () => {
    const { status, headers } = await ask("tools/list", {}, {});
    expect(status).toBe(401);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="mcp"`,
    );
  });

  test("without the scopes: 403, and all that the call needs in one challenge", async () => {
    const { status, headers } = await call("write_note", bearer(await provider.token(resource(), "mcp")));
    expect(status).toBe(403);
    expect(headers.get("www-authenticate")).toBe(
      `Bearer error="insufficient_scope", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp", scope="mcp notes.write"`,
    );
  });

  test("a scope that includes another is enough for both", async () => {
    const token = await provider.token(resource(), "mcp notes.write");
    expect((await call("read_note", bearer(token))).status).toBe(200);
  });

  test("a fresh token with those scopes succeeds", async () => {
    const token = await provider.token(resource(), "mcp notes.write");
    expect(await (await call("write_note", bearer(token))).text()).toContain("did write_note");
  });

  test("a key cannot step up, so the model is told, and no client is sent to sign in", async () => {
    const { out } = await portcullis(["keys", "create", "--principal", "ci", "--scope", "mcp"], gate.folder);
    const answer = await call("write_note", bearer(out.trim()));
    expect([answer.status, answer.headers.get("www-authenticate")]).toEqual([200, null]);
    expect(await answer.text()).toContain("BLOCKED because your credential does not have the scopes");
  });

  test("what lacked a scope is on record as refused", async () => {
    const { out } = await portcullis(["logs", "--json", "--verdict", "deny"], gate.folder);
    expect(out).toContain('"rule":"scope"');
  });

  test("offline_access is asked for nowhere", async () => {
    const found = await fetch(`${origin}/.well-known/oauth-protected-resource/mcp`);
    expect(await found.text()).not.toContain("offline_access");
  });
});

describe("lists", () => {
  test("may differ by who asks, and never by connection", async () => {
    const { out } = await portcullis(
      ["keys", "create", "--principal", "ci", "--scope", "mcp", "--tool", "read_*"],
      gate.folder,
    );
    const token = await provider.token(resource());
    const listed = async (headers: Fields): Promise<string> => {
      const said = await (await ask("tools/list", {}, { ...headers, connection: "close" })).text();
      return [...said.matchAll(/"name":"(\w+_note)"/g)].map(([, name]) => name).join();
    };
    expect(await listed(bearer(token))).toBe("read_note,write_note");
    for (let connection = 0; connection < 2; connection += 1)
      expect(await listed(bearer(out.trim()))).toBe("read_note");
    const called = await call("write_note", bearer(out.trim()));
    expect(await called.text()).toContain("Unknown tool: write_note");
  });
});

describe("browsers", () => {
  test.each([
    ["Origin", { origin: "https://evil.example" }],
    ["Host", { host: "evil.example" }],
  ])("a page that has no business here is refused by %s, token or not", async (_, headers) => {
    const { request } = await import("node:http");
    const token = await provider.token(resource());
    const status = await new Promise((done) => {
      request(
        `${origin}/mcp`,
        { method: "POST", headers: { ...HEADERS, ...bearer(token), ...headers } },
        (answer) => done(answer.statusCode),
      ).end("{}");
    });
    expect(status).toBe(403);
  });
});

describe("sessions", () => {
  test("are of whoever began them: for anybody else they do not exist", async () => {
    const legacy = (headers: Fields, message: object): Promise<Response> =>
      fetch(`${origin}/mcp`, {
        method: "POST",
        headers: { ...HEADERS, ...headers },
        body: JSON.stringify({ jsonrpc: "2.0", ...message }),
      });
    const clientInfo = { name: "t", version: "1" };
    const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
    const own = bearer(await provider.token(resource()));
    const begun = await legacy(own, { id: 1, method: "initialize", params });
    const session = { "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
    const list = { id: 2, method: "tools/list", params: {} };
    expect((await legacy({ ...own, ...session }, list)).status).toBe(200);
    const { out } = await portcullis(["keys", "create", "--principal", "eve"], gate.folder);
    expect((await legacy({ ...bearer(out.trim()), ...session }, list)).status).toBe(404);
    expect((await legacy(session, list)).status).toBe(401);

    // The same person with another token: the call has the scopes of the token it came with.
    const write = { id: 3, method: "tools/call", params: { name: "write_note", arguments: {} } };
    expect((await legacy({ ...own, ...session }, write)).status).toBe(403);
    const more = bearer(await provider.token(resource(), "mcp notes.write"));
    expect((await legacy({ ...more, ...session }, write)).status).toBe(200);
    expect((await legacy({ ...own, ...session }, write)).status).toBe(403);
  });
});

test("a client of the SDK signs in by itself and calls through", async () => {
  const authProvider = new ClientCredentialsProvider({
    clientId: CLIENT.id,
    clientSecret: CLIENT.secret,
    expectedIssuer: provider.issuer,
    scope: "mcp notes.read",
  });
  const client = new Client({ name: "sdk", version: "2" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url), { authProvider }));
  expect(await client.callTool({ name: "read_note", arguments: {} })).toMatchObject({
    content: [{ type: "text", text: "did read_note" }],
  });
  await client.close();
});
