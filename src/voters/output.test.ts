import fc from "fast-check";
import { expect, test } from "vitest";
import { isObject, type Json } from "../call/json.ts";
import { voteOf } from "./output.ts";

test.each<[string, Json | undefined, string]>([
  ["true", true, "allow"],
  ["false", false, "deny"],
  ["an object that allows", { allow: true }, "allow"],
  ["one with a reason", { allow: true, reason: "fine" }, "allow"],
  ["one that wants nothing done", { allow: true, obligations: [] }, "allow"],
  ["one that wants something done", { allow: true, obligations: ["mask"] }, "unclear"],
  ["obligations of another shape", { allow: true, obligations: {} }, "unclear"],
  ["an object that denies", { allow: false, reason: "no", obligations: ["log"] }, "deny"],
  ["undefined", undefined, "unclear"],
  ["null", null, "unclear"],
  ["a text", "true", "unclear"],
  ["a number", 1, "unclear"],
  ["a set, as partial rules give it", [], "unclear"],
  ["an object without allow", { reason: "x" }, "unclear"],
  ["allow that is no boolean", { allow: "true" }, "unclear"],
  ["a reason that is no text", { allow: true, reason: 1 }, "unclear"],
  ["a key that is not known", { allow: true, deny: ["x"] }, "unclear"],
])("%s", (_, result, kind) => {
  expect(voteOf(result).kind).toBe(kind);
});

test("nothing but a true allows, whatever is answered", () => {
  const result = fc.oneof(fc.jsonValue(), fc.record({ allow: fc.jsonValue(), reason: fc.string() }));
  const allowed: unknown[] = [];
  fc.assert(
    fc.property(result, (each) => {
      if (voteOf(each).kind === "allow") allowed.push(isObject(each) ? each["allow"] : each);
    }),
    { numRuns: 1000 },
  );
  expect(new Set(allowed)).toEqual(new Set([true]));
});

test("a reason is one line, bounded, and without control characters", () => {
  const vote = voteOf({ allow: false, reason: `a\n\u001B[31m${"x".repeat(5000)}` });
  expect(vote).toMatchObject({ kind: "deny", why: expect.stringMatching(/^a \[31mx+…$/) as string });
  expect(vote.kind === "deny" ? vote.why?.length : 0).toBe(200);
});
