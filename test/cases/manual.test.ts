import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { DEFAULT_RESOURCE_ARGS } from "../../src/config/config.ts";
import { Problems } from "../../src/document/problem.ts";
import { runTests } from "../../src/policy/test-run.ts";

const manual = readFileSync(new URL("../../docs/POLICY.md", import.meta.url), "utf8");
const blocks = Array.from(
  manual.matchAll(/^```(\S+)( refused)?\n(.*?)^```$/gms),
  ([, language, refused, text]) => ({
    language,
    refused: refused !== undefined,
    text: text ?? "",
  }),
);
const options = { resourceArgs: (): readonly string[] => DEFAULT_RESOURCE_ARGS };

const examples = blocks.filter(({ language, refused }) => language === "yaml" && !refused);
test.each(examples)(
  "an example of the manual does what its tests say, and they test all of it: $text",
  ({ text }) => {
    const run = runTests([{ file: "policy.yaml", text }], options, 0);
    expect(run.results.flatMap(({ diff }) => diff)).toEqual([]);
    expect(run.untested.map(({ name }) => name)).toEqual(text.includes("read-files") ? ["read-files"] : []);
  },
);

const mistakes = blocks.flatMap(({ refused, text }, index) =>
  refused ? [{ text, message: blocks[index + 1]?.text ?? "" }] : [],
);
test.each(mistakes)(
  "a mistake of the manual is refused in the words of the manual: $text",
  ({ text, message }) => {
    const run = (): unknown => runTests([{ file: "policy.yaml", text }], options, 0);
    expect(run).toThrow(Problems);
    expect(run).toThrow(message.trim());
  },
);

test("the manual has its examples", () => {
  expect([examples.length, mistakes.length, blocks.length]).toEqual([12, 2, 17]);
});
