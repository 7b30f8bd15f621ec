import fc from "fast-check";
import { expect, test } from "vitest";
import { INLINE } from "./decode.ts";

/** Bytes that begin, continue or break a character in UTF-8. */
const byte = fc.oneof(
  fc.nat(255),
  fc.constantFrom(
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc0,
    0xc2,
    0xdf,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
  ),
);
const written = fc.array(fc.tuple(byte, fc.boolean()), { minLength: 1, maxLength: 6 }).map((bytes) =>
  bytes
    .map(([code, large]) => {
      const digits = code.toString(16).padStart(2, "0");
      return `%${large ? digits.toUpperCase() : digits}`;
    })
    .join(""),
);

function decoded(run: string): string | undefined {
  try {
    return decodeURIComponent(run);
  } catch {
    return undefined;
  }
}

test("percent-encoded bytes are read where the language itself reads them, and nowhere else", () => {
  fc.assert(
    fc.property(written, (run) => {
      expect(INLINE.percent.meant(run)).toBe(decoded(run));
    }),
    { numRuns: 3_000 },
  );
});
