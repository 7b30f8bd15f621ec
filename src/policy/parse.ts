import { digest, isObject, type Json, member } from "../call/json.ts";
import { nearest } from "../document/nearest.ts";
import { type Problem, Problems, tellable } from "../document/problem.ts";
import { examine } from "../document/read.ts";
import { BUILT_IN } from "./built-in.ts";
import { type Condition, parseCondition } from "./condition.ts";
import { effectOf, type Reading } from "./effect.ts";
import { alternatives } from "./glob.ts";
import { impossibilities, type Known } from "./impossible.ts";
import { type Match, MATCH_KEYS, type Rule, type RuleSet, type Source } from "./rule.ts";
import { policySchema, type RuleDocument } from "./schema.ts";
import { rulesIn, testOf } from "./written-test.ts";

function matchOf(written: RuleDocument["match"], index: number, { document, problems }: Reading): Match {
  const match: Record<string, readonly string[]> = {};
  for (const key of MATCH_KEYS) {
    const value = written?.[key];
    if (value === undefined) continue;
    const globs = alternatives(value).map((glob) => (key === "classification" ? glob.toLowerCase() : glob));
    if (globs.includes("")) {
      problems.push(
        document.problem(["rules", index, "match", key], "an alternative is empty, and nothing has no name"),
      );
    }
    match[key] = Object.freeze(globs);
  }
  return Object.freeze(match);
}

function conditionOf(
  when: string,
  index: number,
  { document, problems }: Reading,
  base: string | undefined,
): Condition | undefined {
  const condition = parseCondition(when, base);
  if (!("fault" in condition)) return condition;
  const { message, hint, offset, length } = condition.fault;
  problems.push(document.problem(["rules", index, "when"], message, hint, { offset, length }));
  return undefined;
}

function ruleOf(written: RuleDocument, index: number, known: Known, reading: Reading): Rule {
  const { file, document, problems } = reading;
  if ((BUILT_IN as readonly string[]).includes(written.name)) {
    problems.push(
      document.problem(["rules", index, "name"], `"${written.name}" is the name of a built-in rule`),
    );
  }
  const match = matchOf(written.match, index, reading);
  const effect = effectOf(written, index, match, known, reading);
  for (const { key, message, hint } of impossibilities(match, effect.kind, known)) {
    problems.push(document.problem(["rules", index, "match", key], message, hint));
  }
  return Object.freeze<Rule>({
    name: written.name,
    at: `${file}:${document.at(["rules", index]).line}`,
    match,
    when: written.when === undefined ? undefined : conditionOf(written.when, index, reading, known.root),
    effect: Object.freeze(effect),
  });
}

/** Names of rules as they are written, those of rules with a wrong shape too. */
function namesIn(raw: unknown): readonly string[] {
  const rules = isObject(raw) ? raw["rules"] : undefined;
  if (!Array.isArray(rules)) return [];
  return rules.flatMap((rule: Json) => {
    const name = member(rule, "name");
    return typeof name === "string" ? [name] : [];
  });
}

/** What only all the files together show: a name that is there twice, a test of a rule that is not there, two defaults. */
function together(readings: readonly Reading[], all: boolean, { voters = [], deny_by }: Known): void {
  const places = new Map<string, string>();
  let verdict: { readonly is: string; readonly at: string } | undefined;
  for (const { file, document, problems } of readings) {
    for (const [index, { name }] of (document.value.rules ?? []).entries()) {
      const path = ["rules", index, "name"];
      const before = places.get(name);
      if (voters.includes(name)) {
        const message = `"${name}" is the name of a voter`;
        problems.push(document.problem(path, message, "records and refusals could not tell them apart"));
      }
      if (before === undefined) places.set(name, `${file}:${document.at(path).line}`);
      else
        problems.push(
          document.problem(path, `a rule of this name stands at ${before}`, "names are unique in a policy"),
        );
    }
    const is = document.value.defaults?.verdict;
    if (is === undefined) continue;
    const path = ["defaults", "verdict"];
    if (is === "allow" && deny_by !== undefined)
      problems.push(
        document.problem(path, `under the preset ${deny_by} what no rule allows is refused`, "take it out"),
      );
    if (verdict !== undefined && verdict.is !== is)
      problems.push(document.problem(path, `${verdict.at} says ${verdict.is}`));
    verdict ??= { is, at: `${file}:${document.at(path).line}` };
  }
  // A rule in a file that cannot be read may have any name.
  if (!all) return;
  const written = readings.flatMap(({ document }) => namesIn(document.raw));
  const names = [...places.keys(), ...written, ...BUILT_IN, ...voters];
  for (const { document, problems } of readings) {
    for (const [index, written] of (document.value.tests ?? []).entries())
      for (const [path, name] of rulesIn(written)) {
        if (names.includes(name)) continue;
        const near = nearest(name, names);
        const hint = near === undefined ? undefined : `did you mean "${near}"?`;
        problems.push(document.problem(["tests", index, ...path], `no rule is called "${name}"`, hint));
      }
  }
}

function read({ file, text }: Source): Reading | readonly Problem[] {
  try {
    const document = examine(file, text, policySchema);
    return { file, document, problems: [...document.problems] };
  } catch (error) {
    if (error instanceof Problems) return error.problems;
    throw error;
  }
}

/**
 * Reads policy files. `known` are names that exist beside them; a rule that only names others can never match.
 * Throws Problems with everything that is wrong in any of the files, in their order.
 */
export function parsePolicy(sources: readonly Source[], known: Known = {}): RuleSet {
  const results = sources.map(read);
  const readings = results.filter((result) => "document" in result);
  const rules = readings.flatMap((reading) =>
    (reading.document.value.rules ?? []).map((rule, index) => ruleOf(rule, index, known, reading)),
  );
  const tests = readings.flatMap((reading) =>
    (reading.document.value.tests ?? []).map((test, index) => testOf(test, index, reading)),
  );
  together(readings, readings.length === results.length, known);
  const problems = results.flatMap((result) => ("document" in result ? tellable(result.problems) : result));
  if (problems.length > 0) throw new Problems(problems);
  return Object.freeze<RuleSet>({
    version: digest(sources.map(({ text }) => text)),
    default:
      readings.map(({ document }) => document.value.defaults?.verdict).find((is) => is !== undefined) ??
      "deny",
    rules: Object.freeze(rules),
    tests: Object.freeze(tests),
  });
}
