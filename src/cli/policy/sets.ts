import { findConfig, loadPolicyPlace } from "../../config/load.ts";
import { parsePolicy } from "../../policy/parse.ts";
import type { RuleSet } from "../../policy/rule.ts";
import { inForceNow } from "../../rollout/act.ts";
import { Failure } from "../failure.ts";
import { withJournal } from "../records/records.ts";
import { policyOptions, policyTexts } from "./files.ts";

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
  // It may name servers that are no longer configured.
  const { servers: _, ...known } = policyOptions(options);
  return parsePolicy(texts, known);
}

/** The version that was applied, where a configuration leaves its policy to the store. */
async function applied(options: Options): Promise<string | undefined> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined || loadPolicyPlace({ file }).policy_from.kind !== "store") return undefined;
  return await withJournal(
    options,
    async (_, { policies }) => (await inForceNow({ policies, own: undefined })).version,
  );
}

/**
 * The rules of files and folders, or of one version that is in the store; of the configuration where nothing is named.
 * Throws Problems with everything that is wrong in them.
 */
export async function ruleSet(names: readonly string[], options: Options): Promise<RuleSet> {
  const [only] = names;
  if (only !== undefined && names.length === 1 && VERSION.test(only)) return await stored(only, options);
  const version = only === undefined ? await applied(options) : undefined;
  if (version !== undefined) return await stored(version, options);
  const texts = policyTexts(names, options);
  return parsePolicy(texts.sources, texts.options);
}
