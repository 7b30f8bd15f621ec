import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isListed, LINE_MOST, linesOf, readLine } from "./scan-lines.ts";

async function* given(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

const lines = async (chunks: readonly Uint8Array[]): Promise<readonly (string | undefined)[]> =>
  await Array.fromAsync(linesOf(given(chunks)));

test("lines are the same however the bytes come", async () => {
  const text = fc.string({ unit: fc.constantFrom("a", "é", "🂡", "\n", '"'), maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(160), { maxLength: 6 }), async (text, cuts) => {
      const bytes = Buffer.from(text);
      const places = [
        0,
        ...cuts.map((cut) => Math.min(cut, bytes.length)).toSorted((a, b) => a - b),
        bytes.length,
      ];
      const chunks = places.slice(1).map((until, at) => bytes.subarray(places[at], until));
      const plain = text.split("\n");
      if (plain.at(-1) === "") plain.pop();
      expect(await lines(chunks)).toEqual(plain);
    }),
  );
});

test("a line that is too long is told, and the next is read", async () => {
  const long = Buffer.alloc(LINE_MOST / 2 + 1, "x");
  expect(await lines([Buffer.from("a\n"), long, long, Buffer.from("\nb\n")])).toEqual(["a", undefined, "b"]);
});

describe("readLine", () => {
  test("takes an id and a text, and leaves the rest", () => {
    expect(readLine(3, '{"id":"x","text":"t","label":"y"}')).toEqual({ number: 3, id: "x", text: "t" });
    expect(readLine(1, '{"text":"t"}')).toEqual({ number: 1, id: null, text: "t" });
  });

  test.each([
    [undefined, /longer than/],
    ["rubbish", /not JSON/],
    ["[1]", /not a JSON object/],
    ['{"id":1}', /`text` is not a string/],
    ['{"id":{},"text":"t"}', /`id` is neither/],
  ])("says what is wrong with %s", (line, says) => {
    expect(readLine(7, line)).toEqual({ number: 7, wrong: expect.stringMatching(says) });
  });
});

test("input is a list where its first line has a text or an id, or begins so", () => {
  expect(isListed('{"id":1,"text":"a"}')).toBe(true);
  expect(isListed('{"id": 1, "text": "a')).toBe(true);
  expect(isListed('{"path":"../a"}')).toBe(false);
  expect(isListed("Dear all,")).toBe(false);
});
