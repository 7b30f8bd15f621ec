import fc from "fast-check";
import { expect, test } from "vitest";
import { agreement, type Tally } from "./compare.ts";

test("policies and calls get the verdict, the questions and the charges that the manual gives them", () => {
  const tally: Tally = { compared: 0, verdicts: new Map() };
  fc.assert(agreement(tally), { numRuns: 400 });
  expect(tally.compared).toBeGreaterThanOrEqual(16_000);
  // A run that saw only one outcome would show little.
  expect([...tally.verdicts.keys()].toSorted()).toEqual([
    "allow by a grant",
    "allow by a rule",
    "allow default",
    "deny by a rule",
    "deny condition-failed",
    "deny default",
    "deny inexact-number",
    "deny uncountable",
    "hold by a rule",
  ]);
});
