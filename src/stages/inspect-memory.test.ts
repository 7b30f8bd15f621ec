import { expect, test } from "vitest";
import type { Found } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import { memory } from "./inspect-memory.ts";

const argument = (text: string, ...path: readonly string[]): Leaf => ({
  text,
  field: { role: "argument", name: path.at(-1) ?? "", path },
});
const result = (text: string, name: string, at: number): Leaf => ({
  text,
  field: { role: "result", name, path: ["content", at, name] },
});

const FOUND: Found = {
  guard: "secrets",
  class: "secret",
  severity: "high",
  score: 0.9,
  span: { from: 0, until: 5 },
  why: "a secret",
};
const CLEAN = { found: [], cut: false };
const DIRTY = { found: [FOUND], cut: false };

test.each([
  ["short and clean", "plain", CLEAN],
  ["with a finding", "x".repeat(64), DIRTY],
  ["long and clean", "y".repeat(70_000), CLEAN],
  ["cut", "z".repeat(100), { found: [], cut: true }],
])("a text that is %s is known where it says the same, and nowhere else", (_, text, seen) => {
  const own = memory();
  expect(own.find("acme", argument(text, "arguments", "a"))).toBeUndefined();
  own.keep("acme", argument(text, "arguments", "a"), seen);
  own.keep("acme", result(text, "text", 0), seen);
  expect(own.find("acme", argument(text, "arguments", "a"))).toEqual(seen);
  expect(own.find("acme", result(text, "text", 7))).toEqual(seen);
  expect(own.find("acme", argument(text, "arguments", "filter", "a"))).toBeUndefined();
  expect(own.find("acme", argument(text, "a"))).toBeUndefined();
  expect(own.find("acme", result(text, "html", 0))).toBeUndefined();
  expect(own.find("acme", argument(`${text} `, "arguments", "a"))).toBeUndefined();
});

test("what one tenant's texts were is not told to another", () => {
  const own = memory();
  for (const leaf of [argument("Bob leaves in May", "a"), argument("x".repeat(70), "a")]) {
    const seen = leaf.text.startsWith("x") ? DIRTY : CLEAN;
    own.keep("acme", leaf, seen);
    expect(own.find("acme", leaf)).toEqual(seen);
    expect(own.find("other", leaf)).toBeUndefined();
  }
});

test("a short text in which something was found is read again", () => {
  const own = memory();
  own.keep("acme", argument("token", "a"), DIRTY);
  expect(own.find("acme", argument("token", "a"))).toBeUndefined();
});

test("what is remembered is bounded: the oldest text goes first, and the oldest place of a text", () => {
  const own = memory();
  for (let at = 0; at < 4_097; at++) own.keep("acme", argument(`text ${at}`, "a"), CLEAN);
  expect(own.find("acme", argument("text 0", "a"))).toBeUndefined();
  expect(own.find("acme", argument("text 1", "a"))).toEqual(CLEAN);
  for (let at = 0; at < 8; at++) own.keep("acme", argument("text 9", `b${at}`), CLEAN);
  expect(own.find("acme", argument("text 9", "a"))).toBeUndefined();
  expect(own.find("acme", argument("text 9", "b7"))).toEqual(CLEAN);
});

test("no text of one tenant is forgotten because another has the same", () => {
  const own = memory();
  for (let at = 0; at < 8; at++) own.keep("acme", argument("Bob leaves in May", `b${at}`), CLEAN);
  for (let at = 0; at < 8; at++) own.keep("other", argument("Bob leaves in May", `c${at}`), CLEAN);
  expect(own.find("acme", argument("Bob leaves in May", "b0"))).toEqual(CLEAN);
});
