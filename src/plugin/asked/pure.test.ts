import fc from "fast-check";
import { expect, test } from "vitest";
import { partsOf } from "./places.ts";
import { redactionsIn } from "./redactions.ts";

const plain = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => !/\[REDACTED|\*\*/.test(text));

test("whatever is taken out of a text is in a redaction, and what is left is not", () => {
  fc.assert(
    fc.property(plain, fc.array(fc.tuple(plain, plain), { maxLength: 6 }), (first, rest) => {
      const text = first + rest.map(([cut, kept]) => cut + kept).join("");
      const left = first + rest.map(([, kept], at) => `[REDACTED_NAME_${at}]${kept}`).join("");
      const found = redactionsIn(text, left);
      let uncovered = "";
      let at = 0;
      for (const { from, until } of found ?? []) {
        uncovered += text.slice(at, from);
        at = until;
      }
      expect(uncovered + text.slice(at)).toBe(first + rest.map(([, kept]) => kept).join(""));
    }),
  );
});

test("a text that was changed in another way has no redactions", () => {
  expect(redactionsIn("Ana was here", "Ana is here")).toBeUndefined();
  expect(redactionsIn("Ana was here", "[REDACTED_PERSON_1] is here")).toBeUndefined();
  expect(redactionsIn("same and more", "same")).toBeUndefined();
  expect(redactionsIn("same", "same")).toEqual([]);
});

test("the parts of a text are all of it, none is longer than a model reads, and neighbours overlap", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 4_000, minLength: 1 }), (text) => {
      let until = 0;
      for (const part of partsOf(text)) {
        expect(part.text.length).toBeLessThanOrEqual(1_000);
        expect(text.slice(until, part.from).trim()).toBe("");
        expect(text.slice(part.from, part.from + part.text.length).toWellFormed()).toBe(part.text);
        until = Math.max(until, part.from + part.text.length);
      }
      expect(text.slice(until).trim()).toBe("");
    }),
    { numRuns: 50 },
  );
});
