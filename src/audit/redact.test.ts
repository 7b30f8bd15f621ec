import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../call/json.ts";
import { MASK, redact } from "./redact.ts";

describe("redact", () => {
  test.each([
    "password",
    "Password",
    "user_password",
    "passwd",
    "passphrase",
    "token",
    "access_token",
    "refreshToken",
    "authToken",
    "api_key",
    "apiKey",
    "api-key",
    "X-Api-Key",
    "x-auth-token",
    "authorization",
    "Authorization",
    "proxy-authorization",
    "client_secret",
    "clientSecret",
    "secret",
    "aws_secret_access_key",
    "accessKey",
    "private_key",
    "privateKey",
    "ssh_key",
    "credential",
    "credentials",
    "cookie",
    "Set-Cookie",
    "jwt",
    "otp",
    "pin",
    "connectionString",
    "db.password",
    "session_id",
  ])("the value under %s is masked, whatever it is", (name) => {
    for (const value of ["v", 1, true, ["v"], { v: "v" }])
      expect(redact({ a: { [name]: value } })).toEqual({ a: { [name]: MASK } });
    expect(redact({ [name]: null })).toEqual({ [name]: null });
  });

  test.each([
    "path",
    "max_tokens",
    "tokenizer",
    "author",
    "key",
    "keys",
    "keyword",
    "monkey",
    "passage",
    "compass",
    "spinner",
    "pinned",
    "authors",
    "session",
    "sort_key",
    "pathname",
  ])("the value under %s is kept", (name) => {
    expect(redact({ [name]: "v" })).toEqual({ [name]: "v" });
  });

  test("what follows an option of a command line that is called like a secret is masked", () => {
    const argv = [
      "deploy",
      "--api-key",
      "hush",
      "--token=hush",
      "-v",
      "x",
      "--password",
      "--force",
      "--secret",
      "hush",
      "kept",
    ];
    expect(redact({ argv })).toEqual({
      argv: [
        "deploy",
        "--api-key",
        MASK,
        `--token=${MASK}`,
        "-v",
        "x",
        "--password",
        "--force",
        "--secret",
        MASK,
        "kept",
      ],
    });
  });

  test("small arguments without secrets are kept as they are, `__proto__` too", () => {
    const args = JSON.parse('{"__proto__":{"a":1},"list":[1,"two",null,true,{"x":[]}],"":""}') as JsonObject;
    expect(JSON.stringify(redact(args))).toBe(JSON.stringify(args));
  });

  test("a long text is cut to its beginning, length and digest", () => {
    const kept = redact({ content: `${"x".repeat(127)}😀${"y".repeat(5_000)}` })["content"];
    expect(kept).toMatch(/^x{127}\uFFFD… \[5129 characters, sha256:[0-9a-f]{64}\]$/);
  });

  test("whatever comes, what is kept is small, and no masked value is in it", () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("password", "token", "__proto__", "constructor"));
    const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 30 },
        fc.constant("hunter2"),
        fc.string({ maxLength: 5_000 }),
        fc.integer(),
        fc.array(tie("tree"), { maxLength: 40 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 40 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tree), (args) => {
        const text = JSON.stringify(redact({ ...args, my_token: "canary-in-the-coal-mine" }));
        expect(text.length).toBeLessThan(120_000);
        expect(text).not.toContain("canary-in-the-coal-mine");
      }),
      { numRuns: 60 },
    );
  });

  test("a wide or deep document is bounded and says what is missing", () => {
    const wide = redact(Object.fromEntries(Array.from({ length: 50_000 }, (_, i) => [`member${i}`, i])));
    expect(JSON.stringify(wide).length).toBeLessThan(20_000);
    expect(wide["…"]).toMatch(/^\[\d+ more\]$/);
    expect(JSON.stringify(redact({ list: Array.from({ length: 50_000 }, () => "") })).length).toBeLessThan(
      200_000,
    );
    const deep = JSON.parse(`${'{"a":'.repeat(60)}1${"}".repeat(60)}`) as JsonObject;
    expect(JSON.stringify(redact(deep))).toBe(`${'{"a":'.repeat(16)}"[object]"${"}".repeat(16)}`);
  });
});
