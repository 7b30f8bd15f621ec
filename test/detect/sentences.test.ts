import { expect, test } from "vitest";
import { writtenOf } from "../../scripts/injection/written.ts";

const tool = {
  id: "t",
  text: JSON.stringify({ name: "add", description: "Adds two numbers and gives back what they come to." }),
  label: "benign",
  kind: "tool-definition",
  source: "toucan-tools",
  family: "mcp-tools",
};
const all = writtenOf([tool], [{ text: "We met at noon. The soup was cold.", part: "bipia" }]);

test("every template is filled, and nothing else is left open", () => {
  const open = all.filter(({ texts }) => texts.some((text) => /\{[a-z]+(?:-[a-z]+)*\}|@@|^= /.test(text)));
  expect(open).toEqual([]);
  expect(all.filter(({ attack }) => attack).length).toBeGreaterThan(3000);
  expect(all.filter(({ attack }) => !attack).length).toBeGreaterThan(2000);
});

test("the same sentences come each time, so the same weights do", () => {
  expect(writtenOf([tool], [{ text: "We met at noon. The soup was cold.", part: "bipia" }])).toEqual(all);
});

test("an attack that stands in ordinary text of the data says which, so that it is held out with it", () => {
  const inside = all.filter(({ texts }) => texts.some((text) => text.includes("soup was cold")));
  expect(inside.some(({ attack }) => attack)).toBe(true);
  expect(inside.filter(({ attack, around }) => attack && around !== "bipia")).toEqual([]);
});
