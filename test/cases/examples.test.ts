import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { mutationsOf } from "../../src/policy/mutation.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { runTests } from "../../src/policy/test-run.ts";

const folder = "examples/policies";

describe.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("%s", (file) => {
  const source = { file, text: readFileSync(`${folder}/${file}`, "utf8") };
  const options = { resourceArgs: (): readonly string[] => DEFAULT_RESOURCE_ARGS };
  const now = Date.parse("2026-11-20T10:00:00Z");
  const run = runTests([source], options, now);
  test.each(run.results)("$name", ({ passed, diff }) => {
    expect(diff.join("\n")).toBe("");
    expect(passed).toBe(true);
  });
  test("every rule is tested", () => {
    expect(run.untested).toEqual([]);
  });
  test("no mistake in a rule goes unnoticed", () => {
    expect(mutationsOf(parsePolicy([source]), options, now).survivors).toEqual([]);
  });
});
