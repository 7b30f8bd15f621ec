import fc from "fast-check";
import { expect, test } from "vitest";
import type { Json, JsonPath } from "../call/json.ts";
import { sliceAt } from "./slice.ts";

function* pathsOf(value: Json, path: JsonPath = []): Generator<readonly [JsonPath, Json]> {
  yield [path, value];
  if (Array.isArray(value))
    for (const [at, item] of value.entries()) yield* pathsOf(item as Json, [...path, at]);
  else if (typeof value === "object" && value !== null) {
    for (const [key, item] of Object.entries(value)) yield* pathsOf(item as Json, [...path, key]);
  }
}

test("the bytes at every path say what stands there, whatever the spacing", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 1, "\t"), (value, space) => {
      const bytes = Buffer.from(JSON.stringify(value, null, space));
      const parsed = JSON.parse(bytes.toString()) as Json;
      for (const [path, wanted] of pathsOf(parsed)) {
        const found = sliceAt(bytes, path)?.toString() ?? "";
        expect(found).toBe(found.trim());
        expect(JSON.parse(found)).toEqual(wanted);
      }
    }),
  );
});

test("numbers and escapes keep their spelling, and nothing stands at a path that leads nowhere", () => {
  const bytes = Buffer.from('{"a": [1.0, "\\u0041" , 1e400 ]}');
  expect(sliceAt(bytes, ["a", 0])?.toString()).toBe("1.0");
  expect(sliceAt(bytes, ["a", 1])?.toString()).toBe('"\\u0041"');
  expect(sliceAt(bytes, ["a", 2])?.toString()).toBe("1e400");
  for (const path of [["b"], ["a", 3], ["a", "0"], ["a", 0, 0], ["a", 1, "x"]])
    expect(sliceAt(bytes, path)).toBeUndefined();
});
