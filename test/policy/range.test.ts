import fc from "fast-check";
import { expect, test } from "vitest";
import { levelled } from "../../src/policy/levels.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { policyOf } from "../../src/policy/compile.ts";
import { grantedUnder, textOf } from "./compare.ts";
import { calls, findings } from "./generated-calls.ts";
import { grants, policies } from "./generated-policies.ts";
import { RESOURCE_ARGS } from "./naive.ts";
import { BASE } from "./conditions.ts";

const KNOWN = { root: BASE };

test("no call of a tool gets a verdict that is not in its range, whatever its arguments, the time and findings", () => {
  const seen = new Map<string, number>();
  const property = fc.property(
    policies,
    policies,
    grants,
    fc.array(fc.tuple(calls, findings), { minLength: 12, maxLength: 12 }),
    (written, other, given, asked) => {
      const set = parsePolicy([{ file: "p.yaml", text: textOf(written) }], KNOWN);
      const own = policyOf(set, () => RESOURCE_ARGS);
      const below = policyOf(
        parsePolicy([{ file: "q.yaml", text: textOf(other) }], KNOWN),
        () => RESOURCE_ARGS,
      );
      const granted = grantedUnder(set, given);
      for (const policy of [own, levelled(own, [{ name: "acme", policy: below }])])
        for (const [call, found] of asked) {
          if (call.target.kind !== "tool" || call.method !== "tools/call") continue;
          const held = granted.at(call);
          const { verdict } = { verdict: policy.judge(call, found, held) };
          const range = policy.range(call.principal, call.server, call.target, held.length > 0);
          const told = range.verdicts.length === 1 ? `only ${range.verdicts[0]}` : "depends";
          seen.set(told, (seen.get(told) ?? 0) + 1);
          expect(range.verdicts).toContain(verdict.kind);
          if (range.verdicts.length > 1) expect(range.on.length).toBeGreaterThan(0);
          if (verdict.kind !== "deny" && verdict.charges !== undefined)
            expect(range.limits).toEqual(expect.arrayContaining(verdict.charges.map(({ rule }) => rule)));
        }
    },
  );
  fc.assert(property, { numRuns: 300 });
  // A range that never said anything would be right as well.
  expect([...seen.keys()].toSorted()).toEqual(["depends", "only allow", "only deny", "only hold"]);
  expect((seen.get("depends") ?? 0) / [...seen.values()].reduce((sum, each) => sum + each)).toBeLessThan(0.8);
});
