import { describe, expect, test } from "vitest";
import { COMMAND_ANYWHERE, COMMAND_FRAGMENTS, COMMAND_PROBES } from "./command/rules.ts";
import { TEMPLATES } from "./command/templates.ts";
import { PATHS } from "./path/rules.ts";
import { CLOUD_FORMATS } from "./secrets/cloud-formats.ts";
import { CODE_FORMATS } from "./secrets/code-formats.ts";
import { INFIXES } from "./secrets/infix.ts";
import { SERVICE_FORMATS } from "./secrets/service-formats.ts";
import { SQL_ANYWHERE, SQL_FRAGMENTS, SQL_UNNAMED } from "./sql/rules.ts";

/** The repetitions of a pattern that have no upper bound. */
function unbounded(source: string): readonly string[] {
  const bare = source.replaceAll(/\\u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\./gi, "e").replaceAll(/\[[^\]]*\]/g, "c");
  return [...bare.matchAll(/[^{(|][*+](?!\?\))|\{\d+,\}/g)].map(([found]) => found);
}

const rules = [
  ...SQL_ANYWHERE,
  ...SQL_FRAGMENTS,
  ...SQL_UNNAMED,
  ...COMMAND_ANYWHERE,
  ...COMMAND_FRAGMENTS,
  ...COMMAND_PROBES,
  ...TEMPLATES,
  ...PATHS,
];

describe("what is repeated has a bound, so that the work at one place does not grow with the text", () => {
  test("the check sees what has none", () => {
    expect(unbounded(String.raw`a\s*b`)).toHaveLength(1);
    expect(unbounded(String.raw`[^x]+`)).toHaveLength(1);
    expect(unbounded(String.raw`(?:ab){2,}`)).toHaveLength(1);
    expect(unbounded(String.raw`\*\+[*+]a{0,3}`)).toEqual([]);
  });

  test.each(rules.map(({ kind, why, pattern }) => [`${kind}: ${why}`, pattern.source] as const))(
    "%s",
    (_, source) => {
      expect(unbounded(source)).toEqual([]);
    },
  );

  test("forms of secrets", () => {
    const all = [...CLOUD_FORMATS, ...CODE_FORMATS, ...SERVICE_FORMATS, ...INFIXES];
    expect(all.length).toBeGreaterThan(200);
    expect(all.filter(({ pattern }) => unbounded(pattern.source).length > 0)).toEqual([]);
  });
});
