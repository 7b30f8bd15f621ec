import { existsSync } from "node:fs";
import { findConfig, loadPolicyPlace, loadStore } from "../../config/load.ts";
import { parsePolicy } from "../../policy/parse.ts";
import { inForceNow } from "../../rollout/act.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { StoreUnusable } from "../../store/unavailable.ts";
import { Failure } from "../failure.ts";
import { tell } from "../say.ts";
import { short } from "./acting.ts";
import { type PolicyTexts, policyOptions, policyTexts } from "./files.ts";

type Options = Readonly<Record<string, unknown>>;

/** The texts that were applied in place of these; undefined where these are in force. */
async function appliedIn(
  { policies }: Store,
  own: PolicyTexts | undefined,
): Promise<PolicyTexts["sources"] | undefined> {
  const mine = own === undefined ? undefined : parsePolicy(own.sources, own.options).version;
  const { version, state } = await inForceNow({ policies, own: mine });
  const kept = version === mine ? undefined : await policies.get(version);
  if (kept === undefined) return undefined;
  const more = state?.kind === "rolling" ? `; ${short(state.to)} is on its way` : "";
  tell(`By what is applied, ${short(version)}${own === undefined ? "" : " in place of the files"}${more}.`);
  return kept.texts;
}

/**
 * The policy that a configuration's gates are under: what was applied, else its own. Where the store cannot be read its own;
 * Failure where it then has none.
 */
export async function textsInForce(options: Options): Promise<PolicyTexts> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined) return policyTexts([], options);
  const { policy_from, voters } = loadPolicyPlace({ file });
  const own = policy_from.kind === "store" ? undefined : policyTexts([], options);
  const address = loadStore({ file });
  // Whoever only reads must not be the one who makes the file.
  const isThere = address.kind !== "sqlite" || existsSync(address.path);
  const store = isThere ? await openStore(address).catch(ifUnusable(own)) : undefined;
  try {
    const sources = store === undefined ? undefined : await appliedIn(store, own);
    if (sources !== undefined) return { sources, options: policyOptions(options), voters };
  } finally {
    await store?.close();
  }
  if (own !== undefined) return own;
  throw new Failure(1, "nothing was applied yet, so everything is denied", "portcullis policy apply FILES");
}

/** A store that cannot be opened is no reason not to look at a policy that is in files. */
function ifUnusable(own: PolicyTexts | undefined) {
  return (error: unknown): undefined => {
    if (own === undefined || !(error instanceof StoreUnusable)) throw error;
  };
}
