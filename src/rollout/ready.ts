import type { Ask } from "../call/ask.ts";
import type { Instant } from "../call/id.ts";
import { problemOf, Problems } from "../document/problem.ts";
import { type CompileOptions, policyOf } from "../policy/compile.ts";
import { parsePolicy } from "../policy/parse.ts";
import type { Policy } from "../policy/policy.ts";
import type { Source } from "../policy/rule.ts";
import { MAX_TEXTS, textsJson } from "../store/policies.ts";
import { runTests } from "../policy/test-run.ts";

/** A version that may be put in force: it was read, and its own tests pass. */
export interface Ready {
  readonly policy: Policy;
  readonly sources: readonly Source[];
  readonly rules: number;
  readonly tests: number;
  /** What its rules ask of people. */
  readonly asks: readonly Ask[];
}

/** Throws Problems where texts are more than a store keeps of a version. */
export function bounded(sources: readonly Source[]): void {
  if (textsJson(sources).length <= MAX_TEXTS) return;
  const most = `more than ${MAX_TEXTS / 1024 / 1024} MiB, which is what is kept of a version`;
  throw new Problems([problemOf("policy", most, "leave out what is not needed")]);
}

/** Makes texts ready to judge. Throws Problems with what is wrong in them, or with each of their tests that fails. */
export function readied(sources: readonly Source[], options: CompileOptions, now: Instant): Ready {
  bounded(sources);
  const set = parsePolicy(sources, options);
  const { results } = runTests(sources, options, now);
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    throw new Problems(
      failed.map(({ at, name, diff }) =>
        problemOf(at, `the test "${name}" fails: ${diff.slice(0, 2).join(", ")}`, "portcullis policy test"),
      ),
    );
  }
  return {
    policy: policyOf(set, options.resourceArgs),
    sources,
    rules: set.rules.length,
    tests: results.length,
    asks: set.rules.flatMap(({ effect }) =>
      effect.kind === "ask" ? [effect.ask] : effect.kind === "access" ? [effect.access] : [],
    ),
  };
}
