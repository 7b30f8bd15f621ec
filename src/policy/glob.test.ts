import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { alternatives, anyOf, anyOfFolded } from "./glob.ts";

/** What the words say, by trying everything: no plan, no speed. */
function naive(glob: string, value: string): boolean {
  if (glob === "") return value === "";
  if (glob[0] === "*") return naive(glob.slice(1), value) || (value !== "" && naive(glob, value.slice(1)));
  return value !== "" && (glob[0] === "?" || glob[0] === value[0]) && naive(glob.slice(1), value.slice(1));
}

const globs = fc.string({ unit: fc.constantFrom("a", "b", "A", "*", "?", "_", ".", "-", "/"), maxLength: 8 });
const values = fc.string({ unit: fc.constantFrom("a", "b", "A", "_", ".", "-", "/"), maxLength: 8 });

describe("a glob", () => {
  test("means what trying everything says", () => {
    fc.assert(
      fc.property(fc.array(globs, { minLength: 1, maxLength: 3 }), values, (patterns, value) => {
        expect(anyOf(patterns)(value)).toBe(patterns.some((glob) => naive(glob, value)));
      }),
      { numRuns: 20_000 },
    );
  });

  test("in rules that deny takes `.`, `_`, `/` and `-` for one character, and nothing else", () => {
    const one = (text: string): string => text.split(/[._/-]/).join("_");
    fc.assert(
      fc.property(globs, values, (glob, value) => {
        expect(anyOfFolded([glob])(value)).toBe(naive(one(glob), one(value)));
      }),
      { numRuns: 5000 },
    );
    expect(anyOfFolded(["workers.deploy"])("workers_deploy")).toBe(true);
    expect(anyOf(["workers.deploy"])("workers_deploy")).toBe(false);
  });

  test.each([
    ["read_*|list_*", ["read_*", "list_*"]],
    [
      ["a | b", "c"],
      ["a", "b", "c"],
    ],
    ["a|", ["a", ""]],
  ])("%j is several", (written, expected) => {
    expect(alternatives(written)).toEqual(expected);
  });

  test("a pattern made to be slow is not", () => {
    const value = "a".repeat(200_000);
    expect(anyOf([`${"*a".repeat(100)}*b`])(value)).toBe(false);
    expect(anyOf([`${"*?a".repeat(60)}*b*`])(value)).toBe(false);
    expect(anyOf([`${"*a".repeat(100)}*`])(value)).toBe(true);
  });
});
