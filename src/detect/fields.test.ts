import { expect, test } from "vitest";
import type { Json } from "../call/json.ts";
import { LEAVES, leavesOf } from "./fields.ts";

test("names each text after its nearest member, and gives its path", () => {
  const { leaves, left } = leavesOf({ query: "a", deep: { url: ["b", 1, { path: "c" }] } }, "argument");
  expect(left).toBe(false);
  expect(leaves).toEqual([
    { text: "a", field: { role: "argument", name: "query", path: ["query"] } },
    { text: "b", field: { role: "argument", name: "url", path: ["deep", "url", 0] } },
    { text: "c", field: { role: "argument", name: "path", path: ["deep", "url", 2, "path"] } },
  ]);
});

test("a list of texts is one text too, and a name that is none is a text", () => {
  const texts = (value: Json): readonly string[] =>
    leavesOf(value, "argument").leaves.map(({ text }) => text);
  expect(texts(["rm", "-rf", "/"])).toEqual(["rm", "-rf", "/", "rm -rf /"]);
  expect(texts({ name: { $ne: null } })).toEqual(["$ne"]);
});

test("says when something was left out: too many texts, or too deep ones", () => {
  const many = leavesOf(
    Array.from({ length: LEAVES.most + 1 }, () => "x"),
    "result",
  );
  expect(many.leaves).toHaveLength(LEAVES.most);
  expect(many.left).toBe(true);
  let deep: Json = "bottom";
  for (let step = 0; step <= LEAVES.depth; step += 1) deep = [deep];
  expect(leavesOf(deep, "result")).toMatchObject({ leaves: [], left: true });
});
