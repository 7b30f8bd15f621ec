import { findConfig, loadPolicyPlace } from "../../config/load.ts";
import { spanText } from "../../document/duration.ts";
import { type Acted, apply as applied, promote } from "../../rollout/act.ts";
import { readied } from "../../rollout/ready.ts";
import { percentText, type State, stageText } from "../../rollout/state.ts";
import { Failure } from "../failure.ts";
import { say, tell } from "../say.ts";
import { short, tellActed, withPolicies } from "./acting.ts";
import { policyTexts } from "./files.ts";
import { planOf } from "./rollout-plan.ts";

type Options = Readonly<Record<string, unknown>>;

/** What happens from now on, a line a step. */
function steps(state: State): readonly string[] {
  if (state.kind === "settled") return ["for everybody, on every gate, within a second or two"];
  const { stages, by, max_deny_bp, least_calls } = state.plan;
  const lines = stages.map((stage) => {
    const whose = stage.share_bp === 0 ? "judged and recorded, decides nothing" : `of all ${by}s`;
    const how =
      stage.for_ms === null ? "until `portcullis policy apply --now`" : `for ${spanText(stage.for_ms)}`;
    return `${stageText(stage)} (${whose}), ${how}`;
  });
  const whole = stages.at(-1)?.for_ms === null ? [] : ["then for everybody"];
  const bound =
    max_deny_bp === null
      ? "nothing takes it back by itself: there is no --max-deny-rate"
      : `back by itself where it newly denies more than ${percentText(max_deny_bp)} of at least ${least_calls} calls`;
  return [...lines, ...whole, bound];
}

function describe({ from, to, state, ends }: Extract<Acted, { kind: "changed" }>, options: Options): void {
  say(
    "ok",
    `${short(to)} ${state.kind === "settled" ? "is in force, in place of" : "is on its way to replace"} ${short(from)}`,
  );
  for (const line of steps(state)) tell(`     ${line}`);
  if (ends !== undefined)
    say("warn", `${short(ends)}, which was applied over other files, is no longer followed`);
  const file = findConfig(options["config"] as string | undefined);
  if (file !== undefined && loadPolicyPlace({ file }).policy_from.kind === "files")
    tell("     in place of the configuration's own files, until these are changed");
  tell("Next  portcullis policy versions");
}

/**
 * `portcullis policy apply`: a policy that was read without a problem, and whose tests pass, is put in force; without
 * files and with --now what is on its way. Exit 2 where the policy is not fit, 1 where it cannot be now.
 */
export async function apply(files: readonly string[], options: Options): Promise<number> {
  const plan = planOf(options);
  const same = (version: string): void => say("ok", `${short(version)} is in force already`);
  if (files.length === 0) {
    if (options["now"] !== true || plan !== undefined)
      throw new Failure(
        2,
        "apply needs the files of the policy",
        "portcullis policy apply FILES, or --now alone",
      );
    const acted = await withPolicies(options, (acting) => promote(acting));
    return await tellActed(acted, options, (changed) => describe(changed, options), same);
  }
  const acted = await withPolicies(options, async (acting, reading) => {
    const { sources } = policyTexts(files, options);
    return await applied(acting, readied(sources, reading, acting.now()), plan);
  });
  return await tellActed(acted, options, (changed) => describe(changed, options), same);
}
