import fc from "fast-check";
import { expect, test } from "vitest";
import { replacedUnits, unitsOf } from "./units.ts";

const texts = fc.array(
  fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.constantFrom("a", "é", "漢", "\ud800").map((unit) => unit.repeat(70_000)),
  ),
  { minLength: 1, maxLength: 6 },
);

test("each text has its own units, whatever was read or changed before it", () => {
  fc.assert(
    fc.property(texts, (all) => {
      for (const text of [...all, ...all]) {
        const units = unitsOf(text).slice(0, text.length);
        expect(units).toEqual(Uint16Array.from({ length: text.length }, (_, at) => text.charCodeAt(at)));
        const changed = replacedUnits(text, (unit) => (unit === 0xe9 ? 101 : unit === 0xd800 ? 0 : unit));
        expect(changed).toBe(text.includes("\ud800") ? undefined : text.replaceAll("é", "e"));
      }
    }),
    { numRuns: 50 },
  );
});
