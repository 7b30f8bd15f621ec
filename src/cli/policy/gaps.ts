import type { Instant } from "../../call/id.ts";
import { printable } from "../../document/render.ts";
import { type Unreached, unreachedBy } from "../../policy/coverage.ts";
import { type MutationRun, mutationsOf, type Survivor } from "../../policy/mutation.ts";
import { parsePolicy } from "../../policy/parse.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";
import type { PolicyTexts } from "./files.ts";

/** What tests leave open, where all of them pass. */
interface Gaps {
  /** Undefined where rules and tests are too many to find out. */
  readonly unreached?: readonly Unreached[] | undefined;
  readonly mutation: MutationRun;
  /** Per cent of the mistakes that some test noticed. */
  readonly score: number;
}

/** What the tests of a policy leave open. Throws Problems where it cannot be read. */
export function gapsOf({ sources, options }: PolicyTexts, now: Instant): Gaps {
  const set = parsePolicy(sources, options);
  const mutation = mutationsOf(set, options, now);
  const { tried, survivors } = mutation;
  const score = Math.floor(((tried - survivors.length) / tried) * 100);
  return { unreached: unreachedBy(set, options, now), mutation, score };
}

/** More than these are counted only: `--json` has all. */
const LINES_MAX = 20;

function warn(lines: readonly string[]): void {
  for (const line of lines.slice(0, LINES_MAX)) say("warn", printable(line));
  if (lines.length > LINES_MAX) say("warn", `and ${lines.length - LINES_MAX} more: --json has all of them`);
}

/** What tests do not reach of a rule, in one line. */
function unreachedLine(some: readonly Unreached[]): string {
  const [{ at, rule }] = some as readonly [Unreached];
  const parts = some.map(({ part, key, glob }) => {
    if (part === "alternative") return `"${glob}" (${key})`;
    return part === "condition" ? "a call for which its condition is false" : "a call within its hours";
  });
  return some[0]?.part === "rule"
    ? `${at}  no test reaches the rule ${rule}`
    : `${at}  no test of the rule ${rule} reaches ${parts.join(", ")}`;
}

const LEFT_OUT = "it is left out";

/** Those worth a line: whoever may leave a rule out unnoticed may change it in every way, and what is not reached is told. */
function telling(survivors: readonly Survivor[], unreached: readonly Unreached[]): readonly Survivor[] {
  const left_out = new Set(survivors.filter(({ change }) => change === LEFT_OUT).map(({ rule }) => rule));
  const told = new Set(unreached.map(({ rule, glob }) => `${rule} ${glob ?? ""}`));
  return survivors.filter(({ rule, change, glob }) => {
    if (told.has(`${rule} `)) return false;
    return (
      change === LEFT_OUT || !(left_out.has(rule) || (glob !== undefined && told.has(`${rule} ${glob}`)))
    );
  });
}

/** For a person, on standard error: what no test reaches, which mistakes none notices, and the score. */
export function tellGaps({ unreached = [], mutation, score }: Gaps): void {
  const by_rule = Map.groupBy(unreached, ({ rule }) => rule);
  warn(Array.from(by_rule.values(), unreachedLine));
  const { survivors, tried, possible } = mutation;
  warn(
    telling(survivors, unreached).map(
      ({ rule, at, change, mend }) =>
        `${at === undefined ? "" : `${at}  `}no test notices when, in ${rule}, ${change}: ${mend}`,
    ),
  );
  const all = tried === possible ? "" : ` (of ${possible} that could be made)`;
  say(
    "ok",
    `the tests notice ${tried - survivors.length} of ${tried} mistakes made in the rules${all}: score ${score}`,
  );
}

/** The same as lines of JSON, each with its `kind`. */
export async function printGaps({ unreached, mutation, score }: Gaps): Promise<void> {
  for (const each of unreached ?? []) await print(jsonLine({ kind: "unreached", ...each }));
  for (const { at, ...each } of mutation.survivors)
    await print(jsonLine({ kind: "survivor", at: at ?? null, ...each }));
  const { tried, possible, survivors } = mutation;
  await print(
    jsonLine({
      kind: "score",
      score,
      noticed: tried - survivors.length,
      tried,
      possible,
      coverage: unreached !== undefined,
    }),
  );
}
