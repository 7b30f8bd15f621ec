import { printable } from "../../document/render.ts";
import { type Difference, differenceOf, type RuleChange } from "../../policy/difference.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { printReport, report, reportLines } from "./replay.ts";
import { ruleSet } from "./sets.ts";

type Options = Readonly<Record<string, unknown>>;

const MARKS = { added: "+", removed: "-", changed: "~", renamed: "~" } as const;

function ruleLines({ kind, name, was, at, parts }: RuleChange): readonly string[] {
  const head = kind === "renamed" ? `${name}, before: ${was}` : name;
  return [
    `${MARKS[kind]} rule ${head}  ${at}`,
    ...parts.map(({ part, before, after }) => {
      if (kind === "changed") return `    ${part}: ${before ?? "(nothing)"} → ${after ?? "(nothing)"}`;
      return `    ${part}: ${after ?? before ?? ""}`;
    }),
  ];
}

function lines({ default: verdict, rules, tests }: Difference): readonly string[] {
  return [
    ...(verdict === undefined ? [] : [`~ ${verdict.part}: ${verdict.before} → ${verdict.after}`]),
    ...rules.flatMap(ruleLines),
    ...tests.map(({ kind, name, at }) => `${MARKS[kind]} test ${name}  ${at}`),
  ].map((line) => printable(line));
}

async function printDifference({ default: verdict, rules, tests }: Difference): Promise<void> {
  if (verdict !== undefined) await print(jsonLine({ kind: "default", ...verdict }));
  for (const { kind, ...rule } of rules) await print(jsonLine({ kind: "rule", change: kind, ...rule }));
  for (const { kind, ...test } of tests) await print(jsonLine({ kind: "test", change: kind, ...test }));
}

/**
 * `portcullis policy diff A B`: what B says differently, from the configuration's policy where A is left out; with `--since` also which recorded calls it decides differently.
 * Files, folders, or versions in the store. Exit 1 only where that is asked for.
 */
export async function diff([first = "", second, more]: readonly string[], options: Options): Promise<number> {
  if (more !== undefined)
    throw new Failure(2, "two policies are compared: the one before, and the one after");
  const before = await ruleSet(second === undefined ? [] : [first], options);
  const after = await ruleSet([second ?? first], options);
  const found = differenceOf(before, after);
  const same = found.default === undefined && found.rules.length === 0 && found.tests.length === 0;
  const again = options["since"] === undefined ? undefined : await report({ before, after }, options);
  if (options["json"] === true) {
    await printDifference(found);
    if (again !== undefined) await printReport(again);
  } else {
    for (const line of same ? ["They say the same."] : lines(found)) await print(line);
    if (again !== undefined) for (const line of ["", ...reportLines(again)]) await print(line);
  }
  return options["failOnChange"] === true && (!same || (again?.changed ?? 0) > 0) ? 1 : 0;
}
