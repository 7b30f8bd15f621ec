import { expect, test } from "vitest";
import { parseCondition } from "./condition.ts";

test.each([
  ['args.path.startWith("/srv")', 'did you mean "startsWith"?'],
  ['args.path.contain("x")', 'did you mean "contains"?'],
  ['args.path = "x"', "write == to compare"],
  ['args.path === "x"', "write =="],
  ["args.a == 1 and args.b == 2", "write && for and"],
  ["args.a == 1 or args.b == 2", "write || for or"],
  ["not args.a", "write ! for not, as in !(…)"],
  ['args.a like "x"', "write args.name.contains(…) or args.name.matches(…)"],
  ["args.path.frobnicate()", undefined],
  ["args.and ==", undefined],
])("%s is answered with: %s", (text, hint) => {
  expect(parseCondition(text)).toMatchObject({ fault: { hint } });
});

test("words that only look like another language's are left alone", () => {
  expect(parseCondition('args.and == "or"')).not.toHaveProperty("fault");
});
