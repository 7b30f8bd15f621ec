// What the gate shows its servers, against a real authorization server and servers that answer nobody without a token.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { spawnSync } from "node:child_process";
import { join, resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import {
  ENVIRONMENT,
  folderWith,
  portcullis,
  removeFolder,
  type RunningGate,
  startGate,
} from "../gate/running.ts";
import { openStore } from "../../src/store/open.ts";
import { CHALLENGE, type Guarded, guardedServer } from "../servers/guarded-http.ts";
import { type Exchanger, exchanger, GATE_KEY, GATE_SECRET, OTHER_SECRET } from "./exchanger.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

const IN_FILE = "the-secret-that-stands-in-a-file";
const STORED = "the-secret-that-the-store-keeps";
const ENV_SECRET = "the-secret-of-a-process";
const SEALS = "what-the-gates-of-this-store-seal-with-0123456789";
/** A server on stdio that says what it was started with. */
const STDIO = `require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method } = JSON.parse(line);
  if (id === undefined) return;
  const result = method === "initialize"
    ? { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo: { name: "env", version: "1" } }
    : method === "tools/list" ? { tools: [{ name: "whoami", inputSchema: { type: "object" } }] }
    : { content: [{ type: "text", text: String((process.env.API_TOKEN ?? "").length) }] };
  const error = { code: -32601, message: "no" };
  console.log(JSON.stringify(method === "server/discover" ? { jsonrpc: "2.0", id, error } : { jsonrpc: "2.0", id, result }));
});`;

let issuer: Exchanger;
let named: Guarded;
let signed: Guarded;
let tenants: Guarded;
let strict: Guarded;
let filed: NotesServer;
let stored: NotesServer;
let gate: RunningGate;
let origin: string;
/** Every body that the gate answered, and every credential that was under way. */
const bodies: string[] = [];
const tokens = new Set<string>();

const PEM = GATE_KEY.privateKey.export({ type: "pkcs8", format: "pem" }) as string;
const at = (kind: string, client_id: string, more: object) => ({
  kind,
  issuer: issuer.issuer,
  client_id,
  scopes: ["mcp"],
  ...more,
});

beforeAll(async () => {
  issuer = await exchanger();
  [named, signed, tenants, strict] = [
    await guardedServer(issuer.verify),
    await guardedServer(issuer.verify),
    await guardedServer(issuer.verify),
    await guardedServer(() => Promise.reject(new Error("nobody")), 403),
  ];
  [filed, stored] = [await notesServer(), await notesServer()];
  const config = {
    version: 1,
    policy: ["policy.yaml"],
    secret: "${SEALS}",
    outbound: { allow: ["127.0.0.1"] },
    auth: { mode: "required", api_keys: true, oauth: { issuers: [{ issuer: issuer.issuer }] } },
    mcpServers: {
      named: { url: named.url, auth: at("token_exchange", "gate", { client_secret: "${GATE_SECRET}" }) },
      signed: {
        url: signed.url,
        auth: at("client_credentials", "gate-key", { private_key: { file: "key.pem" }, key_id: "gate-1" }),
      },
      tenants: {
        url: tenants.url,
        auth: {
          kind: "by_tenant",
          tenants: {
            default: {
              ...at("client_credentials", "gate", { client_secret: "${GATE_SECRET}" }),
              issuer: undefined,
              token_endpoint: `${issuer.issuer}/token`,
            },
            acme: at("client_credentials", "gate-other", { client_secret: "${OTHER_SECRET}" }),
          },
        },
      },
      strict: {
        url: strict.url,
        auth: at("client_credentials", "gate", { client_secret: "${GATE_SECRET}" }),
      },
      filed: { url: filed.url, auth: { kind: "secret", secret: { file: "token.txt" }, header: "X-Api-Key" } },
      stored: { url: stored.url, auth: { kind: "secret", secret: { stored: "notes-token" } } },
      process: {
        command: process.execPath,
        args: ["-e", STDIO],
        auth: { kind: "secret", secret: "${ENV_SECRET}", env: "API_TOKEN" },
      },
    },
  };
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify(config),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
    "key.pem": PEM,
    "token.txt": `${IN_FILE}\n`,
  });
  gate = await startGate(folder, SECRETS);
  ({ origin } = new URL(gate.url));
}, 60_000);
const SECRETS = { GATE_SECRET, OTHER_SECRET, ENV_SECRET, SEALS };
afterAll(async () => {
  await gate.stop();
  removeFolder(gate.folder);
  for (const each of [issuer, named, signed, tenants, strict, filed, stored]) each.stop();
});
beforeEach(() => {
  issuer.asked.length = 0;
  for (const { came } of [named, signed, tenants]) came.length = 0;
});

/** Their access token for an address of the gate. */
async function callerAt(who: string, server: string): Promise<string> {
  const token = await issuer.caller(who, `${origin}/mcp/${server}`);
  tokens.add(token);
  issuer.asked.length = 0;
  return token;
}

interface Heard {
  readonly status: number;
  readonly text: string;
  readonly body: string;
  readonly challenge: string | null;
}

/** Calls a tool of a server as whoever has this token or key. */
async function call(server: string, credential: string, name = "whoami"): Promise<Heard> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const answer = await fetch(`${origin}/mcp/${server}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
      authorization: `Bearer ${credential}`,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "tools/call",
      params: { name, arguments: {}, _meta },
    }),
  });
  const body = await answer.text();
  bodies.push(body);
  const said = JSON.parse(body) as { result?: { content: { text: string }[] }; error?: { message: string } };
  const text = said.result?.content[0]?.text ?? said.error?.message ?? "";
  return { status: answer.status, text, body, challenge: answer.headers.get("www-authenticate") };
}

async function keyOf(principal: string, ...more: readonly string[]): Promise<string> {
  const made = await portcullis(
    ["keys", "create", "--json", "--principal", principal, ...more],
    gate.folder,
    SECRETS,
  );
  const { key } = JSON.parse(made.out) as { key: string };
  tokens.add(key);
  return key;
}

const grants = (): readonly string[] => issuer.asked.map(({ grant }) => grant.split(":").at(-1) ?? "");
function shownTo({ came }: Guarded): readonly string[] {
  const shown = came.map(({ headers }) => (headers.authorization ?? "").replace("Bearer ", ""));
  for (const each of shown) tokens.add(each);
  return [...new Set(shown)];
}

describe("token exchange", () => {
  test("the server sees whose call it is, in a token for itself; the caller's own stays here", async () => {
    const token = await callerAt("ana", "named");
    const { text } = await call("named", token);
    expect(JSON.parse(text)).toMatchObject({ sub: "ana", client_id: "gate", aud: named.url });
    expect(shownTo(named)).not.toContain(token);
    const [asked] = issuer.asked;
    expect(asked).toMatchObject({
      client: "gate",
      form: {
        subject_token: token,
        subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
        resource: named.url,
        scope: "mcp",
      },
    });
  });

  test("a session of an SDK's client is asked for in its user's name too", async () => {
    const headers = { authorization: `Bearer ${await callerAt("ben", "named")}` };
    const transport = new StreamableHTTPClientTransport(new URL(`${origin}/mcp/named`), {
      requestInit: { headers },
    });
    const client = new Client({ name: "old", version: "1" });
    await client.connect(transport);
    const { content } = await client.callTool({ name: "whoami" });
    expect(JSON.parse((content as { text: string }[])[0]?.text ?? "")).toMatchObject({ sub: "ben" });
    await client.close();
  });

  test("each principal has a token of their own, and it is used again", async () => {
    const [ana, ben] = [await callerAt("ana", "named"), await callerAt("ben", "named")];
    const subjects = async (token: string): Promise<string> =>
      (JSON.parse((await call("named", token)).text) as { sub: string }).sub;
    expect([await subjects(ana), await subjects(ben), await subjects(ana)]).toEqual(["ana", "ben", "ana"]);
    expect(grants().length).toBeLessThanOrEqual(1); // Ana's is there already
    expect(shownTo(named)).toHaveLength(2);
  });

  test("what many ask for at once is fetched once", async () => {
    const ben = await callerAt("ben", "named");
    named.forget();
    const answers = await Promise.all(Array.from({ length: 8 }, () => call("named", ben)));
    expect(new Set(answers.map(({ text }) => (JSON.parse(text) as { sub: string }).sub))).toEqual(
      new Set(["ben"]),
    );
    expect(grants()).toEqual(["token-exchange"]);
  });

  test("who shows another credential is told why, and nothing is asked in their name", async () => {
    const { text } = await call("named", await keyOf("robot"));
    expect(text).toMatch(/^UNAVAILABLE[^]*wants an access token in your name/);
    expect([grants(), shownTo(named)]).toEqual([[], []]);
  });
});

describe("a token that the server takes no more", () => {
  test("is replaced once, and the call runs once", async () => {
    const ana = await callerAt("ana", "signed");
    await call("signed", ana);
    const before = signed.refused();
    signed.forget();
    issuer.asked.length = 0;
    const { text } = await call("signed", ana);
    expect(JSON.parse(text)).toMatchObject({ client_id: "gate-key" });
    expect([grants(), signed.refused() - before]).toEqual([["client_credentials"], 1]);
  });

  test("twice in a row: the caller is told in words, and the challenge ends here", async () => {
    const ana = await callerAt("ana", "signed");
    signed.forget();
    const { status, text, body, challenge } = await call("signed", ana);
    expect(text).toMatch(/^UNAVAILABLE/);
    expect(text).toContain("The gate's own credential for it is missing or wrong");
    expect([status, challenge]).toEqual([200, null]);
    expect(body).not.toContain(CHALLENGE);
    expect(body).not.toContain("a body of the server's own");
    expect(grants()).toEqual([]); // the one before was fetched a moment ago
  });

  test("403 with a challenge ends here too", async () => {
    const { status, text, body, challenge } = await call("strict", await callerAt("ana", "strict"));
    expect(text).toContain("does not suffice");
    expect([status, challenge]).toEqual([200, null]);
    expect(body).not.toContain(CHALLENGE);
  });
});

describe("the gate's own tokens", () => {
  test("it signs who it is with its key, and each principal's are others", async () => {
    const form = { client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer" };
    await call("signed", await callerAt("ben", "signed"));
    expect(issuer.asked).toMatchObject([{ client: "gate-key", grant: "client_credentials", form }]);
    expect(issuer.asked[0]?.form["resource"]).toBe(signed.url);
  });

  test("one that ends soon is fetched again before it does", async () => {
    issuer.ttl = 1;
    const cat = await keyOf("cat");
    try {
      const first = await call("signed", cat);
      await vi.waitUntil(async () => (await call("signed", cat)).text !== first.text, { timeout: 5000 });
    } finally {
      issuer.ttl = 300;
    }
    expect(signed.came.every(({ claims }) => (claims.exp ?? 0) - (claims.iat ?? 0) >= 1)).toBe(true);
    expect(shownTo(signed).length).toBeGreaterThan(1);
  });

  test("tenants have credentials of their own, and one that has none is refused", async () => {
    const [ours, acme, other] = [
      await keyOf("dan"),
      await keyOf("dan", "--tenant", "acme"),
      await keyOf("dan", "--tenant", "other"),
    ];
    const who = async (key: string): Promise<unknown> =>
      (JSON.parse((await call("tenants", key)).text) as { client_id: string }).client_id;
    expect([await who(ours), await who(acme), await who(ours)]).toEqual(["gate", "gate-other", "gate"]);
    expect((await call("tenants", other)).text).toMatch(/^UNAVAILABLE[^]*no credential of your tenant/);
    expect(shownTo(tenants)).toHaveLength(2);
  });

  test("an authorization server that is away: in words, and nothing is sent", async () => {
    const eve = await keyOf("eve");
    issuer.down = true;
    try {
      expect((await call("signed", eve)).text).toMatch(
        /^UNAVAILABLE[^]*has no credential for it now; its operator can mend that\. The call did not run\./,
      );
    } finally {
      issuer.down = false;
    }
    expect(shownTo(signed)).toEqual([]);
    expect(JSON.parse((await call("signed", eve)).text)).toMatchObject({ client_id: "gate-key" });
  });
});

describe("secrets that stay the same", () => {
  test("of a file: read again when it changes, and a server never sees the caller's", async () => {
    const fay = await keyOf("fay");
    expect((await call("filed", fay, "read_note")).text).toBe("did read_note");
    expect(filed.came.at(-1)).toMatchObject({ "x-api-key": IN_FILE });
    expect(filed.came.every(({ authorization }) => authorization === undefined)).toBe(true);
    writeFileSync(join(gate.folder, "token.txt"), "another-secret-of-a-file\n");
    tokens.add("another-secret-of-a-file");
    await vi.waitUntil(
      async () => {
        await call("filed", fay, "read_note");
        return filed.came.at(-1)?.["x-api-key"] === "another-secret-of-a-file";
      },
      { timeout: 5000 },
    );
  });

  test("of the store: each tenant's own, set, listed and removed, with an act on record", async () => {
    const gus = await keyOf("gus");
    expect((await call("stored", gus, "read_note")).text).toMatch(/^UNAVAILABLE/);
    const secrets = (words: readonly string[], input = ""): { out: string; code: number | null } => {
      const done = spawnSync(process.execPath, [resolve("src/cli/cli.ts"), "secrets", ...words], {
        cwd: gate.folder,
        env: { ...ENVIRONMENT, ...SECRETS, NO_COLOR: "1" },
        input,
      });
      bodies.push(String(done.stdout), String(done.stderr));
      return { out: String(done.stdout) + String(done.stderr), code: done.status };
    };
    expect(secrets(["set", "notes-token"], `${STORED}\n`)).toMatchObject({ code: 0 });
    expect(secrets(["set", "notes-token"])).toMatchObject({ code: 2 });
    await vi.waitUntil(async () => (await call("stored", gus, "read_note")).text === "did read_note", {
      timeout: 5000,
    });
    expect(stored.came.at(-1)?.authorization).toBe(`Bearer ${STORED}`);
    expect((await call("stored", await keyOf("gus", "--tenant", "acme"), "read_note")).text).toMatch(
      /^UNAVAILABLE/,
    );
    const [kept] = secrets(["list", "--json"]).out.trim().split("\n");
    expect(JSON.parse(kept ?? "")).toMatchObject({ name: "notes-token", tenant: "default" });
    expect(secrets(["remove", "notes-token"])).toMatchObject({ code: 0 });
    expect(secrets(["remove", "notes-token"])).toMatchObject({ code: 1 });
    await vi.waitUntil(async () => (await call("stored", gus, "read_note")).text.startsWith("UNAVAILABLE"), {
      timeout: 5000,
    });
    const store = await openStore({
      kind: "sqlite",
      path: join(gate.folder, ".portcullis", "portcullis.db"),
    });
    const acts = await store.forTenant("default").acts.list({ action: "secret.", limit: 10 });
    await store.close();
    expect(acts.map(({ act }) => `${act.action} ${act.object}`)).toEqual([
      "secret.set notes-token",
      "secret.removed notes-token",
    ]);
  });

  test("of a process: in its environment", async () => {
    expect((await call("process", await keyOf("hal"))).text).toBe(String(ENV_SECRET.length));
  });
});

test("no secret and no token is in a log, a listing, an answer, or the records", async () => {
  const listed = await portcullis(["servers", "--json"], gate.folder, SECRETS);
  expect(
    listed.out.split("\n").map((line) => /"name":"(\w+)".*"state":"(\w+)"/.exec(line)?.slice(1)),
  ).toContainEqual(["signed", "up"]);
  const shown = await portcullis(["doctor"], gate.folder, SECRETS);
  const files = readdirSync(join(gate.folder, ".portcullis"));
  const records = files.map((file) => readFileSync(join(gate.folder, ".portcullis", file), "latin1"));
  const everything = [
    gate.output(),
    gate.errors(),
    listed.out,
    listed.err,
    shown.out,
    shown.err,
    ...bodies,
    ...records,
  ].join("\n");
  const [, key = ""] = PEM.split("\n");
  for (const secret of [GATE_SECRET, OTHER_SECRET, IN_FILE, STORED, ENV_SECRET, SEALS, key, ...tokens])
    expect(everything.includes(secret), `${secret.slice(0, 12)}… shows`).toBe(false);
});
