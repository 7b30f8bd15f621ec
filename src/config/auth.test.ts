import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "auth-"));
mkdirSync(join(folder, "policy"));
for (const name of ["gate.pem", "gate.key", "ca.pem"]) writeFileSync(join(folder, name), "");
afterAll(() => rmSync(folder, { recursive: true }));

function load(text: string, env: Readonly<Record<string, string>> = {}): Config {
  const file = join(folder, "portcullis.yaml");
  writeFileSync(file, text);
  return loadConfig({ file, env }).config;
}

function problems(text: string): readonly string[] {
  try {
    load(text);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ line, message, hint }) => `${line} ${message} (${hint ?? ""})`);
  }
}

const TLS = "tls: { cert: gate.pem, key: gate.key }";
const KEYS = "auth: { mode: required, api_keys: true }";
const oauth = (issuers: string): string => `auth: { mode: required, oauth: { issuers: [${issuers}] } }`;

describe("who may be reached by others", () => {
  test.each([
    ["nobody shows who they are", "listen: 0.0.0.0:1", /^1 .*others could reach.*`auth: \{ mode: required/],
    [
      "credentials could be read",
      `listen: 0.0.0.0:1\n${KEYS}`,
      /^1 .*others could read.*`tls: \{ cert, key \}`/,
    ],
    [
      "it is not known what clients call it",
      `listen: 0.0.0.0:1\n${oauth("{ issuer: https://id.example }")}\n${TLS}`,
      /^2 .*tokens are for an address.*public_url/,
    ],
  ])("refused where %s", (_, text, problem) => {
    expect(problems(text)).toEqual([expect.stringMatching(problem)]);
  });

  test.each([
    ["with TLS of its own", `listen: 0.0.0.0:1\n${KEYS}\n${TLS}`],
    [
      "behind a proxy that is named",
      "listen: 0.0.0.0:1\nauth: { mode: required, api_keys: true, trusted_proxies: [10.0.0.0/8] }",
    ],
  ])("let through %s", (_, text) => {
    expect(load(text).listen).toEqual([{ host: "0.0.0.0", port: 1 }]);
  });

  test("what clients call it is a host that it answers to", () => {
    const { auth, public_url, allowed_hosts } = load(`public_url: https://Gate.example.com/\n${KEYS}`);
    expect(auth).toMatchObject({ public_url: "https://gate.example.com" });
    expect(public_url).toBe("https://gate.example.com");
    expect(allowed_hosts).toEqual(["gate.example.com"]);
  });
});

describe("what cannot be meant is refused", () => {
  test.each([
    ["no way to show anything", "auth: { mode: required }", /nobody could show who they are/],
    ["a way without effect", "auth: { api_keys: true }", /no effect without `mode: required`/],
    [
      "certificates that nothing asks for",
      "auth: { mode: required, mtls: { subjects: [{ match: 'spiffe://a/*' }] } }",
      /nothing asks for certificates/,
    ],
    [
      "a forwarded certificate from anybody",
      "auth: { mode: required, mtls: { header: client-cert, subjects: [{ match: 'x509:*' }] } }",
      /anybody could send it/,
    ],
    [
      "certificates that nobody reads",
      `${KEYS}\ntls: { cert: gate.pem, key: gate.key, client_ca: ca.pem }`,
      /nobody reads the certificates/,
    ],
    ["a key that is not there", "tls: { cert: gate.pem, key: no.key }", /no\.key does not exist/],
    ["an issuer over plain HTTP", oauth("{ issuer: http://id.example }"), /is no https:/],
    [
      "two issuers whose people could be the same",
      oauth("{ issuer: https://a.example, prefix: 'a:' }, { issuer: https://b.example }"),
      /two issuers may call different people the same/,
    ],
    [
      "two issuers of one prefix",
      oauth("{ issuer: https://a.example, prefix: 'a:' }, { issuer: https://b.example, prefix: 'a:' }"),
      /another issuer has it/,
    ],
    ["a common secret", oauth("{ issuer: https://a.example, algorithms: [HS256] }"), /HS256/],
    [
      "a proxy that is no address",
      "auth: { mode: required, api_keys: true, trusted_proxies: [proxy.example] }",
      /no address and no range/,
    ],
    [
      "a range that lacks a part",
      "auth: { mode: required, api_keys: true, trusted_proxies: [10.0.0/8] }",
      /no address and no range/,
    ],
  ])("%s", (_, text, problem) => {
    expect(problems(text)).toEqual([expect.stringMatching(problem)]);
  });

  test("and no secret is shown with it", () => {
    const secret = "{ client_id: gate, client_secret: hunter2hunter2 }";
    const text = oauth(`{ issuer: http://id.example, introspection: ${secret} }`);
    expect(() => load(text)).toThrow(Problems);
    try {
      load(text);
    } catch (error) {
      expect(JSON.stringify((error as Problems).problems)).not.toContain("hunter2");
    }
  });
});

test("an issuer with everything it may say, its secret from the environment", () => {
  const text = [
    "public_url: https://gate.example",
    "auth:",
    "  mode: required",
    "  oauth:",
    "    issuers:",
    "      - issuer: https://id.example",
    "        audience: api://gate",
    "        claims: { id: email, tenant: org, roles: realm_access.roles }",
    "        introspection: { client_id: gate, client_secret: '${SECRET}' }",
    "    scopes: [{ server: 'files|docs', tool: 'write_*', require: [files.write] }]",
    "    implies: { files.write: [files.read] }",
  ].join("\n");
  expect(load(text, { SECRET: "s3cret" }).auth).toMatchObject({
    issuers: [
      {
        issuer: "https://id.example",
        audience: ["api://gate"],
        prefix: "",
        tenant: "default",
        claims: { id: "email", tenant: "org", roles: "realm_access.roles", scopes: ["scope", "scp"] },
        introspection: { client_id: "gate", client_secret: "s3cret", endpoint: undefined },
      },
    ],
    demands: [{ servers: ["files", "docs"], targets: ["write_*"], require: ["files.write"] }],
    implies: { "files.write": ["files.read"] },
    dpop: "accepted",
  });
});

describe("signing in", () => {
  const ID = "{ issuer: https://id.example }";
  const both = "{ issuer: https://a.example, prefix: 'a:' }, { issuer: https://b.example, prefix: 'b:' }";
  const auth = (issuers: string, more: string): string =>
    `public_url: https://gate.example\nauth: { mode: required, oauth: { issuers: [${issuers}] }, ${more} }`;
  const endpoint = (more: string): string => auth(ID, `token_endpoint: { ${more} }`);
  const WORK = "workloads: [{ issuer: https://k.example, subjects: [{ match: 'spiffe://x/*' }] }]";

  test("has what is built in, where nobody says otherwise", () => {
    const { auth: built } = load(
      auth(ID, "sign_in: { oidc: { client_id: gate, client_secret: '${S}', scopes: [roles] } }"),
      {
        S: "hush",
      },
    );
    if (built.mode === "none") throw new Error("nobody is asked");
    expect(built.sign_in).toMatchObject({
      oidc: { issuer: { issuer: "https://id.example" }, client_secret: "hush", scopes: ["openid", "roles"] },
      one_time_passwords: false,
      idle_ms: 1_800_000,
      lasts_ms: 28_800_000,
    });
    const { auth: minting } = load(endpoint(WORK));
    expect(minting.mode === "required" && minting.token_endpoint).toMatchObject({ lasts_ms: 300_000 });
  });

  test.each([
    ["no way to sign in", auth(ID, "sign_in: {}"), /names no way to sign in/],
    [
      "one-time passwords without keys",
      auth(ID, "sign_in: { one_time_passwords: true }"),
      /second factor beside an API key/,
    ],
    ["several issuers", auth(both, "sign_in: { oidc: { client_id: x } }"), /several issuers/],
    [
      "an issuer that is not there",
      auth(ID, "sign_in: { oidc: { client_id: x, issuer: https://other.example } }"),
      /none of `auth.oauth.issuers`/,
    ],
    [
      "gates that share PostgreSQL and no secret",
      `store: postgres://h/d\n${auth(ID, "sign_in: { oidc: { client_id: x } }")}`,
      /a secret that the gates of the store share/,
    ],
    ["no end", auth(ID, "sign_in: { oidc: { client_id: x }, lasts: forever }"), /no stretch of time/],
    [
      "the command line at a stranger's",
      auth(ID, "command_line: { client_id: x, issuer: https://other.example }"),
      /none of `auth.oauth.issuers`/,
    ],
    ["nobody's assertions", endpoint("lasts: 5m"), /nobody's assertions are taken/],
    ["an ID-JAG and no client", endpoint(`id_jag: [${ID}]`), /no client may bring one/],
    [
      "a client that anybody could be",
      endpoint(`id_jag: [${ID}], clients: [{ client_id: x }]`),
      /has a secret or keys/,
    ],
    [
      "two issuers for the same names",
      endpoint("id_jag: [{ issuer: https://other.example }], clients: [{ client_id: x, client_secret: y }]"),
      /may call different people the same/,
    ],
    ["tokens that last", endpoint(`lasts: 2h, ${WORK}`), /more than an hour/],
    [
      "tokens without the gate's name",
      `auth: { mode: required, api_keys: true, token_endpoint: { ${WORK} } }`,
      /the gate's own name stands in its tokens/,
    ],
    [
      "tokens that nobody could use",
      `public_url: https://gate.example\nauth: { mode: required, oauth: { issuers: [${ID}], dpop: required }, token_endpoint: { ${WORK} } }`,
      /not bound to keys/,
    ],
  ])("is refused with %s", (_, text, problem) => {
    expect(problems(text).join("\n")).toMatch(problem);
  });
});
