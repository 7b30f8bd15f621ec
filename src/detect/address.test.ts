import fc from "fast-check";
import ipaddr from "ipaddr.js";
import { expect, test } from "vitest";
import { addressOf } from "./address.ts";

const piece = fc.constantFrom(
  ..."0 1 9 08 010 127 255 256 0x7f 0X7F f ff ffff g x . . : : :: % %1 %eth0 - [ ] 4294967295 4294967296 99999999999".split(
    " ",
  ),
);

test("says of every name what the library says, and leaves its errors as they are", () => {
  const limit = Error.stackTraceLimit;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }), (pieces) => {
      const name = pieces.join("");
      const valid = ipaddr.isValid(name);
      expect(addressOf(name)?.toNormalizedString()).toBe(
        valid ? ipaddr.parse(name).toNormalizedString() : undefined,
      );
    }),
    { numRuns: 2_000 },
  );
  expect(Error.stackTraceLimit).toBe(limit);
});

test.each(["10.1", "2130706433", "0x7f.1", "::ffff:0x7f.0.0.1", "fe80::1%eth0", "FD00::1"])(
  "%s is an address",
  (name) => expect(addressOf(name)).toBeDefined(),
);
