import type { Plan, Stage } from "../../rollout/state.ts";
import { Failure } from "../failure.ts";

type Options = Readonly<Record<string, unknown>>;

const DAY_MS = 24 * 3_600_000;
const LEAST_CALLS = 100;

/** `10%` or `0.5%` in hundredths of a percent. Failure where the text is none of these. */
function readPercent(flag: string, text: unknown): number {
  const found = /^(\d{1,3}(?:\.\d{1,2})?)\s?%$/.exec(String(text));
  const bp = Math.round(Number(found?.[1]) * 100);
  if (found === null || bp > 10_000) throw new Failure(2, `--${flag} is not a percentage`, "for example 10%");
  return bp;
}

/** What only means something with steps: the option's name in code, and as it is written. */
const OF_STEPS = [
  ["by", "--by"],
  ["shareFor", "--share-for"],
  ["then", "--then"],
  ["maxDenyRate", "--max-deny-rate"],
  ["minCalls", "--min-calls"],
] as const;

/** The steps that were asked for; undefined where it is to be in force at once. Failure where they make no sense. */
export function planOf(options: Options): Plan | undefined {
  const { shadow, share, now } = options;
  if (shadow === undefined && share === undefined) {
    const needless = OF_STEPS.find(([name]) => options[name] !== undefined);
    if (needless !== undefined) throw new Failure(2, `${needless[1]} needs --shadow or --share`);
    return undefined;
  }
  if (now === true) throw new Failure(2, "--now is for everybody at once: it goes with no step");
  const shadow_ms = shadow as number | undefined;
  const share_ms = (options["shareFor"] as number | undefined) ?? shadow_ms ?? DAY_MS;
  const shares = [
    ...(share === undefined ? [] : [readPercent("share", share)]),
    ...((options["then"] as readonly string[] | undefined) ?? []).map((text) => readPercent("then", text)),
  ];
  if (shares.some((bp, at) => bp <= (shares[at - 1] ?? 0)))
    throw new Failure(
      2,
      "each share is larger than the one before, and than nothing",
      "for example --share 10% --then 50%",
    );
  const whole = shares.at(-1) === 10_000;
  const stages: Stage[] = [
    ...(shadow_ms === undefined ? [] : [{ share_bp: 0, for_ms: shadow_ms }]),
    ...shares.filter((bp) => bp < 10_000).map((share_bp) => ({ share_bp, for_ms: share_ms })),
  ];
  const last = stages.at(-1);
  if (last === undefined) return undefined;
  if (!whole) stages.splice(-1, 1, { ...last, for_ms: null });
  const rate = options["maxDenyRate"];
  return {
    stages,
    by: options["by"] === "tenant" ? "tenant" : "principal",
    max_deny_bp: rate === undefined ? null : readPercent("max-deny-rate", rate),
    least_calls: (options["minCalls"] as number | undefined) ?? LEAST_CALLS,
  };
}
