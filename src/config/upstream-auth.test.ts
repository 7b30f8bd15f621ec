import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import type { Server } from "./config.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-auth-"));
afterAll(() => rmSync(folder, { recursive: true }));

function load(auth: unknown, more: object = { url: "https://wiki.example/mcp/?a=1" }) {
  const file = join(folder, "portcullis.yaml");
  const config = { version: 1, mode: "observe", mcpServers: { wiki: { ...more, auth } } };
  writeFileSync(file, JSON.stringify(config));
  return loadConfig({ file, env: { TOKEN: "a-token", EMPTY: "" } });
}
/** Without the place, which is before it. */
const bare = (message: string): string => message.replace(/^mcpServers\S+: /, "");
const authOf = (auth: unknown, more?: object): Server["auth"] => load(auth, more).config.servers[0]?.auth;

function wrong(auth: unknown, more?: object): readonly string[] {
  try {
    load(auth, more);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ message }) => bare(message));
  }
}
const AT = { issuer: "https://login.example", client_id: "gate" };

describe("what a server is shown", () => {
  test("a secret of the environment, of a file, of the store", () => {
    expect(authOf({ kind: "secret", secret: "${TOKEN}" })).toEqual({
      kind: "secret",
      secret: { kind: "value", value: "a-token" },
      header: "authorization",
    });
    expect(authOf({ kind: "secret", secret: { file: "x/token" }, header: "X-Api-Key" })).toMatchObject({
      secret: { kind: "file", path: join(folder, "x", "token") },
      header: "x-api-key",
    });
    expect(
      authOf({ kind: "secret", secret: { stored: "n" }, env: "API" }, { command: "wiki" }),
    ).toMatchObject({ secret: { kind: "stored", name: "n" }, env: "API" });
  });

  test("tokens are for the server's canonical URI, unless another is written", () => {
    const auth = { kind: "token_exchange", ...AT, client_secret: "${TOKEN}" };
    expect(authOf(auth)).toMatchObject({ resource: "https://wiki.example/mcp", scopes: [] });
    expect(authOf({ ...auth, resource: "urn:wiki" })).toMatchObject({ resource: "urn:wiki" });
  });

  test("what clients write there has no effect, and is told", () => {
    for (const auth of ["oauth", { CLIENT_ID: "x", scopes: ["a"] }]) {
      const { config, notes } = load(auth);
      expect(config.servers[0]?.auth).toBeUndefined();
      expect(notes.map(({ message }) => bare(message))).toContain(
        "only clients use this, it has no effect here",
      );
    }
    expect(
      load({ kind: "secret", secret: "${TOKEN}" }).notes.map(({ message }) => bare(message)),
    ).not.toContain("only clients use this, it has no effect here");
  });
});

describe("what is wrong is said", () => {
  const url = { url: "https://wiki.example/mcp" };
  test.each<[string, unknown, object | undefined, string]>([
    [
      "another kind",
      { kind: "oauth" },
      url,
      "is one of secret, client_credentials, token_exchange and by_tenant",
    ],
    ["a key too many", { kind: "secret", secret: "${TOKEN}", heder: "x" }, url, "unknown key"],
    ["a secret in the file", { kind: "secret", secret: "abc" }, url, "a secret stands in the file"],
    ["an empty one", { kind: "secret", secret: "${EMPTY}" }, url, "is empty"],
    [
      "two of one header",
      { kind: "secret", secret: "${TOKEN}" },
      { ...url, headers: { Authorization: "Bearer ${TOKEN}" } },
      "headers sets authorization too",
    ],
    [
      "a header of the gate's",
      { kind: "secret", secret: "${TOKEN}", header: "Mcp-Session-Id" },
      url,
      "this header cannot be set",
    ],
    [
      "no variable",
      { kind: "secret", secret: "${TOKEN}" },
      { command: "x" },
      "names no variable for the server's process",
    ],
    [
      "neither proof",
      { kind: "client_credentials", ...AT },
      url,
      "has neither client_secret nor private_key",
    ],
    [
      "both",
      { kind: "client_credentials", ...AT, client_secret: "${TOKEN}", private_key: { file: "k" } },
      url,
      "stands beside private_key",
    ],
    [
      "an issuer in the clear",
      {
        kind: "client_credentials",
        client_id: "a",
        issuer: "http://login.example",
        client_secret: "${TOKEN}",
      },
      url,
      "is no https:// address",
    ],
    [
      "no issuer",
      { kind: "token_exchange", client_id: "a", client_secret: "${TOKEN}" },
      url,
      "has neither issuer nor token_endpoint",
    ],
    [
      "a command",
      { kind: "token_exchange", ...AT, client_secret: "${TOKEN}" },
      { command: "x" },
      "is for a server with a url",
    ],
    [
      "one of a tenant's",
      { kind: "by_tenant", tenants: { acme: { kind: "secret", secret: "abc" } } },
      url,
      "a secret stands in the file",
    ],
  ])("%s", (_, auth, more, message) => {
    expect(wrong(auth, more)).toContain(message);
  });
});
