import { createHmac, hkdfSync, randomBytes } from "node:crypto";
import fc from "fast-check";
import { compactDecrypt, CompactEncrypt } from "jose";
import { describe, expect, test } from "vitest";
import { commitmentKey, committed } from "./commitment.ts";
import { kidOf, seal, sealingKey, unseal, Unreadable } from "./jwe.ts";

const bytes = randomBytes(32);
const key = sealingKey(bytes, "sub_1");

describe("a sealed text", () => {
  test("opens to what it was, whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 200 }), (text) => {
        expect(unseal(key, seal(key, text))).toBe(text.toWellFormed());
      }),
    );
  });

  test("is a JWE that jose opens, and one of jose opens here", async () => {
    const { plaintext, protectedHeader } = await compactDecrypt(seal(key, "Zoë, 12 €"), bytes);
    expect(new TextDecoder().decode(plaintext)).toBe("Zoë, 12 €");
    expect(protectedHeader).toEqual({ alg: "dir", enc: "A256GCM", kid: "sub_1" });
    const theirs = await new CompactEncrypt(new TextEncoder().encode("from jose"))
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: "sub_1" })
      .encrypt(bytes);
    expect(unseal(key, theirs)).toBe("from jose");
    expect(kidOf(theirs)).toBe("sub_1");
  });

  test("is never the same twice", () => {
    expect(new Set(Array.from({ length: 1_000 }, () => seal(key, "a"))).size).toBe(1_000);
  });

  test("that was altered anywhere does not open", () => {
    const token = seal(key, "a text of some length");
    fc.assert(
      fc.property(fc.nat(token.length - 1), fc.constantFrom("A", "z", "-", "."), (at, by) => {
        const altered = token.slice(0, at) + by + token.slice(at + 1);
        // the last character of a part may hold bits that mean nothing
        fc.pre(altered.split(".").some((part, n) => !sameBytes(part, token.split(".")[n])));
        expect(() => unseal(key, altered)).toThrow(Unreadable);
      }),
    );
    expect(() => unseal(key, token.replace("..", ".AA."))).toThrow(Unreadable);
    expect(() => unseal(sealingKey(randomBytes(32), "sub_1"), token)).toThrow(Unreadable);
    expect(() => unseal(sealingKey(bytes, "sub_2"), token)).toThrow(Unreadable);
    for (const text of ["", "sub_1", "a.b.c.d.e"]) expect(() => unseal(key, text)).toThrow(Unreadable);
    expect(kidOf("no token")).toBeUndefined();
  });

  test("needs a key of its length", () => {
    expect(() => sealingKey(randomBytes(16), "k")).toThrow(RangeError);
  });
});

function sameBytes(one: string, other: string | undefined): boolean {
  return other !== undefined && Buffer.from(one, "base64url").equals(Buffer.from(other, "base64url"));
}

test("a commitment follows from the key and the value, and not from the value alone", () => {
  const [one, other] = [commitmentKey(bytes), commitmentKey(randomBytes(32))];
  expect(committed(one, "ana")).toBe(committed(commitmentKey(bytes), "ana"));
  expect(committed(one, "ana")).toMatch(/^hmac-sha256:[0-9a-f]{64}$/);
  expect(new Set([committed(one, "ana"), committed(one, "ben"), committed(other, "ana")]).size).toBe(3);
});

test("a commitment is the HMAC-SHA256 of its value, however long that is", () => {
  const plain = Buffer.from(hkdfSync("sha256", bytes, "", "portcullis/commitment", 32));
  const commitment = commitmentKey(bytes);
  const length = fc.constantFrom(0, 1, 71, 1_023, 1_024, 1_025, 5_000);
  fc.assert(
    fc.property(length, fc.constantFrom("a", "é", "€", "\u{1f600}"), (times, letter) => {
      const value = letter.repeat(times);
      const hmac = createHmac("sha256", plain).update(value).digest("hex");
      expect(committed(commitment, value)).toBe(`hmac-sha256:${hmac}`);
    }),
  );
});
