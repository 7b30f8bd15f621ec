import { type Acting, rollback as rolledBack } from "../../rollout/act.ts";
import { readied } from "../../rollout/ready.ts";
import { Failure } from "../failure.ts";
import { say, tell } from "../say.ts";
import { short, tellActed, withPolicies } from "./acting.ts";

/** The one version that begins so. */
async function named({ policies }: Acting, text: string): Promise<string> {
  const [found, other] = await policies.versions(text.startsWith("sha256:") ? text : `sha256:${text}`, 2);
  if (found === undefined)
    throw new Failure(
      1,
      `no version ${JSON.stringify(text)} was ever in force here`,
      "portcullis policy versions",
    );
  if (other !== undefined)
    throw new Failure(1, `several versions begin with ${JSON.stringify(text)}`, "write more of it");
  return found.version;
}

/**
 * `portcullis policy rollback`: takes back what is on its way, or puts an earlier version in force. Exit 2 where that cannot
 * be put in force under the configuration as it is, 1 where there is none.
 */
export async function rollback(
  words: readonly string[],
  options: Readonly<Record<string, unknown>>,
): Promise<number> {
  const [text] = words;
  const acted = await withPolicies(options, async (acting, reading) => {
    const version = text === undefined ? undefined : await named(acting, text);
    const kept = version === undefined ? undefined : await acting.policies.get(version);
    if (kept !== undefined) readied(kept.texts, reading, acting.now());
    return await rolledBack(acting, version);
  });
  return await tellActed(
    acted,
    options,
    ({ from, to }) => {
      say("ok", `${short(to)} is in force again for everybody; ${short(from)} is taken back`);
      tell("Next  portcullis policy versions --changes");
    },
    (version) => say("ok", `${short(version)} is in force already`),
  );
}
