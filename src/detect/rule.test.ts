import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMMAND_ANYWHERE, COMMAND_FRAGMENTS, COMMAND_PROBES } from "./command/rules.ts";
import { TEMPLATES } from "./command/templates.ts";
import { PATHS } from "./path/rules.ts";
import { type Rule, rulesOf, surest } from "./rule.ts";
import { SQL_ANYWHERE, SQL_FRAGMENTS, SQL_UNNAMED } from "./sql/rules.ts";

const SHIPPED: Readonly<Record<string, readonly Rule[]>> = {
  sql: [...SQL_ANYWHERE, ...SQL_FRAGMENTS],
  statements: [...SQL_ANYWHERE, ...SQL_UNNAMED],
  command: [...COMMAND_ANYWHERE, ...COMMAND_FRAGMENTS, ...COMMAND_PROBES, ...TEMPLATES],
  path: PATHS,
};

/** What payloads are made of. */
const PIECES =
  "' \" ` ´ ’ ) ( ; | || & && -- # /* */ $( ${ {{ }} %0a %2e%2e%2f ../ ..\\ / \\ \\x41\\x42 \n \u0000 = < > 1 0x41 or and union select from where having sleep( waitfor delay " +
  "order by limit exec drop table cat ls id whoami /etc/passwd /bin/sh curl http:// rm -rf {7*7} __class__ <!entity system $ne this. users a b , @@version version() information_schema. ∕ ．";
const text = fc
  .array(fc.constantFrom(...PIECES.split(" "), " ", "  "), { maxLength: 12 })
  .map((parts) => parts.join(""));

test.each(Object.entries(SHIPPED))(
  "what is left out of %s by its words would not have been found",
  (_, rules) => {
    const quick = rulesOf(rules);
    const slow = rulesOf(
      rules.map((rule) => ({
        ...rule,
        needs: Array.from(" !\"#$%&'()*+,-./0123456789:;<=>?@[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~\n\0"),
      })),
    );
    fc.assert(
      fc.property(text, (one) => {
        expect(surest(quick, one, "sql_injection")).toEqual(surest(slow, one, "sql_injection"));
      }),
      { numRuns: 400 },
    );
  },
);

const rule = (more: Partial<Rule> & Pick<Rule, "pattern">): Rule => ({
  kind: "k",
  score: 0.9,
  why: "w",
  needs: ["x"],
  ...more,
});
const found = (rules: readonly Rule[], one: string): number | undefined =>
  surest(rulesOf(rules), one, "sql_injection")?.score;

describe("rules", () => {
  test("the surest answers, whatever the order", () => {
    const rules = [rule({ pattern: /x/, score: 0.5 }), rule({ pattern: /xy/, score: 0.8 })];
    expect(found(rules, "xy")).toBe(0.8);
    expect(found(rules.toReversed(), "xy")).toBe(0.8);
    expect(found(rules, "x")).toBe(0.5);
    expect(found(rules, "")).toBeUndefined();
  });

  test("what must break out does not where the text opened it", () => {
    const quote = rule({ pattern: /' or/, needs: ["'"], breaks: true });
    expect(found([quote], "x' or 1")).toBe(0.9);
    expect(found([quote], "a = 'x' or b")).toBeUndefined();
    expect(found([quote], "a = 'x' or b' or")).toBe(0.9);
  });

  test("what was found is looked at once more, at each place", () => {
    const even = rule({ pattern: /x\d/, holds: (one) => Number(one.slice(1)) % 2 === 0 });
    expect(found([even], "x1 x3")).toBeUndefined();
    expect(found([even], "x1 x3 x4")).toBe(0.9);
  });

  test("a list has bounds", () => {
    expect(() => rulesOf(Array.from({ length: 32 }, () => rule({ pattern: /x/ })))).toThrow(RangeError);
  });
});
