import fc from "fast-check";
import { expect, test } from "vitest";
import { batchOf, SEPARATOR } from "./parcel.ts";

const cells = fc.array(fc.oneof(fc.string(), fc.integer()), { maxLength: 30 });
const sent = (opened: readonly (string | number)[], closed: readonly (string | number)[]) =>
  batchOf({
    cells: [opened.length, closed.length],
    text: `${opened.join(SEPARATOR)}${SEPARATOR}${closed.join(SEPARATOR)}`,
    beat: true,
  });

test("a batch arrives as it left, and one with a NUL in it is refused", () => {
  fc.assert(
    fc.property(cells, cells, (opened, closed) => {
      const whole = [...opened, ...closed].every((cell) => !String(cell).includes("\0"));
      expect(sent(opened, closed)).toEqual(
        whole
          ? {
              opened: opened.map(String),
              closed: closed.map(String),
              claims: [],
              adjustments: [],
              beat: true,
            }
          : undefined,
      );
    }),
  );
  expect(sent(["a\0b"], [])).toBeUndefined();
});
