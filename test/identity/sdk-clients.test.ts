// Clients of both SDKs sign in and call through: with somebody at a browser, and as a company manages them.
import {
  Client as ModernClient,
  CrossAppAccessProvider,
  StreamableHTTPClientTransport as ModernTransport,
} from "@modelcontextprotocol/client";
import { UnauthorizedError } from "@modelcontextprotocol/sdk/client/auth.js";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type FakeIssuer, fakeIssuer } from "../../src/identity/issuer.oracle.ts";
import { freePort } from "../free-port.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";
import { DESKTOP_CLIENT, type PeopleProvider, peopleProvider, SURE } from "./people-provider.ts";

let provider: PeopleProvider;
let notes: NotesServer;
let company: FakeIssuer;
const gates: RunningGate[] = [];

async function gateWith(auth: (origin: string) => object, policy: string): Promise<string> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      listen: `127.0.0.1:${port}`,
      public_url: origin,
      policy: ["policy.yaml"],
      outbound: { allow: ["127.0.0.1"] },
      auth: { mode: "required", ...auth(origin) },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": policy,
  });
  gates.push(await startGate(folder, {}, [], port));
  return origin;
}

beforeAll(async () => {
  [provider, notes] = [await peopleProvider([]), await notesServer()];
});
afterAll(async () => {
  for (const gate of gates) {
    await gate.stop();
    removeFolder(gate.folder);
  }
  provider.stop();
  company.stop();
  notes.stop();
});

/** What an application keeps of one person's sign-in. */
function keeping(): {
  readonly sent: { to: URL | undefined };
  readonly authProvider: object;
} {
  const sent: { to: URL | undefined } = { to: undefined };
  const kept: { tokens?: object; verifier?: string } = {};
  const authProvider = {
    redirectUrl: DESKTOP_CLIENT.redirect_uri,
    clientMetadata: {
      client_name: "desktop",
      redirect_uris: [DESKTOP_CLIENT.redirect_uri],
      token_endpoint_auth_method: "none",
      scope: "openid mcp",
    },
    clientInformation: () => ({ client_id: DESKTOP_CLIENT.id }),
    tokens: () => kept.tokens,
    saveTokens: (tokens: object) => void (kept.tokens = tokens),
    redirectToAuthorization: (to: URL) => void (sent.to = to),
    saveCodeVerifier: (verifier: string) => void (kept.verifier = verifier),
    codeVerifier: () => kept.verifier ?? "",
  };
  return { sent, authProvider };
}

/** What a client of either SDK can do. */
interface AnyClient {
  connect(transport: never): Promise<void>;
  callTool(call: { name: string; arguments: object }): Promise<object>;
  close(): Promise<void>;
}
interface AnyTransport {
  finishAuth(code: string, iss?: string): Promise<void>;
}
/** `code` and `iss` (RFC 9207) of what somebody came back with. */
const cameBack = ({ searchParams }: URL): [code: string, iss: string] => [
  searchParams.get("code") ?? "",
  searchParams.get("iss") ?? "",
];
type Sdk = readonly [
  name: string,
  client: () => AnyClient,
  transport: (url: URL, authProvider: object) => AnyTransport,
];
const SDKS: readonly Sdk[] = [
  [
    "v1",
    () => new LegacyClient({ name: "sdk", version: "1" }) as never,
    (url, authProvider) => new LegacyTransport(url, { authProvider: authProvider as never }),
  ],
  [
    "v2",
    () => new ModernClient({ name: "sdk", version: "2" }, { versionNegotiation: { mode: "auto" } }) as never,
    (url, authProvider) => new ModernTransport(url, { authProvider: authProvider as never }),
  ],
];

const POLICY = `defaults: { verdict: allow }
rules:
  - name: writing-needs-more
    match: { server: notes, tool: write_note }
    when: '!(principal.acr in ["gold"]) || now - principal.auth_time > duration("5m")'
    deny: true
    why: Writing needs a second factor, shown in the last five minutes.
    step_up: { acr: gold, max_age: 5m }
`;

describe("with somebody at a browser", () => {
  let origin: string;
  beforeAll(async () => {
    origin = await gateWith(() => ({ oauth: { issuers: [{ issuer: provider.issuer }] } }), POLICY);
  });

  /** A client that signed somebody in by itself, from nothing but the gate's address. */
  async function signedIn([, client, transport]: Sdk, name: string): Promise<AnyClient> {
    const { sent, authProvider } = keeping();
    const first = transport(new URL(`${origin}/mcp`), authProvider);
    const unauthorized = await client()
      .connect(first as never)
      .catch((error: unknown) => error);
    expect(String(unauthorized)).toContain("Unauthorized");
    expect(unauthorized instanceof UnauthorizedError || sent.to !== undefined).toBe(true);
    expect(Object.fromEntries(sent.to?.searchParams ?? [])).toMatchObject({
      code_challenge_method: "S256",
      resource: `${origin}/mcp`,
    });
    const back = new URL(await provider.signIn(sent.to?.href ?? "", name));
    await first.finishAuth(...cameBack(back));
    const own = client();
    await own.connect(transport(new URL(`${origin}/mcp`), authProvider) as never);
    return own;
  }

  test.each(SDKS)("a client of SDK %s signs in and calls through", async (...sdk) => {
    const client = await signedIn(sdk, "ana@example.com");
    expect(await client.callTool({ name: "read_note", arguments: {} })).toMatchObject({
      content: [{ type: "text", text: "did read_note" }],
    });
    await client.close();
  });

  test("a call that needs a surer sign-in says which (RFC 9470); after it the same call runs", async () => {
    const sdk = SDKS[1];
    if (sdk === undefined) throw new Error("no SDK");
    const { sent, authProvider } = keeping();
    const transport = sdk[2](new URL(`${origin}/mcp`), authProvider);
    await sdk[1]()
      .connect(transport as never)
      .catch(() => undefined);
    const back = new URL(await provider.signIn(sent.to?.href ?? "", "bob@example.com"));
    await transport.finishAuth(...cameBack(back));
    const { access_token } = (authProvider as { tokens: () => { access_token: string } }).tokens();
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
    };
    const params = { name: "write_note", arguments: {}, _meta };
    const told = await fetch(`${origin}/mcp`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": "write_note",
        authorization: `Bearer ${access_token}`,
      },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }),
    });
    expect([told.status, told.headers.get("www-authenticate")]).toEqual([
      401,
      `Bearer error="insufficient_user_authentication", acr_values="gold", max_age="300", resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`,
    ]);
    const sure = await signedIn(sdk, SURE);
    expect(await sure.callTool({ name: "write_note", arguments: {} })).toMatchObject({
      content: [{ type: "text", text: "did write_note" }],
    });
    await sure.close();
  });
});

test("a client that a company manages signs in without anybody asked (ID-JAG), and calls through", async () => {
  const port: { origin: string } = { origin: "" };
  company = await fakeIssuer("unused");
  port.origin = await gateWith(
    () => ({
      token_endpoint: {
        clients: [{ client_id: "desk", client_secret: "a-clients-own-secret" }],
        id_jag: [{ issuer: company.url }],
      },
    }),
    POLICY,
  );
  const { origin } = port;
  const authProvider = new CrossAppAccessProvider({
    clientId: "desk",
    clientSecret: "a-clients-own-secret",
    expectedIssuer: origin,
    assertion: () =>
      company.sign(
        { aud: origin, client_id: "desk", jti: crypto.randomUUID(), resource: `${origin}/mcp`, scope: "mcp" },
        { typ: "oauth-id-jag+jwt" },
      ),
  });
  const client = new ModernClient({ name: "desk", version: "1" }, { versionNegotiation: { mode: "auto" } });
  await client.connect(new ModernTransport(new URL(`${origin}/mcp`), { authProvider }));
  expect(await client.callTool({ name: "read_note", arguments: {} })).toMatchObject({
    content: [{ type: "text", text: "did read_note" }],
  });
  await client.close();
});
