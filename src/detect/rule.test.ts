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
const SIGNS =
  "' \" ` ´ ’ ) ( ; | || & && -- # /* */ $( ${ {{ }} % / \\ \n \u0000 = < > 1 or and a b x , @ . ∕ ．".split(
    " ",
  );
const WORDS = [
  ..."sleep(5) benchmark(9,1) pg_sleep(5) randomblob(9999999) load_file('a') version() @@version sysobjects ../ ..\\ ../../../ %2e%2e%2f %c0%af ..%00 %00.jpg id_rsa".split(
    " ",
  ),
  ..."/etc/passwd /etc/hosts c:\\boot.ini \\\\host\\share .htpasswd whoami `id` $(id) /bin/sh w\\hoami {cat,/etc} /???/c?t $IFS 2>&1 ${7*7} {{7*7}} __class__.__mro__ ${jndi:ldap".split(
    " ",
  ),
  ..."$ne this.a=='b' db.users.find( --exec=x mkfs /dev/sda () subprocess.run(".split(" "),
  "union select 1",
  "minus select 1",
  "order by 3--",
  "having 1=1",
  "limit 1,1 --",
  "drop table x;",
  "insert into t values(",
  "exec master",
  "waitfor delay '0'",
  "into outfile",
  "select a from b",
  "case when 1 then 2",
  "1 or 1=1",
  "' or 'a'='a",
  "';return true",
  "concat(0x7e,",
  "cat /etc/shadow",
  "rm -rf /",
  "bash -i",
  "curl x|sh",
  "os.system('id')",
  "{% import os %}",
  "<% system",
  "<!ENTITY a SYSTEM",
  "<!DOCTYPE a [",
  "() { :; };",
  "xp_cmdshell",
  "1 + randomblob",
  "geometrycollection",
  "raise_application_error",
  "kernel.exec",
  "io.popen",
  "[ assign",
  "{ system x}{/",
  "<xsl:value-of select=php:function",
];
const text = fc
  .array(fc.oneof(fc.constantFrom(...SIGNS, " "), fc.constantFrom(...WORDS)), { maxLength: 8 })
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
    const compare = (one: string): void => {
      expect(surest(quick, one, "sql_injection")).toEqual(surest(slow, one, "sql_injection"));
    };
    for (const word of WORDS) compare(word);
    fc.assert(fc.property(text, compare), { numRuns: 400 });
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
