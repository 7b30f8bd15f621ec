import type { Instant } from "../../call/id.ts";
import type { Refusal } from "../../call/verdict.ts";
import { Problems } from "../../document/problem.ts";
import { printable } from "../../document/render.ts";
import { parsePolicy } from "../../policy/parse.ts";
import { passingCalls, runTests, type Voted } from "../../policy/test-run.ts";
import { jsonLine, print } from "../out.ts";
import { say, tell } from "../say.ts";
import { type PolicyTexts, policyTexts } from "./files.ts";
import { gapsOf, printGaps, tellGaps } from "./gaps.ts";
import { askedVoters } from "./voters.ts";

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The problems of a policy as lines of JSON, where they are asked for so; otherwise they throw on. Exit 2. */
async function problemLines(error: unknown, options: Readonly<Record<string, unknown>>): Promise<number> {
  if (!(error instanceof Problems) || options["json"] !== true) throw error;
  for (const { file, line, column, length, message, hint } of error.problems)
    await print(jsonLine({ ok: false, file, line, column, length, message, hint: hint ?? null }));
  return 2;
}

/** `portcullis policy check`: what was read, or every problem with its place (exit 2). */
export async function check(
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  try {
    return await checked(files, options);
  } catch (error) {
    return await problemLines(error, options);
  }
}

async function checked(
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const texts = policyTexts(files, options);
  const { rules, tests, version } = parsePolicy(texts.sources, texts.options);
  if (options["json"] === true) {
    const read = texts.sources.map(({ file }) => file);
    await print(jsonLine({ ok: true, version, files: read, rules: rules.length, tests: tests.length }));
    return 0;
  }
  say(
    "ok",
    `${counted(rules.length, "rule")}, ${counted(tests.length, "test")} in ${counted(texts.sources.length, "file")}: ${texts.sources.map(({ file }) => file).join(", ")}`,
  );
  tell("Next  portcullis policy test");
  return 0;
}

/** `portcullis policy test`: each test that fails with its place and what came instead (exit 1), and what no test reaches. */
export async function test(
  files: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  try {
    return await tested(files, options);
  } catch (error) {
    return await problemLines(error, options);
  }
}

/** What the voters say of the calls of tests that policy does not refuse. */
async function voted(
  texts: PolicyTexts,
  options: Readonly<Record<string, unknown>>,
  now: Instant,
): Promise<Voted> {
  const { voters, names } = await askedVoters(texts, options);
  const refusals = new Map<string, Refusal>();
  try {
    for (const { at, call } of names.length === 0 ? [] : passingCalls(texts.sources, texts.options, now)) {
      const { refusal } = await voters.tighten(call);
      if (refusal !== undefined) refusals.set(at, refusal);
    }
    return { asked: new Set(names), refusals };
  } finally {
    await voters.close();
  }
}

async function tested(files: readonly string[], options: Readonly<Record<string, unknown>>): Promise<number> {
  const texts = policyTexts(files, options);
  const now = Date.now();
  const run = runTests(texts.sources, texts.options, now, await voted(texts, options, now));
  const failed = run.results.filter((result) => !result.passed);
  const gaps = failed.length === 0 && run.results.length > 0 ? gapsOf(texts, now) : undefined;
  const least = (options["minScore"] as number | undefined) ?? 0;
  const code = failed.length === 0 && (gaps?.score ?? 0) >= least ? 0 : 1;
  if (options["json"] === true) {
    for (const result of run.results) await print(jsonLine({ kind: "test", ...result }));
    if (gaps !== undefined) await printGaps(gaps);
    return code;
  }
  for (const { at, name, diff } of failed) {
    say("fail", `${at}  ${printable(name)}`);
    for (const line of diff) tell(`       ${printable(line)}`);
  }
  if (run.unasked > 0)
    say("warn", `${counted(run.unasked, "test")} left out, about voters that are asked with --voters only`);
  const covered = `${run.rules - run.untested.length} of ${counted(run.rules, "rule")} tested`;
  if (gaps === undefined)
    for (const { at, name } of run.untested) say("warn", `${at}  no test reaches the rule ${name}`);
  else tellGaps(gaps);
  if (failed.length === 0) say("ok", `${counted(run.results.length, "test")} passed, ${covered}`);
  else tell(`${failed.length} of ${counted(run.results.length, "test")} failed, ${covered}`);
  if (failed.length === 0 && code === 1)
    say("fail", `the score is ${gaps?.score ?? 0}, at least ${least} is wanted`);
  return code;
}
