import { resolve } from "node:path";
import { DEFAULT_RESOURCE_ARGS } from "../config/config.ts";
import { readPolicyFiles } from "../config/policy-files.ts";
import type { Policy } from "../policy/policy.ts";
import type { Source } from "../policy/rule.ts";
import type { PolicyInput } from "../policy/schema.ts";
import { readied } from "../rollout/ready.ts";

/** A policy file or folder, several of them, or what stands in such a file as an object. */
export type PolicyGiven = string | readonly string[] | PolicyInput;

function sourcesOf(given: PolicyGiven): readonly Source[] {
  if (typeof given === "string") return readPolicyFiles([resolve(given)]);
  if (isList(given)) return readPolicyFiles(given.map((path) => resolve(path)));
  // YAML takes JSON, so an object is read and checked as a file is.
  return [{ file: "policy", text: JSON.stringify(given, undefined, 2) }];
}

function isList(given: PolicyGiven): given is readonly string[] {
  return Array.isArray(given);
}

/** The policy, ready to judge. Throws Problems where it cannot be read, and where a test that stands in it fails. */
export function policyGiven(given: PolicyGiven): Policy {
  const sources = sourcesOf(given);
  const options = { resourceArgs: () => DEFAULT_RESOURCE_ARGS, root: process.cwd() };
  return readied(sources, options, Date.now()).policy;
}
