import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../call/json.ts";
import { MASK, redact as redacted } from "./redact.ts";

const redact = (args: JsonObject): JsonObject => redacted(args).args;

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

  test("what is not kept as it was is told, and nothing else", () => {
    const told = (args: JsonObject): readonly string[] => redacted(args).lost;
    expect(told({ a: 1, b: ["x", { c: null }], token: null })).toEqual([]);
    expect(told({ a: { token: "x" }, "b/c~d": "y".repeat(2_000) })).toEqual(["/a/token", "/b~1c~0d"]);
    expect(told({ argv: ["--token", "x", "--pin=1", "y"] })).toEqual(["/argv/1", "/argv/2"]);
    expect(told({ n: Number.POSITIVE_INFINITY, m: -0 })).toEqual(["/n", "/m"]);
    expect(told({ list: Array.from({ length: 5_000 }, () => 1) })).toEqual(["/list"]);
    expect(told({ [`x${"y".repeat(2_000)}`]: 1 })).toEqual([""]);
    expect(told(Object.fromEntries(Array.from({ length: 40 }, (_, at) => [`token_${at}_pin`, "x"])))).toEqual(
      [""],
    );
  });

  test("what a reader puts together again is what came, but for the places that are told", () => {
    const key = fc.oneof(fc.string(), fc.constantFrom("password", "a/b", "~", "argv"));
    const at = (value: unknown, pointer: string): { value: unknown } | undefined =>
      pointer
        .split("/")
        .slice(1)
        .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"))
        .reduce<{ value: unknown } | undefined>(
          (inside, step) =>
            inside !== undefined && typeof inside.value === "object" && inside.value !== null
              ? { value: (inside.value as Record<string, unknown>)[step] }
              : undefined,
          { value },
        );
    const blank = (value: unknown, here: string, lost: ReadonlySet<string>): unknown => {
      if (lost.has(here)) return "lost";
      if (Array.isArray(value)) return value.map((each, index) => blank(each, `${here}/${index}`, lost));
      if (typeof value !== "object" || value === null) return value;
      return Object.entries(value).map(([name, each]) => [
        name,
        blank(each, `${here}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, lost),
      ]);
    };
    const tree = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;
    fc.assert(
      fc.property(
        fc.dictionary(key, fc.oneof(tree, fc.string({ minLength: 900, maxLength: 1_200 })), {
          noNullPrototype: true,
        }),
        (args) => {
          const { args: kept, lost } = redacted(args);
          const again = JSON.parse(JSON.stringify(kept)) as JsonObject;
          for (const each of lost) expect(at(args, each)).toBeDefined();
          const places = new Set(lost);
          expect(blank(again, "", places)).toEqual(blank(args, "", places));
        },
      ),
      { numRuns: 100 },
    );
  });
});
