import { hash } from "node:crypto";
import canonicalize from "canonicalize";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { digest, type Json } from "./json.ts";

const sha256 = (text: string): string => `sha256:${hash("sha256", text, "hex")}`;

describe("digest", () => {
  test("is that of the RFC 8785 form, whatever the value", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("__proto__", "10", "9", "é", "\u{1f600}", "\ufb33"),
    );
    const value = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 20 },
        fc.constantFrom<Json>(null, true, false, 0, -0, 1e21, 1e-7, 5e-324, Number.MAX_VALUE),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.integer(),
        text,
        fc.array(tie("value"), { maxLength: 5 }),
        fc
          .array(fc.tuple(text, tie("value")), { maxLength: 5 })
          .map((members) => Object.fromEntries(members)),
      ),
    })).value;
    fc.assert(
      fc.property(value, (one) => {
        expect(digest(one)).toBe(sha256(canonicalize(one) ?? "undefined"));
      }),
      { numRuns: 1000 },
    );
  });

  test("does not depend on the order of members, nor on how deep they stand", () => {
    const deep = (leaf: Json): Json =>
      Array.from({ length: 60 }).reduce<Json>((inner) => ({ a: [inner] }), leaf);
    expect(digest(deep({ b: 1, a: "x" }))).toBe(digest(deep({ a: "x", b: 1 })));
    expect(digest(deep({ b: 1, a: "x" }))).not.toBe(digest(deep({ a: "x", b: 2 })));
  });

  test("exists for a number that no double holds, and differs from that of its text", () => {
    const huge = JSON.parse('{"n":1e400}') as Json;
    expect(digest(huge)).toBe(sha256('{"n":Infinity}'));
    expect(digest(huge)).not.toBe(digest({ n: "Infinity" }));
  });
});
