import { printable } from "../../document/render.ts";
import type { RuleSet } from "../../policy/rule.ts";
import type { Count } from "../../replay/count.ts";
import { replay as replayed } from "../../replay/replay.ts";
import type { Change, Report } from "../../replay/report.ts";
import { columns, jsonLine, print } from "../out.ts";
import { withJournal } from "../records/records.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";
import { ruleSet } from "./sets.ts";

type Options = Readonly<Record<string, unknown>>;

const SINCE_MS = 7 * 86_400_000;
/** Names shown of each change. */
const SHOWN = 5;

export const counted = (count: number, noun: string): string =>
  `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

/** Says on a terminal how far a walk over the records is. */
export function progress(): { readonly hear: (calls: number) => void; readonly end: () => void } {
  const { isTTY } = process.stderr;
  const show = (text: string): void => void (isTTY && process.stderr.write(`\r\u001b[2K${text}`));
  return { hear: (calls) => show(`${counted(calls, "call")} …`), end: () => show("") };
}

/** When the part of the records begins that is asked for. */
export function sinceOf(options: Options, now: number): number {
  return now - ((options["since"] as number | undefined) ?? SINCE_MS);
}

/** Judges what is on record again. */
export async function report(
  sets: { readonly before?: RuleSet | undefined; readonly after: RuleSet },
  options: Options,
): Promise<Report> {
  const until = Date.now();
  const { hear, end } = progress();
  return await withJournal(options, async (journal) => {
    const found = await replayed(journal, sets, {
      since: sinceOf(options, until),
      until,
      server: options["server"] as string | undefined,
      principal: options["principal"] as string | undefined,
      progress: hear,
    });
    end();
    return found;
  });
}

function few(counts: readonly Count[]): readonly string[] {
  const rows = counts
    .slice(0, SHOWN)
    .map(({ name, calls, example }) => [`    ${name}`, String(calls), example]);
  const more = counts.length - SHOWN;
  return [...columns(rows), ...(more > 0 ? [`    and ${more} more`] : [])];
}

function changeLines({ from, to, rule, was, limit, calls, principals, targets }: Change): readonly string[] {
  const why = limit ? ", by what its limit would have counted" : "";
  return [
    "",
    `${from} → ${to}  ${counted(calls, "call")}  ${rule} (before: ${was})${why}`,
    ...few(principals),
    ...few(targets),
  ];
}

function share(part: number, whole: number): string {
  // Never rounded up to all of them.
  return whole === 0 ? "" : ` (${(Math.floor((part / whole) * 1000) / 10).toFixed(1)} %)`;
}

function undecidableLines({ undecidable }: Report): readonly string[] {
  if (undecidable.length === 0) return [];
  const rows = undecidable.map(({ rule, looked, calls, example }) => [
    `  ${calls}`,
    rule === "" ? looked : `${rule} looks at ${looked}, which was not kept`,
    example,
  ]);
  return ["", "Undecidable", ...columns(rows)];
}

function limitLines({ limits }: Report): readonly string[] {
  if (limits.length === 0) return [];
  const rows = limits.map(({ rule, says, charged, refused, exceeded, example }) => [
    `  ${rule}`,
    says,
    `${charged.toLocaleString("en")} charged`,
    `${refused.toLocaleString("en")} without room`,
    exceeded > 0 ? `${exceeded.toLocaleString("en")} beyond it that pass` : "",
    example ?? "",
  ]);
  return ["", "Limits, counted again in the order of time", ...columns(rows)];
}

/** A report as lines for a terminal. */
export function reportLines(found: Report): readonly string[] {
  const { calls, judged, undecided, beside, changed, methods } = found;
  return [
    `${counted(calls, "call")}: ${judged.toLocaleString("en")} judged again${share(judged, calls)}, ${undecided.toLocaleString("en")} undecidable`,
    ...columns(
      methods.map(({ name, calls: of }) => [
        `  ${name === "" ? "(no method)" : name}`,
        of.toLocaleString("en"),
      ]),
    ),
    ...(beside > 0
      ? [`  of these ${beside.toLocaleString("en")} refused by checks that no policy changes`]
      : []),
    "",
    changed === 0
      ? "No verdict changes."
      : `${counted(changed, "verdict")} ${changed === 1 ? "changes" : "change"}.`,
    ...found.changes.flatMap(changeLines),
    ...undecidableLines(found),
    ...limitLines(found),
  ].map((line) => printable(line));
}

/** A report as lines of JSON: each change, each reason for doubt, each limit, then the sums. */
export async function printReport(found: Report): Promise<void> {
  const { changes, undecidable, limits, ...sums } = found;
  for (const change of changes) await print(jsonLine({ kind: "change", ...change }));
  for (const doubt of undecidable) await print(jsonLine({ kind: "undecidable", ...doubt }));
  for (const limit of limits) await print(jsonLine({ kind: "limit", ...limit }));
  await print(jsonLine({ kind: "summary", ...sums }));
}

/** `portcullis policy replay`: what a policy would have made of the calls on record. Exit 1 only where that is asked for. */
export async function replay(files: readonly string[], options: Options): Promise<number> {
  const named = [...files, ...((options["policy"] as readonly string[] | undefined) ?? [])];
  const after = await ruleSet(named, options);
  const found = await report({ after }, options);
  if (options["json"] === true) await printReport(found);
  else {
    for (const line of reportLines(found)) await print(line);
    const now = Date.now();
    tell(
      `Since ${localTime(sinceOf(options, now), now)}, under ${named.length === 0 ? "the policy of the configuration" : named.join(", ")}.`,
    );
    const [first] = found.changes;
    if (first !== undefined) tell(`Next  portcullis why ${first.example}`);
    if (found.calls === 0) say("warn", "nothing is on record for that time");
  }
  return options["failOnChange"] === true && found.changed > 0 ? 1 : 0;
}
