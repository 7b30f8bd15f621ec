import { parsePolicy } from "../policy/parse.ts";
import type { RuleSet } from "../policy/rule.ts";
import { Failure } from "./failure.ts";
import { policyOptions, policyTexts } from "./policy-files.ts";
import { withJournal } from "./records.ts";

type Options = Readonly<Record<string, unknown>>;

/** `sha256:` and enough of a digest to mean one version. */
const VERSION = /^sha256:[0-9a-f]{6,64}$/;

/** The rules of a version that is in the store. Throws Failure where none, or several, begin so. */
async function stored(version: string, options: Options): Promise<RuleSet> {
  const texts = await withJournal(options, async (_, { policies }) => {
    const [found, other] = await policies.versions(version, 2);
    if (found === undefined)
      throw new Failure(1, `the store has no policy ${version}`, "portcullis policy versions");
    if (other !== undefined)
      throw new Failure(2, `several versions begin with ${version}`, "write more of it");
    return (await policies.get(found.version))?.texts ?? [];
  });
  const { root } = policyOptions(options);
  // It may name servers that are no longer configured.
  return parsePolicy(texts, root === undefined ? {} : { root });
}

/**
 * The rules of files and folders, or of one version that is in the store; of the configuration where nothing is named.
 * Throws Problems with everything that is wrong in them.
 */
export async function ruleSet(names: readonly string[], options: Options): Promise<RuleSet> {
  const [only] = names;
  if (only !== undefined && names.length === 1 && VERSION.test(only)) return await stored(only, options);
  const texts = policyTexts(names, options);
  return parsePolicy(texts.sources, texts.options);
}
