import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Swap } from "../call/verdict.ts";
import { decode } from "./frame.ts";

const BOUNDS = { bytes: 1_000_000, depth: 64 };

/** One way to write a character in JSON: plain, escaped by number, or escaped by letter. */
function written(character: string, way: number): string {
  const plain = JSON.stringify(character).slice(1, -1);
  if (way === 0) return plain;
  const numbers = [...Array(character.length).keys()].map((at) =>
    character.charCodeAt(at).toString(16).padStart(4, "0"),
  );
  return way === 1 ? numbers.map((number) => `\\u${number}`).join("") : character === "/" ? "\\/" : plain;
}

const characters = fc.array(
  fc.tuple(
    fc.constantFrom(...Array.from('ab/"\\\n\t é€漢😀𝒳'), "\u0000", "\u2028", "x@y.example"),
    fc.integer({ min: 0, max: 2 }),
  ),
  { maxLength: 40 },
);

describe("swap", () => {
  test("changes the parts that it names, and no byte beside them", () => {
    fc.assert(
      fc.property(characters, fc.array(fc.nat(60), { maxLength: 8 }), fc.string(), (written_as, cuts, to) => {
        const text = written_as.map(([each]) => each).join("");
        const raw = written_as
          .map(([each, way]) =>
            Array.from(each)
              .map((one) => written(one, way))
              .join(""),
          )
          .join("");
        // Places between characters, so that none is cut in two.
        const places = Array.from(text).reduce<number[]>(
          (all, each) => [...all, (all.at(-1) ?? 0) + each.length],
          [0],
        );
        const chosen = [...new Set(cuts.map((cut) => places[cut % places.length] ?? 0))].sort(
          (a, b) => a - b,
        );
        const mark = to.toWellFormed();
        const parts: Swap[] = [];
        for (let at = 0; at + 1 < chosen.length; at += 2)
          parts.push({ from: chosen[at] ?? 0, until: chosen[at + 1] ?? 0, to: mark });
        const head = '{ "jsonrpc":"2.0",  "method":"m","params":{"a":[ 1.50,"';
        const tail = '" ],"b":"\\u0041"} }';
        const frame = decode(Buffer.from(head + raw + tail), BOUNDS);
        const edited = frame.edit([{ kind: "swap", path: ["params", "a", 1], parts }]);
        let wanted = "";
        let bytes = "";
        let place = 0;
        const rawOf = (from: number, until: number): string => {
          let [unit, said] = [0, ""];
          for (const [each, way] of written_as)
            for (const one of each) {
              if (unit >= from && unit < until) said += written(one, way);
              unit += one.length;
            }
          return said;
        };
        for (const { from, until } of parts) {
          wanted += text.slice(place, from) + mark;
          bytes += rawOf(place, from) + JSON.stringify(mark).slice(1, -1);
          place = until;
        }
        wanted += text.slice(place);
        bytes += rawOf(place, text.length);
        expect(edited.bytes.toString("utf8")).toBe(head + bytes + tail);
        expect(edited.message).toMatchObject({ params: { a: [1.5, wanted], b: "A" } });
      }),
    );
  });

  test.each([
    [
      "overlap",
      [
        { from: 0, until: 3, to: "" },
        { from: 2, until: 4, to: "" },
      ],
    ],
    ["lie beyond the end", [{ from: 0, until: 30, to: "" }]],
    ["run backwards", [{ from: 3, until: 2, to: "" }]],
  ])("refuses parts that %s", (_, parts) => {
    const frame = decode(Buffer.from('{"jsonrpc":"2.0","method":"m","params":{"a":"some text"}}'), BOUNDS);
    expect(() => frame.edit([{ kind: "swap", path: ["params", "a"], parts }])).toThrow(TypeError);
    expect(() => frame.edit([{ kind: "swap", path: ["params"], parts: [] }])).toThrow(TypeError);
  });
});
