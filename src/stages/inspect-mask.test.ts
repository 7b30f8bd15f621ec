import fc from "fast-check";
import { expect, test } from "vitest";
import { leavesOf } from "../detect/fields.ts";
import { applyEdits } from "../wire/edit.ts";
import { maskEdits } from "./inspect-mask.ts";

const mark = (): string => "[X]";
const texts = fc.array(fc.string({ unit: fc.constantFrom("a", "é", "😀", " ", "[", "\u0301") }), {
  minLength: 1,
  maxLength: 4,
});

/** The characters that no span touches: what must still be there, in order. */
function kept(text: string, spans: readonly (readonly [number, number])[]): string {
  let at = 0;
  let left = "";
  for (const character of text) {
    const end = at + character.length;
    if (!spans.some(([from, until]) => from < end && at < until)) left += character;
    at = end;
  }
  return left;
}

test("whatever is masked, all that lies outside the spans stays, and nothing inside them does", () => {
  fc.assert(
    fc.property(
      texts,
      fc.array(fc.tuple(fc.nat(3), fc.nat(12), fc.nat(12)), { maxLength: 6 }),
      (list, wanted) => {
        const value = { texts: list };
        const { leaves } = leavesOf(value, "result");
        const spans = wanted.map(([which, one, other]) => {
          const at = which % list.length;
          const { length } = list[at] ?? "";
          const [from = 0, until = 0] = [Math.min(one, length), Math.min(other, length)].sort(
            (a, b) => a - b,
          );
          return { at, from, until };
        });
        const edits = maskEdits(
          spans.flatMap(({ at, from, until }) => {
            const leaf = leaves[at];
            return leaf === undefined ? [] : [{ leaf, from, until, to: mark }];
          }),
          leaves,
        );
        const made = applyEdits(value, edits);
        for (const [at, text] of list.entries()) {
          const own = spans.filter((span) => span.at === at && span.from < span.until);
          const said = made.texts[at] ?? "";
          expect(said.isWellFormed()).toBe(text.isWellFormed());
          if (own.length === 0) expect(said).toBe(text);
          const left = kept(
            text,
            own.map(({ from, until }) => [from, until]),
          );
          expect(said.replaceAll("[X]", "")).toBe(left);
        }
      },
    ),
  );
});

test("a span of a text that was put together is masked in each of its parts", () => {
  const value = { words: ["my", "number", "is"], other: "kept" };
  const { leaves } = leavesOf(value, "result");
  const joined = leaves.find(({ pieces }) => pieces !== undefined);
  if (joined === undefined) throw new Error("no joined text");
  expect(joined.text).toBe("my number is");
  const edits = maskEdits([{ leaf: joined, from: 1, until: 11, to: mark }], leaves);
  expect(applyEdits(value, edits)).toEqual({ words: ["m[X]", "[X]", "[X]s"], other: "kept" });
});
