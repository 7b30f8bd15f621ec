import { describe, expect, test } from "vitest";
import { isSecret, maySecret } from "./secret-values.ts";

describe("what is worth a warning", () => {
  test.each([
    ["GITHUB_TOKEN", "ghp_abcdefghijklmnop1234"],
    ["OPENAI_API_KEY", "sk-abcdefgh"],
    ["DB_PASSWORD", "hunter22"],
    ["--token", "abcdefgh"],
    ["MY_PAT", "abcdefgh"],
    ["", "ghp_abcdefghijklmnop1234"],
    ["DATABASE_URL", "postgres://ana:hunter22@db/shop"],
    ["", "https://x.example/mcp?api_key=abcdef"],
    ["Authorization", "Bearer abc.def.ghi"],
  ])("%s=%s is", (name, value) => {
    expect(isSecret(name, value)).toBe(true);
  });

  test.each([
    ["GITHUB_TOKEN", "${GITHUB_TOKEN}"],
    ["GITHUB_TOKEN", "${env:GITHUB_TOKEN}"],
    ["GITHUB_TOKEN", "$GITHUB_TOKEN"],
    ["Authorization", "Bearer ${TOKEN}"],
    ["GITHUB_TOKEN", "keychain:portcullis/github/GITHUB_TOKEN/0a1b2c3d"],
    ["TOKEN_FILE", "/run/secrets/token"],
    ["KEY_PATH", "~/.ssh/id_ed25519"],
    ["TOKEN_URL", "https://login.example/token"],
    ["AUTHOR", "Ana Lima"],
    ["KEYBOARD", "de-latin1"],
    ["MAX_TOKENS", "4096"],
    ["SECRET", ""],
    ["LOG_LEVEL", "info"],
    ["", "@modelcontextprotocol/server-filesystem"],
  ])("%s=%s is not", (name, value) => {
    expect(isSecret(name, value)).toBe(false);
  });
});

test("where nothing may be copied, doubt counts as a secret", () => {
  expect(maySecret("AUTHOR", "Ana")).toBe(true);
  expect(maySecret("X", "a1b2c3d4e5f6a7b8c9d0e1f2")).toBe(true);
  expect(maySecret("LOG_LEVEL", "info")).toBe(false);
});
