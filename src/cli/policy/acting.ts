import { userInfo } from "node:os";
import { findConfig, loadPolicyPlace, loadRecords } from "../../config/load.ts";
import type { CompileOptions } from "../../policy/compile.ts";
import { parsePolicy } from "../../policy/parse.ts";
import { openRecords } from "../../privacy/open.ts";
import type { Acted, Acting } from "../../rollout/act.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { policyOptions, policyTexts } from "./files.ts";

type Options = Readonly<Record<string, unknown>>;

const MESSAGE_CHARS = 500;

/** Version of the configuration's own policy; undefined where it has none, and what was applied decides alone. */
function ownOf(options: Options, file: string): string | undefined {
  if (loadPolicyPlace({ file }).policy_from.kind === "store") return undefined;
  const { sources, options: reading } = policyTexts([], options);
  return parsePolicy(sources, reading).version;
}

/** Works on the policy of a configuration's gates, in its store. */
export async function withPolicies<T>(
  options: Options,
  work: (acting: Acting, reading: CompileOptions) => Promise<T>,
): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined)
    throw new Failure(
      2,
      "no gate to change: there is no portcullis.yaml here",
      "name a configuration with --config",
    );
  const own = ownOf(options, file);
  const message = ((options["message"] as string | undefined) ?? "").slice(0, MESSAGE_CHARS).toWellFormed();
  const store = await openRecords(loadRecords({ file }));
  try {
    const acting = { policies: store.policies, own, who: userInfo().username, message, now: Date.now };
    return await work(acting, policyOptions(options));
  } finally {
    await store.close();
  }
}

/** A digest as it is shown: enough of it to name it. */
export function short(version: string): string {
  return version.slice(0, "sha256:".length + 12);
}

/** Says what came of it: as JSON where that is asked for, else by `words`. Exit 1 and the way out where it was refused. */
export async function tellActed(
  acted: Acted,
  options: Options,
  words: (changed: Extract<Acted, { kind: "changed" }>) => void,
  same: (version: string) => void,
): Promise<number> {
  if (acted.kind === "refused") {
    if (options["json"] !== true) throw new Failure(1, acted.why, acted.fix);
    await print(jsonLine({ ok: false, why: acted.why, fix: acted.fix }));
    return 1;
  }
  if (options["json"] === true) {
    const { kind, ...rest } = acted;
    await print(jsonLine({ ok: true, changed: kind === "changed", ...rest }));
  } else if (acted.kind === "changed") words(acted);
  else same(acted.version);
  return 0;
}
