import fc from "fast-check";
import { expect, test } from "vitest";
import { automatonOf } from "./automaton.ts";

function endsIn(words: readonly string[], text: string): readonly string[] {
  const { next, column, width, ends } = automatonOf(words);
  let state = 0;
  return Array.from(text).flatMap((character, at) => {
    const code = character.charCodeAt(0);
    state = next[state * width + (code < 128 ? (column[code] ?? 0) : 0)] ?? 0;
    return (ends[state] ?? []).map((word) => `${words[word]}@${at + 1}`);
  });
}

test("finds each word wherever it ends, in either case, as looking for each by itself would", () => {
  const letters = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), minLength: 0, maxLength: 40 });
  const words = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom("a", "b", "c"), minLength: 1, maxLength: 4 }),
    {
      minLength: 1,
      maxLength: 8,
    },
  );
  fc.assert(
    fc.property(words, letters, (words, text) => {
      const plain = words.flatMap((word) =>
        Array.from({ length: text.length + 1 }, (_, end) => end)
          .filter((end) => text.slice(0, end).endsWith(word))
          .map((end) => `${word}@${end}`),
      );
      expect(endsIn(words, text.toUpperCase().replaceAll("É", "é")).toSorted()).toEqual(plain.toSorted());
    }),
  );
});
