import type { Config } from "../config/config.ts";
import { readPolicyFiles } from "../config/policy-files.ts";
import { policyOf } from "../policy/compile.ts";
import { parsePolicy } from "../policy/parse.ts";
import type { Policy } from "../policy/policy.ts";
import { runTests } from "../policy/test-run.ts";
import { dirname } from "node:path";
import { Failure } from "./failure.ts";
import { optionsOf } from "./policy-files.ts";

export interface InForce {
  readonly policy: Policy;
  /** `7 rules, 5 tests pass`. */
  readonly summary: string;
}

/** The policy of a configuration, ready to judge. Throws Problems where it cannot be read, Failure where its own tests fail. */
export function policyInForce(config: Config): InForce {
  const sources = readPolicyFiles(config.policy);
  const root = config.file === undefined ? process.cwd() : dirname(config.file);
  const options = optionsOf(
    Object.fromEntries(config.servers.map(({ name, resource_args }) => [name, resource_args])),
    root,
    config.voters.map(({ name }) => name),
  );
  const rules = parsePolicy(sources, options);
  const { results } = runTests(sources, options, Date.now());
  const failed = results.filter(({ passed }) => !passed);
  if (failed.length > 0) {
    throw new Failure(
      2,
      `${failed.length} of ${results.length} tests of the policy fail, so it is not put in force`,
      "portcullis policy test",
    );
  }
  return {
    policy: policyOf(rules, options.resourceArgs),
    summary: `${rules.rules.length} rules, ${results.length} tests pass`,
  };
}
