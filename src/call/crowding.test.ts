import { expect, test } from "vitest";
import { crowding } from "./crowding.ts";

/** `acme/ana` for each place. */
function whoGoes(taken: string, coming: string): string {
  const holderOf = (text: string) => {
    const [tenant = "", id = ""] = text.split("/");
    return { tenant, id };
  };
  return crowding(taken.split(" "), holderOf, holderOf(coming)).join(" ");
}

test.each([
  ["nobody, where the other tenant has one more", "a/x a/x b/z", "b/q", ""],
  ["the tenant that has the most, and in it whoever has the most", "a/x a/x a/y b/z", "c/q", "a/x a/x"],
  ["where all in it have one place, any of them", "a/x a/y a/z", "c/q", "a/x a/y a/z"],
  ["in the own tenant, whoever has the most", "a/x a/x a/x b/z b/z", "a/y", "a/x a/x a/x"],
  ["nobody, for who has the most", "a/x a/x a/x", "a/x", ""],
  ["nobody, where places would only go to and fro", "a/x a/x b/y b/y", "b/y", ""],
])("%s: %s, and %s comes", (_, taken, coming, goes) => {
  expect(whoGoes(taken, coming)).toBe(goes);
});
